"""Which chats make one conversation, what it is called, and who is in it; no messages.

One person is often several chats: one for each service (iMessage, SMS, RCS) and address.
They are told as one conversation, as Messages shows them. The prefix of `chat.guid` says
nothing: macOS 26 made all of them `any;-;` (formats.md 1.1, "Traps").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion.sources.imessage.database import ChatDatabase
from companion.sources.imessage.names import AddressBook
from companion.sources.imessage.people import People
from companion.sources.imessage.rows import ChatRow
from companion.sources.interface import ConversationFound, ConversationKind
from companion.sources.namesakes import Bearers, tell_apart

_GROUP_STYLE, _PAIR_STYLE = 43, 45


@dataclass(frozen=True, slots=True)
class Chat:
    """What a message needs to know of the chat it is in."""

    key: str
    """Of the conversation the chat is part of."""

    is_filtered: bool
    """From unknown senders, or junk: never counted as unread."""


class Conversations:
    """All chats and addresses of a store, loaded once; names are looked up when asked for."""

    def __init__(self, database: ChatDatabase, address_book: AddressBook) -> None:
        self._people = People(database.list_handles(), address_book)
        self._found: dict[str, ConversationFound] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._bearers: dict[str, Bearers] = {}
        chats = database.list_chats()
        keys = _assign_keys(chats, self._people)
        self._chats = {chat.rowid: Chat(keys[chat.rowid], chat.is_filtered >= 1) for chat in chats}
        self._rows = defaultdict[str, list[ChatRow]](list)
        for chat in chats:
            self._rows[keys[chat.rowid]].append(chat)
        self._members = defaultdict[str, list[int]](list)
        for chat_id, handle_id in database.list_members():
            if chat_id in keys and self._people.find_address(handle_id):
                self._members[keys[chat_id]].append(handle_id)

    def find_chat(self, chat_id: int | None) -> Chat | None:
        """The chat; None for None and for one that is gone or newer than this."""
        return None if chat_id is None else self._chats.get(chat_id)

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, under the names its people have now."""
        if key not in self._found:
            self._found[key] = self._describe(key)
        return self._found[key]

    def name_handle(self, key: str, handle_id: int) -> str:
        """Whom the owner knows by that address: the contact's name, else the address itself.

        Of two people of one name in the conversation one has the address behind it. "" for a
        handle that is not there.
        """
        place = key, handle_id
        if place not in self._names:
            if key not in self._bearers:
                self._bearers[key] = {}
                for member in self._members[key]:
                    self.name_handle(key, member)
            self._names[place] = self._name(self._bearers[key], handle_id)
        return self._names[place]

    def _name(self, bearers: Bearers, handle_id: int) -> str:
        address = self._people.find_address(handle_id)
        if not address:
            return ""
        person = self._people.get(address)
        return tell_apart(bearers, person.id, person.name, address)

    def _describe(self, key: str) -> ConversationFound:
        chats, members = self._rows[key], self._members[key]
        kind = _judge_kind(chats[0], len(members))
        if kind == "group":
            names = list(dict.fromkeys(self.name_handle(key, member) for member in members))
        else:
            names = [self._name_pair(chats)]
        shown = filter(None, (chat.display_name.strip() for chat in chats))
        return ConversationFound(key, next(shown, ", ".join(names)), kind, tuple(names))

    def _name_pair(self, chats: Sequence[ChatRow]) -> str:
        """The other person in chats of one person: the contact of any of the addresses."""
        addresses = [_identify(chat) for chat in chats]
        names = [self._people.get(address).name for address in addresses]
        return next((name for name in names if name not in addresses), names[0])


def _judge_kind(chat: ChatRow, member_count: int) -> ConversationKind:
    if chat.style in (_GROUP_STYLE, _PAIR_STYLE):
        return "group" if chat.style == _GROUP_STYLE else "direct"
    return "group" if ";+;" in chat.guid or member_count > 1 else "direct"


def _assign_keys(chats: Iterable[ChatRow], people: People) -> dict[int, str]:
    """The key of each chat: its address or room, for a person the least of all addresses.

    The least, and not the person's id, so that a conversation keeps its key when that id
    turns up late, and in a store rebuilt in another order. Contacts have no part in it: they may
    be unreadable today, and a conversation must not fall apart for that.
    """
    addresses = {chat.rowid: _identify(chat).casefold() for chat in chats}
    least: dict[str, str] = {}
    for address in addresses.values():
        if person := people.find_person_id(address):
            least[person] = min(address, least.get(person, address))
    return {
        rowid: least[person] if (person := people.find_person_id(address)) else address
        for rowid, address in addresses.items()
    }


def _identify(chat: ChatRow) -> str:
    return chat.chat_identifier or chat.room_name or chat.guid.rpartition(";")[2]

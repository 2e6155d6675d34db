"""Which chat is which conversation, what it is called, and who is in it; no messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from companion.sources.interface import ConversationFound
from companion.sources.tables import NUMBER, RAW, TEXT, Tables
from companion.sources.whatsapp.people import People, complete_jid, is_conversation, is_group
from companion.sources.whatsapp.senders import clean_name
from companion.sources.whatsapp_mac.contacts import Contacts

CHATS, MEMBERS, PUSH_NAMES = "ZWACHATSESSION", "ZWAGROUPMEMBER", "ZWAPROFILEPUSHNAME"

_CHAT_COLUMNS: Mapping[str, str] = {
    "ZCONTACTJID": TEXT,
    "ZCONTACTIDENTIFIER": TEXT,
    "ZPARTNERNAME": TEXT,
    "ZUNREADCOUNT": NUMBER,
    "ZREMOVED": NUMBER,
}
_MEMBER_COLUMNS: Mapping[str, str] = {
    "ZCHATSESSION": NUMBER,
    "ZMEMBERJID": TEXT,
    "ZCONTACTNAME": TEXT,
    "ZISACTIVE": RAW,
}


@dataclass(frozen=True, slots=True)
class Chat:
    """What a message needs to know of the chat it is in."""

    key: str
    """Of the conversation: the address of the person, by phone number if known, or group."""

    title: str
    is_group: bool
    unread_count: int
    """As WhatsApp shows it; below zero where the owner marked a chat without unread messages."""


class Conversations:
    """All chats and people of a store, loaded once."""

    def __init__(self, tables: Tables, contacts: Contacts) -> None:
        self._people = People()
        self.chats: dict[int, Chat] = {}
        """By ROWID, without those the owner deleted, status updates and channels."""

        self._members: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._participants: dict[str, list[str]] = {}
        columns = tables.select(CHATS, _CHAT_COLUMNS)
        query = f"SELECT ROWID AS rowid, {columns} FROM {CHATS} ORDER BY ROWID"
        rows = tables.connection.execute(query).fetchall()
        for hidden, number in contacts.pairs:
            self._people.pair(hidden, number)
        for row in rows:
            self._people.pair(row["ZCONTACTJID"], row["ZCONTACTIDENTIFIER"])
            self._people.pair(row["ZCONTACTIDENTIFIER"], row["ZCONTACTJID"])
        for row in rows:
            self._people.add_name(row["ZCONTACTJID"], row["ZPARTNERNAME"])
        for jid, name in contacts.names:
            self._people.add_name(jid, name)
        groups = {row["rowid"]: complete_jid(row["ZCONTACTJID"]) for row in rows}
        self._add_members(tables, groups)
        for row in rows:
            jid = self._people.identify(row["ZCONTACTJID"])
            if is_conversation(jid) and not row["ZREMOVED"]:
                title = clean_name(row["ZPARTNERNAME"])
                title = title or ("" if is_group(jid) else self._people.name(jid))
                self.chats[row["rowid"]] = Chat(jid, title, is_group(jid), row["ZUNREADCOUNT"])
        self._titles = {chat.key: chat for chat in self.chats.values()}

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, under the names its people have now."""
        chat = self._titles[key]
        if not chat.is_group:
            return ConversationFound(key, chat.title, "direct", (chat.title,))
        names = dict.fromkeys(map(self._people.name, self._participants.get(key, ())))
        return ConversationFound(key, chat.title, "group", tuple(names))

    def name_member(self, member: int) -> str:
        """The name of a row of members; "" for one that is not there."""
        if member not in self._names:
            self._names[member] = self._people.name(self._members.get(member, ""))
        return self._names[member]

    def _add_members(self, tables: Tables, groups: Mapping[int, str]) -> None:
        """Members, and after their names in the owner's address book those they chose."""
        if tables.has(MEMBERS):
            columns = tables.select(MEMBERS, _MEMBER_COLUMNS)
            query = f"SELECT ROWID AS rowid, {columns} FROM {MEMBERS} ORDER BY ROWID"
            for row in tables.connection.execute(query):
                self._members[row["rowid"]] = row["ZMEMBERJID"]
                self._people.add_name(row["ZMEMBERJID"], row["ZCONTACTNAME"])
                if row["ZISACTIVE"] != 0:
                    group = groups.get(row["ZCHATSESSION"], "")
                    self._participants.setdefault(group, []).append(row["ZMEMBERJID"])
        if tables.has(PUSH_NAMES):
            columns = tables.select(PUSH_NAMES, {"ZJID": TEXT, "ZPUSHNAME": TEXT})
            for row in tables.connection.execute(f"SELECT {columns} FROM {PUSH_NAMES}"):
                self._people.add_name(row["ZJID"], row["ZPUSHNAME"])

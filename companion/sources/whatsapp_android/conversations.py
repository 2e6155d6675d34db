"""Which chat is which conversation, what it is called, and who is in it; no messages."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass

from companion.sources.interface import ConversationFound
from companion.sources.namesakes import Bearers
from companion.sources.tables import NUMBER, TEXT, Tables
from companion.sources.whatsapp.people import People, is_conversation, is_group
from companion.sources.whatsapp.senders import clean_name
from companion.sources.whatsapp_android.contacts import Contacts

CHATS, JIDS, PAIRS = "chat", "jid", "jid_map"
HIDDEN_NAMES, MEMBERS, PROPS = "lid_display_name", "group_participant_user", "props"
TABLES = (CHATS, JIDS, PAIRS, HIDDEN_NAMES, MEMBERS, PROPS)


@dataclass(frozen=True, slots=True)
class Chat:
    """What a message needs to know of the chat it is in."""

    key: str
    """Of the conversation: the address of the person, by phone number if known, or group."""

    title: str
    is_group: bool


class Conversations:
    """All chats and people of a store, loaded once."""

    def __init__(self, tables: Tables, contacts: Contacts) -> None:
        self._tables = tables
        self._people = People()
        self._jids = self._load_jids()
        self._names: dict[tuple[str, int], str] = {}
        self._bearers: dict[str, Bearers] = {}
        self._load_people(contacts)
        self.chats = self._load_chats()
        """By ROWID, without status updates and channels."""

        self._titles = {chat.key: chat for chat in self.chats.values()}
        self._members = self._load_members()

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, under the names its people have now."""
        chat = self._titles[key]
        if not chat.is_group:
            return ConversationFound(key, chat.title, "direct", (chat.title,))
        names = dict.fromkeys(self.name(key, member) for member in self._members.get(key, ()))
        return ConversationFound(key, chat.title, "group", tuple(names))

    def name(self, key: str, jid_id: int) -> str:
        """Whom a row of `jid` stands for, under a name that nobody else has in the conversation.

        "" for 0, which WhatsApp writes for "none".
        """
        place = key, jid_id
        if place not in self._names:
            if key not in self._bearers:
                self._bearers[key] = {}
                for member in self._members.get(key, ()):
                    self.name(key, member)
            jid = self._jids.get(jid_id, "")
            self._names[place] = self._people.name_in(self._bearers[key], jid)
        return self._names[place]

    def find_own_name(self) -> str:
        """The name the owner chose in WhatsApp; "" where the store does not say."""
        if not self._tables.has(PROPS):
            return ""
        query = f"SELECT {TEXT.format('value')} FROM {PROPS} WHERE key = 'user_push_name'"
        row = self._tables.connection.execute(query).fetchone()
        return clean_name(row[0]) if row else ""

    def _load_jids(self) -> dict[int, str]:
        raw = self._tables.column(JIDS, "raw_string")
        query = (
            f"SELECT ROWID, COALESCE(CAST({raw} AS TEXT), user || '@' || server, '') FROM {JIDS}"
        )
        return dict(self._tables.connection.execute(query))

    def _load_people(self, contacts: Contacts) -> None:
        columns = {"lid_row_id": NUMBER, "jid_row_id": NUMBER}
        for hidden, number in self._list(PAIRS, columns):
            self._people.pair(self._jids.get(hidden, ""), self._jids.get(number, ""))
        for jid, name in contacts.names:
            self._people.add_name(jid, name)
        columns = {"lid_row_id": NUMBER, "display_name": TEXT}
        for hidden, name in self._list(HIDDEN_NAMES, columns):
            self._people.add_name(self._jids.get(hidden, ""), name)

    def _load_chats(self) -> dict[int, Chat]:
        chats = {}
        columns = {"_id": NUMBER, "jid_row_id": NUMBER, "subject": TEXT}
        for rowid, jid_id, subject in self._list(CHATS, columns):
            jid = self._people.identify(self._jids.get(jid_id, ""))
            if is_conversation(jid):
                title = clean_name(subject) if is_group(jid) else self._people.name(jid)
                chats[rowid] = Chat(jid, title, is_group(jid))
        return chats

    def _load_members(self) -> dict[str, list[int]]:
        members = defaultdict[str, list[int]](list)
        columns = {"group_jid_row_id": NUMBER, "user_jid_row_id": NUMBER}
        for group, member in self._list(MEMBERS, columns):
            members[self._jids.get(group, "")].append(member)
        return members

    def _list(self, table: str, columns: dict[str, str]) -> list[sqlite3.Row]:
        if not self._tables.has(table):
            return []
        query = f"SELECT {self._tables.select(table, columns)} FROM {table} ORDER BY ROWID"
        return self._tables.connection.execute(query).fetchall()

"""Which chat is which conversation, what it is called, and who is in it; no messages."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
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
_PUSH_NAME_COLUMNS: Mapping[str, str] = {"ZJID": TEXT, "ZPUSHNAME": TEXT}


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
        self._tables = tables
        self._people = People()
        self._members: dict[int, tuple[str, str]] = {}
        """Group and address by ROWID."""

        self._participants = defaultdict[str, list[int]](list)
        rows = self._list(CHATS, _CHAT_COLUMNS)
        self._load_people(rows, contacts)
        self._load_members({row["rowid"]: complete_jid(row["ZCONTACTJID"]) for row in rows})
        self._load_push_names()
        self._names = self._name_members()
        self.chats = self._load_chats(rows)
        """By ROWID, without those the owner deleted, status updates and channels."""

        self._titles = {chat.key: chat for chat in self.chats.values()}

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, under the names its people have now."""
        chat = self._titles[key]
        if not chat.is_group:
            return ConversationFound(key, chat.title, "direct", (chat.title,))
        names = dict.fromkeys(self._names[member] for member in self._participants.get(key, ()))
        return ConversationFound(key, chat.title, "group", tuple(names))

    def name_member(self, member: int) -> str:
        """The name of a row of members; "" for one that is not there."""
        return self._names.get(member, "")

    def _name_members(self) -> dict[int, str]:
        """The name of each row of members, under which nobody else of its group is known."""
        bearers = defaultdict[str, dict[str, str]](dict)
        return {
            member: self._people.name_in(bearers[group], jid)
            for member, (group, jid) in self._members.items()
        }

    def _load_people(self, chats: list[sqlite3.Row], contacts: Contacts) -> None:
        """Who is whom, and the names the owner gave: those of chats come first."""
        for hidden, number in contacts.pairs:
            self._people.pair(hidden, number)
        for chat in chats:
            self._people.pair(chat["ZCONTACTJID"], chat["ZCONTACTIDENTIFIER"])
            self._people.pair(chat["ZCONTACTIDENTIFIER"], chat["ZCONTACTJID"])
        for chat in chats:
            self._people.add_name(chat["ZCONTACTJID"], chat["ZPARTNERNAME"])
        for jid, name in contacts.names:
            self._people.add_name(jid, name)

    def _load_members(self, groups: Mapping[int, str]) -> None:
        for row in self._list(MEMBERS, _MEMBER_COLUMNS):
            jid = row["ZMEMBERJID"]
            group = groups.get(row["ZCHATSESSION"], "")
            self._members[row["rowid"]] = group, jid
            self._people.add_name(jid, row["ZCONTACTNAME"])
            if row["ZISACTIVE"] != 0:
                self._participants[group].append(row["rowid"])

    def _load_push_names(self) -> None:
        """The names people chose themselves."""
        for row in self._list(PUSH_NAMES, _PUSH_NAME_COLUMNS):
            self._people.add_name(row["ZJID"], row["ZPUSHNAME"])

    def _load_chats(self, rows: list[sqlite3.Row]) -> dict[int, Chat]:
        chats = {}
        for row in rows:
            jid = self._people.identify(row["ZCONTACTJID"])
            if is_conversation(jid) and not row["ZREMOVED"]:
                title = clean_name(row["ZPARTNERNAME"])
                if not is_group(jid):  # one person, one name: be it of two chats
                    title = self._people.find_name(jid) or title or self._people.name(jid)
                chats[row["rowid"]] = Chat(jid, title, is_group(jid), row["ZUNREADCOUNT"])
        return chats

    def _list(self, table: str, columns: Mapping[str, str]) -> list[sqlite3.Row]:
        if not self._tables.has(table):
            return []
        query = f"""SELECT ROWID AS rowid, {self._tables.select(table, columns)}
                    FROM {table} ORDER BY ROWID"""
        return self._tables.connection.execute(query).fetchall()

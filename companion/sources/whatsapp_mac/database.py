"""The queries over ChatStorage.sqlite, a Core Data store; how a row reads is not decided here."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

from companion.sources.apple_dates import seconds_to_instant
from companion.sources.following import LiveDatabase, Told
from companion.sources.interface import ConversationFound, MessageFound, Skipped
from companion.sources.tables import NUMBER, RAW, TEXT, Tables
from companion.sources.whatsapp_mac.contacts import Contacts
from companion.sources.whatsapp_mac.conversations import (
    CHATS,
    MEMBERS,
    PUSH_NAMES,
    Chat,
    Conversations,
)
from companion.sources.whatsapp_mac.rendering import (
    SYSTEM_TYPES,
    MessageRow,
    compose_id,
    find_answered,
    render_body,
)

_MESSAGES, _MEDIA, _METADATA = "ZWAMESSAGE", "ZWAMEDIAITEM", "Z_METADATA"
_SYSTEM_TYPES = ", ".join(map(str, sorted(SYSTEM_TYPES)))

_MESSAGE_COLUMNS: Mapping[str, str] = {
    "ZCHATSESSION": NUMBER,
    "ZGROUPMEMBER": NUMBER,
    "ZISFROMME": NUMBER,
    "ZMESSAGETYPE": NUMBER,
    "ZGROUPEVENTTYPE": NUMBER,
    "ZMESSAGEDATE": RAW,
    "ZSORT": NUMBER,
    "ZSTANZAID": TEXT,
    "ZTEXT": TEXT,
}
_MEDIA_COLUMNS: Mapping[str, str] = {
    "ZTITLE": TEXT,
    "ZVCARDNAME": TEXT,
    "ZVCARDSTRING": f"SUBSTR({TEXT}, 1, 100)",  # a MIME type, or whole contact cards
    "ZMEDIALOCALPATH": TEXT,
    "ZMETADATA": "SUBSTR({}, 1, 100)",  # goes on with the whole message that is answered
}


class ChatStorage(LiveDatabase):
    """ChatStorage.sqlite behind an open connection."""

    def __init__(self, connection: sqlite3.Connection, contacts: Contacts, me: str) -> None:
        names = (_MESSAGES, _MEDIA, _METADATA, CHATS, MEMBERS, PUSH_NAMES)
        super().__init__(Tables(connection, names), _MESSAGES, "ZCHATSESSION")
        self._connection = connection
        self._me = me
        self._conversations = Conversations(self._tables, contacts)
        self._query = self._compose_query()

    def find_unique_id(self) -> str:
        """The id Core Data gave this store; "" where it has none."""
        if not self._tables.has(_METADATA, "Z_UUID"):
            return ""
        query = f"SELECT Z_UUID FROM {_METADATA} WHERE Z_UUID IS NOT NULL"
        return "".join(str(value) for (value,) in self._connection.execute(query))

    def list_keys(self) -> Mapping[str, str]:
        """A hidden identity may turn out to be a phone number's."""
        return {str(rowid): chat.key for rowid, chat in self._conversations.chats.items()}

    def list_unread(self) -> set[int]:
        """The last incoming messages of each chat, as many as it counts (formats.md 1.5)."""
        sort = self._tables.column(_MESSAGES, "ZSORT", "ROWID")
        query = f"""SELECT ROWID FROM {_MESSAGES} WHERE ZCHATSESSION = ?
                    AND COALESCE(ZISFROMME, 0) = 0
                    AND COALESCE({self._tables.column(_MESSAGES, "ZMESSAGETYPE")}, 0)
                        NOT IN ({_SYSTEM_TYPES})
                    ORDER BY {sort} DESC, ROWID DESC LIMIT ?"""
        return {
            rowid
            for chat_id, chat in self._conversations.chats.items()
            if chat.unread_count > 0
            for (rowid,) in self._connection.execute(query, (chat_id, chat.unread_count))
        }

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        for values in self._tables.pick(self._query, rowids):
            row = MessageRow._make(values)
            if chat := self._conversations.chats.get(row.chat_id):
                yield row.rowid, self._tell(row, chat, is_read=row.rowid not in unread)

    def describe(self, key: str) -> ConversationFound:
        return self._conversations.describe(key)

    def _tell(self, row: MessageRow, chat: Chat, *, is_read: bool) -> Told:
        sent_at = seconds_to_instant(row.date)
        if sent_at is None:
            return Skipped(f"message {row.rowid} has no date")
        actor = self._name_sender(row, chat)
        kind, text = render_body(row, actor)
        return MessageFound(
            conversation_key=chat.key,
            id=compose_id(row),
            sender=self._me if row.is_from_me else actor,
            is_me=bool(row.is_from_me),
            sent_at=sent_at,
            text=text,
            kind=kind,
            position=row.sort or row.rowid,
            reply_to=find_answered(row.metadata),
            is_read=is_read,
        )

    def _name_sender(self, row: MessageRow, chat: Chat) -> str:
        """The other of a pair, the member of a group, "" for a line without an actor."""
        if name := self._conversations.name_member(row.member):
            return name
        if row.message_type in SYSTEM_TYPES:
            return "" if chat.is_group else chat.title
        return "Unknown" if chat.is_group else chat.title

    def _compose_query(self) -> str:
        has_media = self._tables.has(_MEDIA) and self._tables.has(_MESSAGES, "ZMEDIAITEM")
        join = f"LEFT JOIN {_MEDIA} ON {_MEDIA}.ROWID = {_MESSAGES}.ZMEDIAITEM"
        return f"""SELECT {_MESSAGES}.ROWID, {self._tables.select(_MESSAGES, _MESSAGE_COLUMNS)},
                   {self._tables.select(_MEDIA, _MEDIA_COLUMNS)}
                   FROM {_MESSAGES} {join if has_media else ""}
                   WHERE {_MESSAGES}.ROWID IN ({{}}) ORDER BY {_MESSAGES}.ROWID"""

"""The queries over msgstore.db; how a row reads is not decided here."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from companion.sources.following import LiveDatabase, Told
from companion.sources.interface import ConversationFound, MessageFound, Skipped
from companion.sources.sqlite_store import begin_reading
from companion.sources.tables import NUMBER, RAW, TEXT, Tables
from companion.sources.whatsapp_android.contacts import Contacts
from companion.sources.whatsapp_android.conversations import CHATS, TABLES, Chat, Conversations
from companion.sources.whatsapp_android.rendering import (
    SYSTEM_TYPES,
    MessageRow,
    find_answered,
    find_id,
    render_body,
)

_MESSAGES, _PEOPLE_IN_EVENTS = "message", "message_system_chat_participant"
_SYSTEM_TYPES = ", ".join(map(str, sorted(SYSTEM_TYPES)))
_EDITS, _REVOKED = (
    ("message_edit_info", "edited_timestamp"),
    ("message_revoked", "revoke_timestamp"),
)

_MESSAGE_COLUMNS: Mapping[str, str] = {
    "chat_row_id": NUMBER,
    "from_me": NUMBER,
    "key_id": TEXT,
    "sender_jid_row_id": NUMBER,
    "timestamp": RAW,
    "message_type": NUMBER,
    "text_data": TEXT,
    "sort_id": NUMBER,
}
_JOINED: Mapping[str, Mapping[str, str]] = {
    "message_media": {"mime_type": TEXT, "media_name": TEXT, "media_caption": TEXT},
    "message_location": {"place_name": TEXT},
    "message_system": {"action_type": NUMBER},
    "message_edit_info": {"original_key_id": TEXT},
    "message_revoked": {"revoked_key_id": TEXT},
    "message_quoted": {"key_id": TEXT, "parent_message_chat_row_id": NUMBER},
}
"""The tables that have one row or none for a message, under its `message_row_id`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHANGED_WITHIN_MS = 30 * 24 * 3600 * 1000
"""How long before the newest edit another one is still looked at: a backup is decrypted now and
then, and an edit made on another phone arrives late."""


class MessageStore(LiveDatabase):
    """msgstore.db behind an open connection."""

    def __init__(self, connection: sqlite3.Connection, contacts: Contacts, me: str) -> None:
        names = (_MESSAGES, _PEOPLE_IN_EVENTS, *_JOINED, *TABLES)
        super().__init__(Tables(connection, names), _MESSAGES, "chat_row_id")
        self._connection = connection
        self._conversations = Conversations(self._tables, contacts)
        self._me = me or self._conversations.find_own_name()
        self._query = self._compose_query()

    def list_keys(self) -> Mapping[str, str]:
        """A hidden identity may turn out to be a phone number's."""
        return {str(rowid): chat.key for rowid, chat in self._conversations.chats.items()}

    def list_unread(self) -> set[int]:
        """The last incoming messages of each chat, as many as it counts, but none from before
        the one read last (formats.md 1.6). One scan: a decrypted backup has no indexes.
        """
        if not self._tables.has(CHATS, "unseen_message_count"):
            return set()
        read_id = self._tables.column(CHATS, "last_read_message_row_id", "0")
        read_sort = self._tables.column(CHATS, "last_read_message_sort_id", read_id)
        sort = self._tables.column(_MESSAGES, "sort_id", f"{_MESSAGES}.ROWID")
        query = f"""
            SELECT rowid, chat_id FROM (
                SELECT {_MESSAGES}.ROWID AS rowid, chat_row_id AS chat_id, unseen_message_count,
                ROW_NUMBER() OVER (
                    PARTITION BY chat_row_id ORDER BY {sort} DESC, {_MESSAGES}.ROWID DESC
                ) AS back
                FROM {_MESSAGES} JOIN {CHATS} ON {CHATS}.ROWID = chat_row_id
                WHERE unseen_message_count > 0 AND {_MESSAGES}.from_me = 0
                AND COALESCE({_MESSAGES}.message_type, 0) NOT IN ({_SYSTEM_TYPES})
                AND {sort} > COALESCE({read_sort}, {read_id}, 0)
            ) WHERE back <= unseen_message_count"""
        chats = self._conversations.chats
        return {rowid for rowid, chat_id in self._connection.execute(query) if chat_id in chats}

    def list_changed(self) -> list[int]:
        return [
            rowid
            for table, column in (_EDITS, _REVOKED)
            if self._tables.has(table, column)
            for (rowid,) in self._connection.execute(
                f"""SELECT message_row_id FROM {table}
                    WHERE {column} > (SELECT MAX({column}) FROM {table}) - ?""",
                (_CHANGED_WITHIN_MS,),
            )
        ]

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        with begin_reading(self._connection):
            rows = [MessageRow._make(values) for values in self._tables.pick(self._query, rowids)]
            others = self._list_others([row.rowid for row in rows if row.action])
        for row in rows:
            if chat := self._conversations.chats.get(row.chat_id):
                people = others.get(row.rowid, [])
                yield row.rowid, self._tell(row, chat, people, is_read=row.rowid not in unread)

    def describe(self, key: str) -> ConversationFound:
        return self._conversations.describe(key)

    def _tell(self, row: MessageRow, chat: Chat, others: list[int], *, is_read: bool) -> Told:
        sent_at = _to_instant(row.sent_at_ms)
        if sent_at is None:
            return Skipped(f"message {row.rowid} has no date")
        is_me, sender = self._find_sender(row, chat)
        people = [self._conversations.name(chat.key, jid_id) for jid_id in others]
        kind, text = render_body(row, "You" if is_me else sender, people)
        return MessageFound(
            conversation_key=chat.key,
            id=find_id(row),
            sender=sender,
            is_me=is_me,
            sent_at=sent_at,
            text=text,
            kind=kind,
            position=row.sort or row.rowid,
            edited=bool(row.edited_key_id),
            reply_to=find_answered(row),
            is_read=is_read,
        )

    def _find_sender(self, row: MessageRow, chat: Chat) -> tuple[bool, str]:
        """Whether the owner wrote it, and the name. Lines of the system are all `from_me`; the
        one who brought them about is their sender.
        """
        is_system = row.message_type in SYSTEM_TYPES
        name = self._conversations.name(chat.key, row.sender)
        if row.is_from_me and not (is_system and name):
            return True, self._me
        if name or not chat.is_group:
            return False, name or chat.title
        return False, "" if is_system else "Unknown"

    def _list_others(self, rowids: Sequence[int]) -> dict[int, list[int]]:
        """The people each of those lines of the system is about, as rows of `jid`."""
        others: dict[int, list[int]] = {}
        if rowids and self._tables.has(_PEOPLE_IN_EVENTS):
            query = f"""SELECT message_row_id, {NUMBER.format("user_jid_row_id")}
                        FROM {_PEOPLE_IN_EVENTS} WHERE message_row_id IN ({{}}) ORDER BY ROWID"""
            for rowid, jid_id in self._tables.pick(query, rowids):
                others.setdefault(rowid, []).append(jid_id)
        return others

    def _compose_query(self) -> str:
        columns = [self._tables.select(_MESSAGES, _MESSAGE_COLUMNS)]
        columns += [self._tables.select(table, wanted) for table, wanted in _JOINED.items()]
        joins = " ".join(
            f"LEFT JOIN {table} ON {table}.message_row_id = {_MESSAGES}.ROWID"
            for table in _JOINED
            if self._tables.has(table)
        )
        return f"""SELECT {_MESSAGES}.ROWID, {", ".join(columns)} FROM {_MESSAGES} {joins}
                   WHERE {_MESSAGES}.ROWID IN ({{}}) ORDER BY {_MESSAGES}.ROWID"""


def _to_instant(raw: object) -> datetime | None:
    """The instant of a timestamp in ms since 1970; None for NULL, 0, -1 and what is none."""
    if not isinstance(raw, int | float) or raw in (0, -1):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=raw)
    except (OverflowError, ValueError):
        return None

"""The queries over chat.db; what their rows mean is not decided here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from companion.sources.imessage.rows import AttachmentRow, ChatRow, HandleRow, MessageRow
from companion.sources.sqlite_store import begin_reading, find_columns
from companion.sources.tables import NUMBER, RAW, TEXT, Tables, cut

REQUIRED_TABLES = ("message", "chat", "handle", "chat_message_join")

_JOIN = "chat_message_join"
_RECOVERABLE = "chat_recoverable_message_join"
_ATTACHED = "message_attachment_join"
_TABLES = (*REQUIRED_TABLES, _RECOVERABLE, "chat_handle_join", "attachment", _ATTACHED)

_MESSAGE_COLUMNS: Mapping[str, str] = {
    "text": TEXT,
    "message_summary_info": RAW,
    "subject": TEXT,
    "handle_id": NUMBER,
    "other_handle": NUMBER,
    "date": RAW,
    "date_edited": NUMBER,
    "date_retracted": NUMBER,
    "is_from_me": NUMBER,
    "is_finished": NUMBER,
    "is_audio_message": NUMBER,
    "item_type": NUMBER,
    "group_action_type": NUMBER,
    "group_title": TEXT,
    "share_status": NUMBER,
    "thread_originator_guid": TEXT,
    "balloon_bundle_id": TEXT,
}
_CHAT_COLUMNS: Mapping[str, str] = {
    "guid": TEXT,
    "style": NUMBER,
    "chat_identifier": TEXT,
    "room_name": TEXT,
    "display_name": TEXT,
    "is_filtered": NUMBER,
}
_HANDLE_COLUMNS: Mapping[str, str] = {"id": TEXT, "person_centric_id": TEXT}
_ATTACHMENT_COLUMNS: Mapping[str, str] = {
    "mime_type": TEXT,
    "transfer_name": TEXT,
    "is_sticker": NUMBER,
}

_CHANGES = ("date_edited", "date_retracted", "date_recovered")
_DEFAULTS = {"is_read": "1", "is_finished": "1"}
"""Where a version does not keep these, every message is both."""

_Item = TypeVar("_Item", int, str)


class ChatDatabase:
    """chat.db behind an open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tables = Tables(connection, _TABLES, _DEFAULTS)
        associated = self._tables.column("message", "associated_message_type")
        # 1000: sticker on a message; 2000s and 3000s: tapbacks given and taken back;
        # 4000: vote in a poll.
        self._is_message = f"COALESCE({associated}, 0) NOT BETWEEN 1000 AND 4999"
        self._is_kept = (
            f"ROWID NOT IN (SELECT message_id FROM {_RECOVERABLE})"
            if self._tables.has(_RECOVERABLE)
            else "TRUE"
        )
        self._guid = "guid" if self._tables.has("message", "guid") else "'row-' || message.ROWID"
        self._is_unread = self._compose_unread()

    def begin_reading(self) -> AbstractContextManager[None]:
        """One consistent view for the queries in the block; see `sqlite_store`."""
        return begin_reading(self._connection)

    def find_unique_id(self) -> str:
        """The id Messages gave this database; "" where it has none."""
        if not find_columns(self._connection, "_SqliteDatabaseProperties"):
            return ""
        query = "SELECT value FROM _SqliteDatabaseProperties WHERE key = '_UniqueIdentifier'"
        return "".join(str(value) for (value,) in self._connection.execute(query))

    def find_newest(self) -> int:
        """The highest ROWID of all messages; 0 when there are none."""
        return self._tables.find_newest("message")

    def list_rowids(self, after: int, upto: int) -> Iterator[list[int]]:
        """ROWIDs above `after` and not above `upto`, ascending, in chunks."""
        return self._tables.list_rowids("message", after, upto)

    def list_unread(self) -> dict[str, int]:
        """The ROWID of each row unread by the store's own predicate, by guid."""
        return self._map(f"SELECT {self._guid}, ROWID FROM message WHERE {self._is_unread}")

    def list_changed(self, since: int) -> dict[int, int]:
        """When each row edited, unsent or recovered after `since` last was, by ROWID."""
        columns = (NUMBER.format(self._tables.column("message", name)) for name in _CHANGES)
        newest = f"MAX({', '.join(columns)})"
        return self._map(f"SELECT ROWID, {newest} FROM message WHERE {newest} > ?", (since,))

    def list_deleted(self, since: int) -> dict[int, int]:
        """When each row of Recently Deleted came there after `since`, by ROWID."""
        if not self._tables.has(_RECOVERABLE):
            return {}
        at = NUMBER.format("delete_date")
        query = f"SELECT message_id, {at} FROM {_RECOVERABLE} WHERE {at} > ?"
        return self._map(query, (since,))

    def find_rowids(self, guids: Sequence[str]) -> dict[str, int]:
        """The ROWIDs of those guids that the store still has."""
        query = f"SELECT {self._guid}, ROWID FROM message WHERE {self._guid} IN ({{}})"
        return self._map_chunks(query, guids)

    def find_chats(self, rowids: Sequence[int], join: str = _JOIN) -> dict[int, int]:
        """The chat of each message that has one; of several, the one made first."""
        if not self._tables.has(join):
            return {}
        # The + keeps SQLite from the index on chat_id, which it prefers and which is slow here.
        query = f"""SELECT message_id, MIN(chat_id) FROM {join}
                    WHERE +chat_id IN (SELECT ROWID FROM chat) AND message_id IN ({{}})
                    GROUP BY message_id"""
        return self._map_chunks(query, rowids)

    def load_messages(self, rowids: Sequence[int]) -> list[MessageRow]:
        """Those rows that exist, ascending, in one transaction; at most `CHUNK_ROWS`."""
        query = f"""SELECT ROWID AS rowid, {self._guid} AS guid,
                    {self._tables.select("message", _MESSAGE_COLUMNS)},
                    {self._tables.column("message", "attributedBody")} AS attributed_body,
                    {self._is_unread} AS is_unread, {self._is_message} AS is_message
                    FROM message WHERE ROWID IN ({{}}) ORDER BY ROWID"""
        with self.begin_reading():
            rows = self._tables.pick(query, rowids)
            chats = self.find_chats(rowids)
            deleted = self.find_chats(rowids, _RECOVERABLE)
            attachments = self._list_attachments(rowids)
        return [
            MessageRow._make(
                (*row, chats.get(row[0]), deleted.get(row[0]), attachments.get(row[0], ()))
            )
            for row in rows
        ]

    def list_chats(self) -> list[ChatRow]:
        """Every chat, in the order they were made."""
        columns = self._tables.select("chat", _CHAT_COLUMNS)
        query = f"SELECT ROWID AS rowid, {columns} FROM chat ORDER BY ROWID"
        return [ChatRow(**row) for row in self._connection.execute(query)]

    def list_handles(self) -> list[HandleRow]:
        """Every address, in the order they were met."""
        columns = self._tables.select("handle", _HANDLE_COLUMNS)
        query = f"SELECT ROWID AS rowid, {columns} FROM handle ORDER BY ROWID"
        return [HandleRow(**row) for row in self._connection.execute(query)]

    def list_members(self) -> list[tuple[int, int]]:
        """(chat, handle) for everyone in a chat but the owner."""
        if not self._tables.has("chat_handle_join"):
            return []
        query = "SELECT chat_id, handle_id FROM chat_handle_join ORDER BY chat_id, handle_id"
        return [(chat, handle) for chat, handle in self._connection.execute(query)]

    def count_homeless(self) -> int:
        """Messages that belong to no chat; Recently Deleted and tapbacks are not counted."""
        query = f"""SELECT COUNT(*) FROM message WHERE {self._is_message} AND {self._is_kept}
                    AND ROWID NOT IN (SELECT message_id FROM {_JOIN}
                                      WHERE chat_id IN (SELECT ROWID FROM chat))"""
        (count,) = self._connection.execute(query).fetchone()
        return int(count)

    def _list_attachments(self, rowids: Sequence[int]) -> dict[int, tuple[AttachmentRow, ...]]:
        if not (self._tables.has("attachment") and self._tables.has(_ATTACHED)):
            return {}
        query = f"""SELECT message_id, {self._tables.select("attachment", _ATTACHMENT_COLUMNS)}
                    FROM {_ATTACHED} JOIN attachment ON attachment.ROWID = attachment_id
                    WHERE message_id IN ({{}}) ORDER BY attachment_id"""
        found: dict[int, tuple[AttachmentRow, ...]] = {}
        for message_id, *columns in self._tables.pick(query, rowids):
            found[message_id] = (*found.get(message_id, ()), AttachmentRow(*columns))
        return found

    def _compose_unread(self) -> str:
        """The predicate of formats.md 1.1; its first columns are those macOS has an index on."""

        def column(name: str) -> str:
            return self._tables.column("message", name, "0")

        return f"""({column("is_read")} = 0 AND {column("is_from_me")} = 0
                    AND {column("item_type")} = 0 AND {column("is_finished")} = 1
                    AND {self._is_message} AND COALESCE({column("date_retracted")}, 0) = 0
                    AND COALESCE({column("is_spam")}, 0) = 0 AND {self._is_kept})"""

    def _map(self, query: str, values: Sequence[int] = ()) -> dict[Any, int]:
        return dict(self._connection.execute(query, values))

    def _map_chunks(self, query: str, items: Sequence[_Item]) -> dict[Any, int]:
        return {
            key: value for chunk in cut(items) for key, value in self._tables.pick(query, chunk)
        }

"""Follows the database of Rowchat, a messenger made up for this template: copy it and change it.

    CREATE TABLE rooms (id TEXT PRIMARY KEY, name TEXT)
    CREATE TABLE messages (uid TEXT, room TEXT, author TEXT, at_ms INTEGER, body TEXT,
                           is_mine INTEGER, is_seen INTEGER)

Rowchat keeps writing it while it is read; new rows, edits, deletions and read marks are found by
`companion.sources.following`, which asks this module what a row is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from companion.sources.decoding import clean_text
from companion.sources.following import Following, LiveDatabase, Told, parse_cursor
from companion.sources.interface import (
    Change,
    ConversationFound,
    MessageFound,
    Skipped,
    Source,
    UnreadOrigin,
)
from companion.sources.rechecking import take_moment
from companion.sources.sqlite_store import begin_reading, has_columns, open_store
from companion.sources.tables import NUMBER, TEXT, Tables

_RECOGNISED = {"rooms": ("id", "name"), "messages": ("uid", "room", "author", "at_ms", "body")}
_COLUMNS = {
    "uid": TEXT,
    "room": TEXT,
    "author": TEXT,
    "at_ms": NUMBER,
    "body": TEXT,
    "is_mine": NUMBER,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RowchatSource(Source):
    """All rooms of one database."""

    kind: ClassVar[str] = "rowchat"
    label: ClassVar[str] = "Rowchat"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        return has_columns(path, _RECOGNISED)

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        moment = take_moment(self.path)  # before the database is opened
        with open_store(self.path) as connection:
            with begin_reading(connection):  # one view for the counts; nothing is yielded in it
                database = RowchatDatabase(connection)
                following = Following(database, parse_cursor(cursor), moment)
                # Another file, and all is read again. What else shapes a message goes in, too.
                identity = json.dumps([self.path.stat().st_ino])
            yield from following.list_changes(identity)


class RowchatDatabase(LiveDatabase):
    """Says which rows are unread and what each one is; knows nothing of cursors."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(Tables(connection, ("rooms", "messages")), "messages", "room")
        columns = self._tables.select("messages", _COLUMNS)
        self._query = f"SELECT ROWID, {columns} FROM messages WHERE ROWID IN ({{}}) ORDER BY ROWID"

    def list_unread(self) -> set[int]:
        query = "SELECT ROWID FROM messages WHERE is_seen = 0 AND is_mine = 0"
        return {rowid for (rowid,) in self._tables.connection.execute(query)}

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        for row in self._tables.pick(self._query, rowids):
            yield row["ROWID"], self._tell(row, is_read=row["ROWID"] not in unread)

    def _tell(self, row: sqlite3.Row, *, is_read: bool) -> Told:
        try:
            sent_at = _EPOCH + timedelta(milliseconds=row["at_ms"])
        except OverflowError:
            return Skipped("a message without a time that can be read")
        return MessageFound(
            conversation_key=clean_text(row["room"]),
            id=clean_text(row["uid"]),
            sender=clean_text(row["author"]),
            is_me=bool(row["is_mine"]),
            sent_at=sent_at,
            text=clean_text(row["body"]),
            position=row["ROWID"],
            is_read=is_read,
        )

    def describe(self, key: str) -> ConversationFound:
        query = "SELECT COALESCE(name, '') FROM rooms WHERE id = ?"
        name = self._tables.connection.execute(query, (key,)).fetchone()
        return ConversationFound(key, clean_text(str(name[0])) if name else "", "group")

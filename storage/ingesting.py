"""Writes what sources tell; each call is part of one transaction.

Rows that did not change are not written again. New ones are not in the search index yet:
that is `storage.indexing`'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlite_utils import Database

from storage.columns import find_at, read_optional_at, write_at, write_json, write_text
from storage.entries import NewConversation, NewMessage, RemovedMessage
from storage.erasing import erase_removed, note_removed
from storage.errors import RecordMissing
from storage.left_out import list_left_out
from storage.marking import (
    UNREAD,
    has_first_imports,
    move_owner_mark,
    refresh_flags,
    settle_first_imports,
)
from storage.records import IngestCounts, ReadingStart
from storage.rows import get_source_row, insert_row

_CONTENT = (
    "sender",
    "is_me",
    "sent_at",
    "position",
    "text",
    "kind",
    "edited",
    "reply_to",
    "is_read",
    "is_approximate",
    "is_disappearing",
    "expires_at",
)
"""The columns a source decides, in the order of `_make_row`, after its first two."""

_COLUMNS = ("conversation_id", "uid", *_CONTENT)


def _qualify(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in (*_CONTENT, "unread"))


_ROWS = 2_000
"""In one statement, in which SQLite stays, and other threads run meanwhile; each row has 14 of
the 32,766 values that a statement may have (sqlite.org/limits.html)."""


def _compose_saving(rows: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS))})"
    names = (f"column{n} AS {column}" for n, column in enumerate(_COLUMNS, start=1))
    return f"""
INSERT INTO messages ({", ".join(_COLUMNS)}, unread)
SELECT {", ".join(f"m.{column}" for column in _COLUMNS)}, {UNREAD}
FROM (SELECT {", ".join(names)} FROM (VALUES {", ".join([row] * rows)})) AS m
WHERE true
ON CONFLICT (conversation_id, uid) DO UPDATE
SET ({", ".join(_CONTENT)}, unread) = ({_qualify("excluded")})
WHERE ({_qualify("messages")}) IS NOT ({_qualify("excluded")})
"""


_SAVE_MESSAGE = _compose_saving(1)
_SAVE_MESSAGES = _compose_saving(_ROWS)

_MessageKey = tuple[int, str]
_Value = str | int | None


def save_batch(
    db: Database,
    source_id: int,
    conversations: Iterable[NewConversation],
    messages: Iterable[NewMessage],
    removed: Iterable[RemovedMessage],
) -> IngestCounts:
    """Save one batch of a source; of a message told twice the last one counts."""
    known = _KnownConversations(db, source_id)
    for conversation in conversations:
        known.save(conversation)
    rows: dict[_MessageKey, tuple[_Value, ...]] = {}
    own: dict[int, tuple[int, int]] = {}
    for message in messages:
        conversation_id = known.get_id(message.conversation_key)
        row = _make_row(conversation_id, message)
        rows[conversation_id, message.uid] = row
        if message.is_me and message.kind != "system":
            place = (write_at(message.sent_at), message.position)
            own[conversation_id] = max(own.get(conversation_id, place), place)
    # Marks first: the flags of the rows are worked out while they are written.
    for conversation_id, place in own.items():
        move_owner_mark(db, conversation_id, *place)
    added, changed = _save_messages(db, list(rows.values()))
    return IngestCounts(added, changed, _remove_messages(db, known, removed))


def is_noted(
    connection: sqlite3.Connection,
    source_id: int,
    cursor: str,
    synced_at: datetime,
    warnings: int,
    note_after: timedelta,
) -> bool:
    """Whether `finish_sync` would change nothing but the time, which is noted well enough."""
    row = connection.execute("SELECT * FROM sources WHERE id = ?", [source_id]).fetchone()
    if row is None or (row["cursor"], row["warnings"], row["failures"]) != (cursor, warnings, 0):
        return False
    noted_at = read_optional_at(row["synced_at"])
    if noted_at is None or has_first_imports(connection, source_id):
        return False
    return noted_at <= synced_at < noted_at + note_after


def finish_sync(
    db: Database,
    source_id: int,
    cursor: str,
    synced_at: datetime,
    warnings: int,
    start: ReadingStart | None,
) -> None:
    """The source was read to its end: remember where, and end first imports.

    Where a conversation was taken in since the `start`, it is remembered as it is: its stores
    are to be read once more.
    """
    row = get_source_row(db, source_id)
    settle_first_imports(db, row, synced_at)
    if start is not None and not _holds(db, row, start):
        cursor = row["cursor"]
    db.table("sources").update(
        source_id,
        {
            "cursor": cursor,
            "synced_at": write_at(synced_at),
            "warnings": warnings,
            "error": None,
            "failed_at": None,
            "failures": 0,
        },
    )


def _holds(db: Database, source: sqlite3.Row, start: ReadingStart) -> bool:
    """Whether the archive says the same of a source as when its reading began."""
    left_out = {row.id for row in list_left_out(db.conn)}
    return bool(source["cursor"] == start.cursor and start.left_out <= left_out)


def _save_messages(db: Database, rows: Sequence[tuple[_Value, ...]]) -> tuple[int, int]:
    """How many rows were added, how many changed."""
    (last_id,) = db.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()
    written, whole = 0, len(rows) - len(rows) % _ROWS
    for start in range(0, whole, _ROWS):
        values = list(chain.from_iterable(rows[start : start + _ROWS]))
        written += db.execute(_SAVE_MESSAGES, values).rowcount
    written += max(db.conn.executemany(_SAVE_MESSAGE, rows[whole:]).rowcount, 0)
    (added,) = db.execute("SELECT count(*) FROM messages WHERE id > ?", [last_id]).fetchone()
    return added, written - added


def _remove_messages(
    db: Database, known: _KnownConversations, removed: Iterable[RemovedMessage]
) -> int:
    with erase_removed(db):
        count = sum(
            db.execute(
                "DELETE FROM messages WHERE conversation_id = ? AND uid = ?",
                [known.find_id(message.conversation_key), write_text(message.uid)],
            ).rowcount
            for message in removed
        )
    if count:
        note_removed(db)
    return count


def _make_row(conversation_id: int, message: NewMessage) -> tuple[_Value, ...]:
    return (
        conversation_id,
        write_text(message.uid),
        write_text(message.sender),
        message.is_me,
        write_at(message.sent_at),
        message.position,
        write_text(message.text),
        message.kind,
        message.edited,
        None if message.reply_to is None else write_text(message.reply_to),
        # Of no meaning for the owner's messages: a flip there is no change.
        None if message.is_me else message.is_read,
        message.is_approximate,
        message.is_disappearing,
        find_at(message.expires_at),
    )


class _KnownConversations:
    """The conversations of one source's kind; each is looked up once."""

    def __init__(self, db: Database, source_id: int) -> None:
        self._db = db
        self._source = get_source_row(db, source_id)
        self._ids: dict[str, int | None] = {}

    def save(self, conversation: NewConversation) -> None:
        """Insert or update the conversation, and note that this source tells it."""
        told = {
            "source_label": self._source["label"],
            "unread_origin": self._source["unread_origin"],
            "title": write_text(conversation.title),
            "kind": conversation.kind,
            "participants": write_json([write_text(name) for name in conversation.participants]),
        }
        found = self.find_id(conversation.key)
        if found is None:
            key = {"source_kind": self._source["kind"], "key": write_text(conversation.key)}
            found = insert_row(self._db, "conversations", key | told)
            self._ids[conversation.key] = found
        else:
            self._change(found, told)
        self._db.execute(
            "INSERT OR IGNORE INTO source_conversations VALUES (?, ?)", [self._source["id"], found]
        )

    def find_id(self, key: str) -> int | None:
        """None when no source of this kind ever told of it."""
        if key not in self._ids:
            row = self._db.execute(
                "SELECT id FROM conversations WHERE source_kind = ? AND key = ?",
                [self._source["kind"], write_text(key)],
            ).fetchone()
            self._ids[key] = None if row is None else row["id"]
        return self._ids[key]

    def get_id(self, key: str) -> int:
        """Raises `RecordMissing` when no source of this kind ever told of it."""
        found = self.find_id(key)
        if found is None:
            raise RecordMissing(
                f"source {self._source['id']} told a message of a conversation it never named",
                next_step="report it to whoever made this kind of source",
            )
        return found

    def _change(self, conversation_id: int, told: dict[str, str]) -> None:
        row = self._db.table("conversations").get(conversation_id)
        if any(row[column] != value for column, value in told.items()):
            self._db.table("conversations").update(conversation_id, told)
        if row["unread_origin"] != told["unread_origin"]:
            refresh_flags(self._db, conversation_id)

"""Reads what merging an export has to know of the conversations that are there already."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.columns import read_at, write_at
from storage.history import select_messages
from storage.records import MessageRow, RoomRow

_ROOMS = """
SELECT c.id, c.key, c.title,
    (SELECT min(sent_at) FROM messages m WHERE m.conversation_id = c.id) AS first_at,
    (SELECT max(sent_at) FROM messages m WHERE m.conversation_id = c.id) AS last_at
FROM conversations c WHERE c.source_kind = ? ORDER BY c.id
"""


def list_rooms(connection: sqlite3.Connection, source_kind: str) -> list[RoomRow]:
    """Every conversation of a kind of source, the oldest first; empty ones have no times."""
    return [
        RoomRow(
            id=row["id"],
            key=row["key"],
            title=row["title"],
            first_at=None if row["first_at"] is None else read_at(row["first_at"]),
            last_at=None if row["last_at"] is None else read_at(row["last_at"]),
        )
        for row in connection.execute(_ROOMS, [source_kind])
    ]


def list_between(
    connection: sqlite3.Connection,
    conversation_id: int,
    start: datetime,
    end: datetime,
    limit: int,
) -> list[MessageRow]:
    """The first `limit` messages of [start, end], oldest first."""
    return select_messages(
        connection,
        """WHERE m.conversation_id = ? AND m.sent_at BETWEEN ? AND ?
        ORDER BY m.sent_at, m.position, m.id LIMIT ?""",
        [conversation_id, write_at(start), write_at(end), limit],
    )


def list_by_uids(
    connection: sqlite3.Connection, conversation_id: int, uids: Sequence[str]
) -> list[MessageRow]:
    """Those of `uids` that are in the conversation, in no order."""
    return select_messages(
        connection,
        "WHERE m.conversation_id = ? AND m.uid IN (SELECT value FROM json_each(?))",
        [conversation_id, json.dumps(list(uids))],
    )


def count_texts(
    connection: sqlite3.Connection, conversation_id: int, start: datetime, end: datetime
) -> int:
    """How many texts were sent in [start, end]."""
    row = connection.execute(
        """SELECT count(*) FROM messages
        WHERE conversation_id = ? AND sent_at BETWEEN ? AND ? AND kind = 'text'""",
        [conversation_id, write_at(start), write_at(end)],
    ).fetchone()
    return int(row[0])


def list_senders(connection: sqlite3.Connection, conversation_id: int) -> frozenset[str]:
    """Who wrote anything but lines of the system."""
    rows = connection.execute(
        "SELECT DISTINCT sender FROM messages WHERE conversation_id = ? AND kind <> 'system'",
        [conversation_id],
    )
    return frozenset(row["sender"] for row in rows)


def find_last_id(connection: sqlite3.Connection) -> int:
    """Of the newest row of all messages; 0 when there is none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0])

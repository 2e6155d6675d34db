"""Reads the registry of sources."""

from __future__ import annotations

import sqlite3

from storage.columns import read_at, read_optional_at, read_strings
from storage.errors import RecordMissing
from storage.records import SourceRow, UnreadPolicy

_SOURCES = """
SELECT s.*,
    (SELECT count(*) FROM source_conversations l WHERE l.source_id = s.id) AS conversations,
    (SELECT coalesce(sum(c.messages), 0) FROM source_conversations l
        JOIN conversations c ON c.id = l.conversation_id
        WHERE l.source_id = s.id) AS messages
FROM sources s
"""


def list_sources(connection: sqlite3.Connection) -> list[SourceRow]:
    """All of them, oldest registration first."""
    return [_make_source(row) for row in connection.execute(f"{_SOURCES} ORDER BY s.id")]


def get_source(connection: sqlite3.Connection, source_id: int) -> SourceRow:
    """Raises `RecordMissing`."""
    row = connection.execute(f"{_SOURCES} WHERE s.id = ?", [source_id]).fetchone()
    if row is None:
        raise RecordMissing(f"there is no source {source_id}", next_step="see `companion sources`")
    return _make_source(row)


def list_owner_names(connection: sqlite3.Connection, conversation_id: int) -> tuple[str, ...]:
    """The owner's names in the sources that tell this conversation, as they were registered."""
    rows = connection.execute(
        """SELECT s.me FROM sources s JOIN source_conversations l ON l.source_id = s.id
        WHERE l.conversation_id = ? ORDER BY s.id""",
        [conversation_id],
    )
    return tuple(dict.fromkeys(name for row in rows for name in read_strings(row["me"])))


def _make_source(row: sqlite3.Row) -> SourceRow:
    return SourceRow(
        id=row["id"],
        kind=row["kind"],
        label=row["label"],
        path=row["path"],
        unread_origin=row["unread_origin"],
        me=read_strings(row["me"]),
        zone=row["zone"],
        policy=UnreadPolicy(row["policy"], read_optional_at(row["policy_since"])),
        cursor=row["cursor"],
        added_at=read_at(row["added_at"]),
        synced_at=read_optional_at(row["synced_at"]),
        error=row["error"],
        warnings=row["warnings"],
        conversations=row["conversations"],
        messages=row["messages"],
        failed_at=read_optional_at(row["failed_at"]),
        failures=row["failures"],
        retention_days=row["retention_days"],
    )

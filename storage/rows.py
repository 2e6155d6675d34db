"""What the writing modules share: insert a row, and insist on one that others point to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import cast

from sqlite_utils import Database

from storage.errors import RecordMissing


def insert_row(db: Database, table: str, row: Mapping[str, object]) -> int:
    """Insert into a table whose key is its integer id; gives the new id."""
    return cast("int", db.table(table).insert(dict(row)).last_pk)


def get_source_row(db: Database, source_id: int) -> sqlite3.Row:
    """The table's row; raises `RecordMissing`, also when it was removed during its sync."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM sources WHERE id = ?", [source_id]
    ).fetchone()
    if row is None:
        raise RecordMissing(f"there is no source {source_id}", next_step="see `companion sources`")
    return row


def require_conversation(db: Database, conversation_id: int) -> None:
    """Raises `RecordMissing` when there is no such conversation."""
    if not db.execute("SELECT 1 FROM conversations WHERE id = ?", [conversation_id]).fetchone():
        raise RecordMissing(
            f"there is no conversation {conversation_id}", next_step="see `companion list`"
        )

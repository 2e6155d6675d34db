"""Makes the archive's files forget what was removed: free pages, search index, log.

SQLite leaves the bytes of a removed row where they were until something else needs the room;
`secure_delete` overwrites them (sqlite.org/pragma.html). FTS5 only notes that a row is gone,
and drops its trigrams when it merges the parts of the index that hold them
(sqlite.org/fts5.html, 6.7 and 6.8). The log holds pages as they were until it is emptied.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

_INDEX = re.compile(r"\bUSING\s+fts5\b", re.IGNORECASE)

_STEP_PAGES = 1_000
"""How many pages of an index are written in one transaction, some megabytes."""

_SMALL_MESSAGES = 50_000
"""Their index is folded in some tenths of a second."""


@contextmanager
def erase_removed(db: Database) -> Iterator[None]:
    """What is removed in the block is overwritten, where SQLite would only set its pages free.

    Of the search index single trigrams stay until `fold_indexes`.
    """
    db.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        db.execute("PRAGMA secure_delete = OFF")


def note_removed(db: Database) -> None:
    """Remember that messages were removed one by one, and that the index still has trigrams."""
    db.execute("INSERT OR IGNORE INTO erasures VALUES (0)")


def end_erasures(db: Database, ids: list[int]) -> None:
    """Nothing of these is left in the files."""
    db.conn.executemany("DELETE FROM erasures WHERE conversation_id = ?", [(i,) for i in ids])


def fold_indexes(db: Database) -> None:
    """Merge each search index into one part, which holds nothing of what was removed.

    Outside of any transaction: each step is one of its own.
    """
    with erase_removed(db):
        for table in _list_indexes(db.conn):
            _merge(db, table, -_STEP_PAGES)
            while _merge(db, table, _STEP_PAGES):
                pass


def _merge(db: Database, table: str, pages: int) -> bool:
    """Whether anything was merged; a negative number begins with all parts (fts5.html, 6.5)."""
    before = db.conn.total_changes
    db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", [pages])
    return db.conn.total_changes - before > 1


def _list_indexes(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return [row["name"] for row in rows.fetchall() if row["sql"] and _INDEX.search(row["sql"])]


def is_index_small(connection: sqlite3.Connection) -> bool:
    """Whether `fold_indexes` takes no time worth speaking of."""
    last_id: int = connection.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
    return last_id <= _SMALL_MESSAGES


def rebuild_file(db: Database) -> None:
    """Write the whole file anew, without free pages; takes its size once more on the disk."""
    db.execute("VACUUM")


def overwrite_file(db: Database) -> bool:
    """Bring the log into the archive's file and empty it: both held the words until now.

    False when a reader in the middle of something did not let us within the time a writer
    waits; the old log and file are then as they were.
    """
    busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy

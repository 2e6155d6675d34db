"""Removes messages so that their words are gone: those whose timer ran out, and those taken back.

A trigger of the schema removes the summaries that read a message with a timer, highlights
and to-dos included, in the same transaction (`storage.migrations.let_messages_expire`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlite_utils import Database

from storage.columns import write_at


def remove_expired(db: Database, at: datetime) -> int:
    """Remove what is to be gone by `at`; gives how many messages that were."""
    with erase_removed(db):
        return db.execute("DELETE FROM messages WHERE expires_at <= ?", [write_at(at)]).rowcount


def overwrite_file(db: Database) -> None:
    """Bring the log into the archive's file and empty it: both held the words until now.

    Readers in the middle of something are waited for, and then left with the old log.
    """
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


@contextmanager
def erase_removed(db: Database) -> Iterator[None]:
    """What is removed in the block is overwritten, where SQLite would only set its pages free.

    Of the search index single trigrams may stay until SQLite merges their part of it.
    """
    db.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        db.execute("PRAGMA secure_delete = OFF")

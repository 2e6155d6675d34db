"""Removes messages whose timer ran out.

A trigger of the schema removes the summaries that read a message with a timer, highlights
and to-dos included, in the same transaction (`storage.migrations.let_messages_expire`).
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from storage.columns import write_at
from storage.erasing import erase_removed, note_removed


def remove_expired(db: Database, at: datetime) -> int:
    """Remove what is to be gone by `at`; gives how many messages that were."""
    with erase_removed(db):
        removed = db.execute("DELETE FROM messages WHERE expires_at <= ?", [write_at(at)]).rowcount
    if removed:
        note_removed(db)
    return removed

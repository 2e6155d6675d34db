"""Removes what is older than its source, or the config, says to keep.

A message goes as one with a timer does (`storage.expiring`): the summaries that read it go
with it, in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlite_utils import Database

from storage.columns import write_at
from storage.erasing import erase_removed, note_removed

_STEP_MESSAGES = 2_000
"""Removed in one transaction, so that others need not wait long."""

# Of several sources the one that keeps the shortest counts; 0 days are for good.
_RETENTIONS = """
SELECT c.id, min(nullif(coalesce(s.retention_days, :default_days), 0)) AS days
FROM conversations c
LEFT JOIN source_conversations l ON l.conversation_id = c.id
LEFT JOIN sources s ON s.id = l.source_id
GROUP BY c.id HAVING days IS NOT NULL
"""

_MARK_OLD = """
UPDATE messages SET is_disappearing = 1 WHERE id IN (
    SELECT id FROM messages WHERE conversation_id = ? AND sent_at < ? ORDER BY sent_at LIMIT ?
)
"""
_REMOVE_OLD = """
DELETE FROM messages WHERE conversation_id = ? AND sent_at < ? AND is_disappearing = 1
"""


def remove_step(db: Database, default_days: int, at: datetime) -> int:
    """Remove some of what is too old by `at`; 0 when nothing is left to remove.

    `default_days` holds where no source says; 0 keeps for good.
    """
    left = _STEP_MESSAGES
    with erase_removed(db):
        for row in db.execute(_RETENTIONS, {"default_days": default_days}).fetchall():
            before = write_at(at - timedelta(days=row["days"]))
            if db.execute(_MARK_OLD, [row["id"], before, left]).rowcount:
                left -= db.execute(_REMOVE_OLD, [row["id"], before]).rowcount
            if left <= 0:
                break
    removed = _STEP_MESSAGES - left
    if removed:
        note_removed(db)
    return removed


def remove_digests(db: Database, default_days: int, today: date) -> int:
    """Remove the digests older than the shortest time that anything is kept; gives how many."""
    rows = db.execute("SELECT retention_days AS days FROM sources").fetchall()
    told = [default_days if row["days"] is None else row["days"] for row in rows] + [default_days]
    days = min((days for days in told if days), default=None)
    if days is None:
        return 0
    with erase_removed(db):
        return db.execute(
            "DELETE FROM digests WHERE day < ?", [(today - timedelta(days=days)).isoformat()]
        ).rowcount

"""Writes what no reading may bring into the archive: conversations, and patterns of titles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlite_utils import Database

from storage.columns import write_at, write_text
from storage.erasing import erase_removed, note_removed
from storage.errors import RecordMissing
from storage.left_out import digest_key, find_pattern, list_patterns
from storage.marking import refresh_flags
from storage.records import LeftOutReason
from storage.rows import require_conversation

_ADD = """
INSERT INTO left_out (source_kind, key_digest, reason, pattern, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""


def leave_out(
    db: Database,
    source_kind: str,
    key: str,
    reason: LeftOutReason,
    at: datetime,
    *,
    pattern: str | None = None,
) -> None:
    """Remember a conversation, in the archive or not; one that is left out already stays so."""
    db.execute(_ADD, [source_kind, digest_key(key), reason, pattern, write_at(at)])


def set_excluded(db: Database, conversation_id: int, excluded: bool, at: datetime) -> None:
    """An excluded conversation has no unread messages; taken back in, it has them again."""
    require_conversation(db, conversation_id)
    row = db.table("conversations").get(conversation_id)
    if excluded:
        leave_out(db, row["source_kind"], row["key"], "excluded", at)
        _remove_disappearing(db, conversation_id)
    else:
        _take_in(db, row["source_kind"], [digest_key(row["key"])])
    _set_flag(db, conversation_id, excluded=excluded)


def note_matches(db: Database, source_kind: str, matches: Mapping[str, str], at: datetime) -> None:
    """Remember the conversations whose titles matched: patterns by key."""
    for key, pattern in matches.items():
        leave_out(db, source_kind, key, "pattern", at, pattern=pattern)
        row = db.execute(
            "SELECT id FROM conversations WHERE source_kind = ? AND key = ? AND excluded = 0",
            [source_kind, write_text(key)],
        ).fetchone()
        if row is not None:
            _remove_disappearing(db, row["id"])
            _set_flag(db, row["id"], excluded=True)


def add_pattern(db: Database, pattern: str, at: datetime) -> list[int]:
    """Leave out what matches from now on; gives the ids of the conversations that are there."""
    db.execute("INSERT OR IGNORE INTO excluded_patterns VALUES (?)", [pattern])
    rows = db.execute("SELECT id, source_kind, key, title FROM conversations WHERE excluded = 0")
    found = [row for row in rows.fetchall() if find_pattern(row["title"], [pattern])]
    for row in found:
        note_matches(db, row["source_kind"], {row["key"]: pattern}, at)
    return [row["id"] for row in found]


def remove_pattern(db: Database, pattern: str) -> bool:
    """Leave out what matches no longer; False when nobody gave that pattern."""
    found = db.execute("DELETE FROM excluded_patterns WHERE pattern = ?", [pattern]).rowcount > 0
    if found:
        _take_in_matches(db, pattern)
    return found


def drop_other_patterns(db: Database, patterns: Iterable[str]) -> None:
    """Take in again what was left out by a pattern that is neither of these nor of the archive."""
    kept = {*patterns, *list_patterns(db.conn)}
    rows = db.execute("SELECT DISTINCT pattern FROM left_out WHERE reason = 'pattern'").fetchall()
    for row in rows:
        if row["pattern"] not in kept:
            _take_in_matches(db, row["pattern"])


def take_in(db: Database, left_out_id: int) -> None:
    """Leave one conversation out no longer; raises `RecordMissing`."""
    row = db.execute(
        "SELECT source_kind, key_digest FROM left_out WHERE id = ?", [left_out_id]
    ).fetchone()
    if row is None:
        raise RecordMissing(
            f"nothing that is left out has the number {left_out_id}",
            next_step="see `companion exclude`",
        )
    _take_in(db, row["source_kind"], [row["key_digest"]])


def _take_in_matches(db: Database, pattern: str) -> None:
    rows = db.execute(
        "SELECT source_kind, key_digest FROM left_out WHERE pattern = ?", [pattern]
    ).fetchall()
    for kind in {row["source_kind"] for row in rows}:
        _take_in(db, kind, [row["key_digest"] for row in rows if row["source_kind"] == kind])


def _take_in(db: Database, source_kind: str, digests: list[str]) -> None:
    """Stores of the kind are read from their start again: what was passed over is there alone."""
    values = [(source_kind, digest) for digest in digests]
    taken = db.conn.executemany(
        "DELETE FROM left_out WHERE source_kind = ? AND key_digest = ?", values
    )
    if not taken.rowcount:
        return
    db.execute("UPDATE sources SET cursor = NULL WHERE kind = ?", [source_kind])
    rows = db.execute(
        "SELECT id, key FROM conversations WHERE source_kind = ? AND excluded = 1", [source_kind]
    )
    for row in rows.fetchall():
        if digest_key(row["key"]) in digests:
            _set_flag(db, row["id"], excluded=False)


def _remove_disappearing(db: Database, conversation_id: int) -> None:
    """Messages with a timer go at once: nobody would tell any more when that runs out."""
    with erase_removed(db):
        removed = db.execute(
            "DELETE FROM messages WHERE conversation_id = ? AND is_disappearing = 1",
            [conversation_id],
        ).rowcount
    if removed:
        note_removed(db)


def _set_flag(db: Database, conversation_id: int, *, excluded: bool) -> None:
    db.table("conversations").update(conversation_id, {"excluded": excluded})
    refresh_flags(db, conversation_id)

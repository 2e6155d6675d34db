"""Reads and writes on which conversations the model cannot be run; it does not judge how often."""

from __future__ import annotations

import sqlite3

from storage.columns import read_at, write_at
from storage.records import FailureRecord

_CURRENT = """
SELECT f.* FROM failures f
WHERE EXISTS (
    SELECT 1 FROM messages m WHERE m.conversation_id = f.conversation_id AND m.unread = 1
) AND f.input_hash = (
    SELECT s.input_hash FROM summaries s WHERE s.conversation_id = f.conversation_id
    ORDER BY s.id DESC LIMIT 1
)
ORDER BY f.conversation_id
"""


def list_failures(connection: sqlite3.Connection) -> list[FailureRecord]:
    """Those of the newest summaries' inputs, where anything is unread still."""
    return [_make_failure(row) for row in connection.execute(_CURRENT)]


def find_failure(connection: sqlite3.Connection, conversation_id: int) -> FailureRecord | None:
    """Of whatever input failed last."""
    row = connection.execute(
        "SELECT * FROM failures WHERE conversation_id = ?", [conversation_id]
    ).fetchone()
    return None if row is None else _make_failure(row)


def save_failure(connection: sqlite3.Connection, failure: FailureRecord) -> None:
    """Keep it in place of what the conversation had; one forgotten meanwhile has none."""
    connection.execute(
        """INSERT OR REPLACE INTO failures
        SELECT id, :input_hash, :reason, :times, :last_at
        FROM conversations WHERE id = :conversation_id""",
        {
            "conversation_id": failure.conversation_id,
            "input_hash": failure.input_hash,
            "reason": failure.reason,
            "times": failure.times,
            "last_at": write_at(failure.last_at),
        },
    )


def clear_failure(connection: sqlite3.Connection, conversation_id: int) -> None:
    """The model could be run on it."""
    connection.execute("DELETE FROM failures WHERE conversation_id = ?", [conversation_id])


def _make_failure(row: sqlite3.Row) -> FailureRecord:
    return FailureRecord(
        conversation_id=row["conversation_id"],
        input_hash=row["input_hash"],
        reason=row["reason"],
        times=row["times"],
        last_at=read_at(row["last_at"]),
    )

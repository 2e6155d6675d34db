"""Reads summaries with their evidence, and to-dos."""

from __future__ import annotations

import sqlite3

from storage.columns import read_at, read_mapping, read_optional_at, read_strings
from storage.errors import RecordMissing
from storage.records import HighlightRecord, SentenceRecord, SummaryRow, ToDoRow

_TODOS = """
SELECT t.*, c.id AS conversation_id, c.title AS conversation_title
FROM todos t
JOIN summaries s ON s.id = t.summary_id
JOIN conversations c ON c.id = s.conversation_id
"""


def find_summary(connection: sqlite3.Connection, conversation_id: int) -> SummaryRow | None:
    """The newest one of a conversation."""
    row = connection.execute(
        "SELECT * FROM summaries WHERE conversation_id = ? ORDER BY id DESC LIMIT 1",
        [conversation_id],
    ).fetchone()
    return None if row is None else _make_summary(connection, row)


def list_summaries(connection: sqlite3.Connection, conversation_id: int) -> list[SummaryRow]:
    """All of a conversation, the newest first."""
    rows = connection.execute(
        "SELECT * FROM summaries WHERE conversation_id = ? ORDER BY id DESC", [conversation_id]
    ).fetchall()
    return [_make_summary(connection, row) for row in rows]


def get_summary(connection: sqlite3.Connection, summary_id: int) -> SummaryRow:
    """Raises `RecordMissing`."""
    row = connection.execute("SELECT * FROM summaries WHERE id = ?", [summary_id]).fetchone()
    if row is None:
        raise RecordMissing(
            f"there is no summary {summary_id}", next_step="run `companion summarize` again"
        )
    return _make_summary(connection, row)


def list_todos(connection: sqlite3.Connection, *, open_only: bool) -> list[ToDoRow]:
    """Those that no later summary superseded: open before done, mine first, newest first.

    Those of excluded conversations are left out.
    """
    where = "WHERE c.excluded = 0 AND t.superseded_by IS NULL" + (
        " AND t.done_at IS NULL" if open_only else ""
    )
    order = "ORDER BY t.done_at IS NOT NULL, t.is_mine DESC, t.summary_id DESC, t.id"
    rows = connection.execute(f"{_TODOS} {where} {order}").fetchall()
    return [_make_todo(connection, row) for row in rows]


def _make_summary(connection: sqlite3.Connection, row: sqlite3.Row) -> SummaryRow:
    summary_id = row["id"]
    sentences = connection.execute(
        "SELECT * FROM sentences WHERE summary_id = ? ORDER BY id", [summary_id]
    ).fetchall()
    todos = connection.execute(
        f"{_TODOS} WHERE t.summary_id = ? ORDER BY t.id", [summary_id]
    ).fetchall()
    return SummaryRow(
        id=summary_id,
        conversation_id=row["conversation_id"],
        input_hash=row["input_hash"],
        language=row["language"],
        origin=row["origin"],
        gist=row["gist"],
        topic=row["topic"],
        highlights=_list_highlights(connection, summary_id),
        sentences=tuple(
            SentenceRecord(
                sentence["text"],
                _list_evidence(connection, "sentence", sentence["id"]),
                is_quote=bool(sentence["is_quote"]),
            )
            for sentence in sentences
        ),
        todos=tuple(_make_todo(connection, todo) for todo in todos),
        covered=row["covered"],
        skipped=row["skipped"],
        unread=row["unread"],
        flags=read_strings(row["flags"]),
        model=row["model"],
        options=read_mapping(row["options"]),
        elapsed_s=row["elapsed_s"],
        made_at=read_at(row["made_at"]),
        outdated=bool(row["outdated"]),
    )


def _list_highlights(
    connection: sqlite3.Connection, summary_id: int
) -> tuple[HighlightRecord, ...]:
    rows = connection.execute(
        "SELECT * FROM highlights WHERE summary_id = ? ORDER BY position", [summary_id]
    )
    return tuple(
        HighlightRecord(row["message_id"], row["sender"], row["text"], read_strings(row["reasons"]))
        for row in rows
    )


def _make_todo(connection: sqlite3.Connection, row: sqlite3.Row) -> ToDoRow:
    return ToDoRow(
        id=row["id"],
        conversation_id=row["conversation_id"],
        conversation_title=row["conversation_title"],
        who=row["who"],
        what=row["what"],
        when=row["when_said"],
        is_mine=bool(row["is_mine"]),
        evidence=_list_evidence(connection, "todo", row["id"]),
        done_at=read_optional_at(row["done_at"]),
    )


def _list_evidence(connection: sqlite3.Connection, owner: str, owner_id: int) -> tuple[int, ...]:
    """`owner` is "sentence" or "todo"."""
    rows = connection.execute(
        f"SELECT message_id FROM {owner}_evidence WHERE {owner}_id = ? ORDER BY position",
        [owner_id],
    )
    return tuple(row["message_id"] for row in rows)

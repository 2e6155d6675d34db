"""Writes summaries and the to-dos in them; each call is part of one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain

from sqlite_utils import Database

from storage.columns import write_at, write_json, write_text
from storage.entries import NewSummary, NewToDo
from storage.errors import RecordMissing
from storage.failing import clear_failure
from storage.rows import insert_row, require_conversation

_SUPERSEDE = """
UPDATE todos SET superseded_by = :summary_id
WHERE superseded_by IS NULL AND done_at IS NULL
AND summary_id IN (
    SELECT id FROM summaries WHERE conversation_id = :conversation_id AND id <> :summary_id
)
AND NOT EXISTS (
    SELECT 1 FROM todo_evidence e WHERE e.todo_id = todos.id AND e.message_id NOT IN (
        SELECT message_id FROM summary_messages WHERE summary_id = :summary_id
    )
)
"""

_FIND_DONE = """
SELECT t.id, t.done_at FROM todos t JOIN summaries s ON s.id = t.summary_id
WHERE s.conversation_id = ? AND t.done_at IS NOT NULL AND t.superseded_by IS NULL
AND t.who = ? AND t.what = ? AND EXISTS (
    SELECT 1 FROM todo_evidence e JOIN json_each(?) j ON j.value = e.message_id
    WHERE e.todo_id = t.id
)
"""


def save_summary(db: Database, new: NewSummary) -> int:
    """Keep a summary whole; gives its id.

    Takes the place of the conversation's pending one; others stay as history. A message
    that was removed meanwhile is left out and outdates the summary, as does an edit of
    one that the pending summary was made of. One that disappeared takes all words with it.
    """
    require_conversation(db, new.conversation_id)
    if _is_any_disappeared(db, new):
        new = replace(new, origin="extractive", gist="refused", topic="")
        new = replace(new, highlights=(), sentences=(), todos=())
    known = _find_known_messages(db, new)
    is_outdated = not known.issuperset(new.message_ids) or _was_outdated(db, new)
    db.table("summaries").delete_where(
        "conversation_id = ? AND gist = 'pending'", [new.conversation_id]
    )
    if new.gist != "pending":
        clear_failure(db.conn, new.conversation_id)
    summary_id = _insert_summary(db, new, is_outdated=is_outdated)
    db.conn.executemany(
        "INSERT OR IGNORE INTO summary_messages VALUES (?, ?)",
        [(summary_id, message_id) for message_id in new.message_ids if message_id in known],
    )
    _insert_highlights(db, summary_id, new, known)
    for sentence in new.sentences:
        sentence_row = {
            "summary_id": summary_id,
            "text": write_text(sentence.text),
            "is_quote": sentence.is_quote,
        }
        sentence_id = insert_row(db, "sentences", sentence_row)
        _insert_evidence(db, "sentence_evidence", sentence_id, sentence.evidence, known)
    for todo in new.todos:
        _insert_todo(db, summary_id, new.conversation_id, todo, known)
    if new.gist == "done":
        # Only a gist that read them again may replace to-dos, and only those it could see:
        # one found in messages that are read by now is still to be done.
        values = {"summary_id": summary_id, "conversation_id": new.conversation_id}
        db.execute(_SUPERSEDE, values)
    return summary_id


def set_todo_done(db: Database, todo_id: int, done: bool, at: datetime) -> None:
    """Tick a to-do off, or open it again."""
    changed = db.execute(
        "UPDATE todos SET done_at = ? WHERE id = ?", [write_at(at) if done else None, todo_id]
    ).rowcount
    if not changed:
        raise RecordMissing(f"there is no to-do {todo_id}", next_step="see `companion todo`")


def _find_known_messages(db: Database, new: NewSummary) -> set[int]:
    told = chain(
        new.message_ids,
        (highlight.message_id for highlight in new.highlights),
        chain.from_iterable(sentence.evidence for sentence in new.sentences),
        chain.from_iterable(todo.evidence for todo in new.todos),
    )
    rows = db.execute(
        "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(told))],
    )
    return {row["id"] for row in rows}


def _is_any_disappeared(db: Database, new: NewSummary) -> bool:
    query = """SELECT 1 FROM disappeared
        WHERE message_id IN (SELECT value FROM json_each(?)) LIMIT 1"""
    return db.execute(query, [json.dumps(new.message_ids)]).fetchone() is not None


def _was_outdated(db: Database, new: NewSummary) -> bool:
    """Whether a message changed between the pending summary and this gist of the same input."""
    if new.gist == "pending":
        return False
    row = db.execute(
        """SELECT 1 FROM summaries WHERE conversation_id = ? AND input_hash = ?
        AND gist = 'pending' AND outdated = 1""",
        [new.conversation_id, new.input_hash],
    ).fetchone()
    return row is not None


def _insert_summary(db: Database, new: NewSummary, *, is_outdated: bool) -> int:
    row = {
        "conversation_id": new.conversation_id,
        "input_hash": new.input_hash,
        "language": new.language,
        "origin": new.origin,
        "gist": new.gist,
        "topic": write_text(new.topic),
        "covered": new.covered,
        "skipped": new.skipped,
        "unread": new.unread,
        "flags": write_json(new.flags),
        "model": new.model,
        "options": write_json(new.options),
        "elapsed_s": new.elapsed_s,
        "made_at": write_at(new.made_at),
        "outdated": is_outdated,
    }
    return insert_row(db, "summaries", row)


def _insert_highlights(db: Database, summary_id: int, new: NewSummary, known: set[int]) -> None:
    db.conn.executemany(
        "INSERT INTO highlights VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                *(summary_id, position, highlight.message_id),
                *(write_text(highlight.sender), write_text(highlight.text)),
                write_json(highlight.reasons),
            )
            for position, highlight in enumerate(new.highlights)
            if highlight.message_id in known
        ],
    )


def _insert_todo(
    db: Database, summary_id: int, conversation_id: int, todo: NewToDo, known: set[int]
) -> None:
    """A to-do that was found before and is done comes in as done, and takes the old one's place."""
    who, what = write_text(todo.who), write_text(todo.what)
    done = db.execute(
        _FIND_DONE, [conversation_id, who, what, json.dumps(todo.evidence)]
    ).fetchone()
    row = {
        "summary_id": summary_id,
        "who": who,
        "what": what,
        "when_said": write_text(todo.when),
        "is_mine": todo.is_mine,
        "done_at": None if done is None else done["done_at"],
    }
    todo_id = insert_row(db, "todos", row)
    _insert_evidence(db, "todo_evidence", todo_id, todo.evidence, known)
    if done is not None:
        db.table("todos").update(done["id"], {"superseded_by": summary_id})


def _insert_evidence(
    db: Database, table: str, owner_id: int, evidence: Iterable[int], known: set[int]
) -> None:
    db.conn.executemany(
        f"INSERT INTO {table} VALUES (?, ?, ?)",
        [
            (owner_id, position, message_id)
            for position, message_id in enumerate(dict.fromkeys(evidence))
            if message_id in known
        ],
    )

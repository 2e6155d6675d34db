"""Reads conversations as lines of an inbox, and counts over the whole archive."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Sequence

from storage.columns import read_optional_at
from storage.errors import RecordMissing
from storage.records import ConversationRow, Totals

_NEWEST_SUMMARIES = "SELECT conversation_id, max(id) AS id FROM summaries GROUP BY conversation_id"

_OPEN_TODOS = """
SELECT s.conversation_id, count(*) AS total, sum(t.is_mine) AS mine
FROM todos t JOIN summaries s ON s.id = t.summary_id
WHERE t.done_at IS NULL AND t.superseded_by IS NULL
GROUP BY s.conversation_id
"""

_UNREAD = "SELECT conversation_id, count(*) AS total FROM messages WHERE unread = 1 GROUP BY 1"

# Named in a highlight, or asked where nobody else is there to take it.
_IS_ASKED = """
EXISTS (
    SELECT 1 FROM highlights h JOIN messages m ON m.id = h.message_id, json_each(h.reasons) r
    WHERE h.summary_id = s.id AND m.unread = 1
        AND (r.value = 'addressed' OR (r.value = 'request' AND c.kind = 'direct'))
)
"""

_CONVERSATIONS = f"""
WITH newest_summaries AS ({_NEWEST_SUMMARIES}), open_todos AS ({_OPEN_TODOS}), unread AS ({_UNREAD})
SELECT c.id, c.title, c.kind, c.source_kind, c.source_label, c.unread_origin, c.excluded,
    coalesce(u.total, 0) AS unread,
    c.messages
        - (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'system')
        AS messages,
    last.sent_at AS last_at,
    coalesce(last.sender, '') AS last_sender,
    coalesce(last.text, '') AS last_text,
    coalesce(first.text, '') AS first_line,
    coalesce(first.is_quote, 0) AS is_first_line_quote,
    coalesce(s.topic, '') AS topic,
    s.gist, s.origin,
    coalesce(s.outdated, 0) AS outdated,
    coalesce(t.total, 0) AS open_todos,
    coalesce(t.mine, 0) AS my_todos,
    coalesce(t.mine, 0) > 0 OR {_IS_ASKED} AS urgent,
    EXISTS (
        SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.is_disappearing = 1
    ) AS is_disappearing
FROM conversations c
LEFT JOIN unread u ON u.conversation_id = c.id
LEFT JOIN newest_summaries n ON n.conversation_id = c.id
LEFT JOIN summaries s ON s.id = n.id
LEFT JOIN sentences first ON first.id = (SELECT min(id) FROM sentences WHERE summary_id = s.id)
LEFT JOIN open_todos t ON t.conversation_id = c.id
LEFT JOIN messages last ON last.id = (
    SELECT m.id FROM messages m WHERE m.conversation_id = c.id AND m.kind <> 'system'
    ORDER BY m.sent_at DESC, m.position DESC, m.id DESC LIMIT 1
)
"""

_IN_ORDER = "ORDER BY urgent DESC, coalesce(u.total, 0) > 0 DESC, last_at DESC, c.id"


def count_totals(connection: sqlite3.Connection) -> Totals:
    """Counts over the whole archive; messages are all but system lines."""
    row = connection.execute(f"""
        WITH newest_summaries AS ({_NEWEST_SUMMARIES}), open_todos AS ({_OPEN_TODOS}),
            unread AS ({_UNREAD})
        SELECT
            (SELECT count(*) FROM conversations) AS conversations,
            (SELECT coalesce(sum(messages), 0) FROM conversations)
                - (SELECT count(*) FROM messages WHERE kind = 'system') AS messages,
            (SELECT coalesce(sum(total), 0) FROM unread) AS unread,
            (SELECT count(*) FROM unread) AS unread_conversations,
            (SELECT count(*) FROM newest_summaries n JOIN summaries s ON s.id = n.id
                WHERE s.gist = 'pending') AS pending_gists,
            (SELECT coalesce(sum(total), 0) FROM open_todos) AS open_todos
    """).fetchone()
    return Totals(**dict(row))


def list_conversations(
    connection: sqlite3.Connection, *, unread_only: bool, limit: int | None
) -> list[ConversationRow]:
    """Urgent ones first, then those with unread messages, then the newest."""
    where = "WHERE u.total > 0" if unread_only else ""
    return _select(connection, f"{where} {_IN_ORDER} LIMIT ?", [-1 if limit is None else limit])


def get_conversation(connection: sqlite3.Connection, conversation_id: int) -> ConversationRow:
    """Raises `RecordMissing`."""
    found = _select(connection, "WHERE c.id = ?", [conversation_id])
    if not found:
        raise RecordMissing(
            f"there is no conversation {conversation_id}", next_step="see `companion list`"
        )
    return found[0]


def find_conversations(connection: sqlite3.Connection, text: str) -> list[ConversationRow]:
    """Those meant by "#12" or a title: equal ones, else equal but for case, else containing it."""
    if text.startswith("#") and text[1:].isdecimal():
        by_id = _select(connection, "WHERE c.id = ?", [int(text[1:])])
        if by_id:
            return by_id
    titles = connection.execute("SELECT id, title FROM conversations").fetchall()
    wanted = _fold(text)
    tests: tuple[Callable[[str], bool], ...] = (
        lambda title: title == text,
        lambda title: _fold(title) == wanted,
        lambda title: bool(wanted) and wanted in _fold(title),
    )
    for test in tests:
        ids = [row["id"] for row in titles if test(row["title"])]
        if ids:
            marks = ", ".join("?" * len(ids))
            return _select(connection, f"WHERE c.id IN ({marks}) {_IN_ORDER}", ids)
    return []


def _select(
    connection: sqlite3.Connection, tail: str, values: Sequence[int]
) -> list[ConversationRow]:
    rows = connection.execute(f"{_CONVERSATIONS} {tail}", values)
    return [_make_conversation(row) for row in rows]


def _make_conversation(row: sqlite3.Row) -> ConversationRow:
    values = dict(row)
    return ConversationRow(
        **values
        | {
            "last_at": read_optional_at(row["last_at"]),
            "outdated": bool(row["outdated"]),
            "urgent": bool(row["urgent"]),
            "excluded": bool(row["excluded"]),
            "is_disappearing": bool(row["is_disappearing"]),
            "is_first_line_quote": bool(row["is_first_line_quote"]),
        }
    )


def _fold(title: str) -> str:
    """For comparing titles: macOS writes Korean decomposed, and case does not matter."""
    return unicodedata.normalize("NFC", title).casefold()

"""Reads messages: pages of a conversation, the unread ones with what came before, activity."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from storage.columns import read_at, read_optional_at, write_at
from storage.errors import RecordMissing
from storage.records import ActivityRow, MessageRow

_MESSAGES = """
SELECT m.*, r.id AS reply_id FROM messages m
LEFT JOIN messages r ON r.conversation_id = m.conversation_id AND r.uid = m.reply_to
"""

_OLDEST_FIRST = "ORDER BY m.sent_at, m.position, m.id"
_NEWEST_FIRST = "ORDER BY m.sent_at DESC, m.position DESC, m.id DESC"

_Place = tuple[int, int, int]

_CONTEXT_IDS = """
SELECT p.id FROM messages u JOIN messages p ON p.id IN (
    SELECT q.id FROM messages q
    WHERE q.conversation_id = u.conversation_id AND q.kind IN ('text', 'media')
    AND (q.sent_at, q.position, q.id) < (u.sent_at, u.position, u.id)
    ORDER BY q.sent_at DESC, q.position DESC, q.id DESC LIMIT :context
)
WHERE u.conversation_id = :conversation_id AND u.unread = 1
AND p.unread = 0 AND p.is_disappearing = 0
"""

_ACTIVITY = """
SELECT c.id, c.title, m.sender, count(*) AS messages
FROM conversations c
JOIN messages m ON m.conversation_id = c.id AND m.sent_at >= ? AND m.sent_at < ?
WHERE m.kind IN ('text', 'media') AND c.excluded = 0
GROUP BY c.id, m.sender
ORDER BY c.id, messages DESC, m.sender
"""


def list_messages(
    connection: sqlite3.Connection,
    conversation_id: int,
    *,
    before: int | None,
    after: int | None,
    around: int | None,
    limit: int,
) -> list[MessageRow]:
    """At most `limit` messages, oldest first: the newest ones, or those beside a message."""
    if sum(anchor is not None for anchor in (before, after, around)) > 1:
        raise ValueError("give one of before, after and around")
    if before is not None:
        return _list_before(connection, conversation_id, _get_place(connection, before), limit)
    if after is not None:
        place = _get_place(connection, after)
        return _list_from(connection, conversation_id, ">", place, limit)
    if around is not None:
        place = _get_place(connection, around)
        older = _list_before(connection, conversation_id, place, limit // 2)
        return older + _list_from(connection, conversation_id, ">=", place, limit - len(older))
    rows = select_messages(
        connection,
        f"WHERE m.conversation_id = ? {_NEWEST_FIRST} LIMIT ?",
        [conversation_id, limit],
    )
    return rows[::-1]


def stream_messages(connection: sqlite3.Connection, conversation_id: int) -> Iterator[MessageRow]:
    """All of a conversation, oldest first, a row at a time."""
    rows = connection.execute(
        f"{_MESSAGES} WHERE m.conversation_id = ? {_OLDEST_FIRST}", [conversation_id]
    )
    return map(_make_message, rows)


def list_unread(
    connection: sqlite3.Connection, conversation_id: int, *, context: int
) -> tuple[list[MessageRow], list[MessageRow]]:
    """Read messages around the unread ones, and the unread ones; both oldest first."""
    unread = select_messages(
        connection,
        f"WHERE m.conversation_id = ? AND m.unread = 1 {_OLDEST_FIRST}",
        [conversation_id],
    )
    if not context or not unread:
        return [], unread
    rows = connection.execute(
        f"{_MESSAGES} WHERE m.id IN ({_CONTEXT_IDS}) {_OLDEST_FIRST}",
        {"context": context, "conversation_id": conversation_id},
    )
    return [_make_message(row) for row in rows], unread


def list_messages_by_ids(connection: sqlite3.Connection, ids: Sequence[int]) -> list[MessageRow]:
    """Those of `ids` that exist, oldest first."""
    tail = f"WHERE m.id IN (SELECT value FROM json_each(?)) {_OLDEST_FIRST}"
    return select_messages(connection, tail, [json.dumps(list(ids))])


def get_message(connection: sqlite3.Connection, message_id: int) -> MessageRow:
    """Raises `RecordMissing`."""
    found = select_messages(connection, "WHERE m.id = ?", [message_id])
    if not found:
        raise _missing(message_id)
    return found[0]


def find_next_expiry(connection: sqlite3.Connection) -> datetime | None:
    """When the next message is to be removed; None when no timer runs."""
    query = "SELECT min(expires_at) FROM messages WHERE expires_at IS NOT NULL"
    return read_optional_at(connection.execute(query).fetchone()[0])


def list_activity(
    connection: sqlite3.Connection, start: datetime, end: datetime
) -> list[ActivityRow]:
    """Conversations in which something was written in [start, end), the busiest first."""
    found: dict[int, ActivityRow] = {}
    for row in connection.execute(_ACTIVITY, [write_at(start), write_at(end)]):
        before = found.get(row["id"], ActivityRow(row["id"], row["title"], 0, ()))
        senders = (*before.senders, row["sender"])
        found[row["id"]] = ActivityRow(
            row["id"], row["title"], before.messages + row["messages"], senders
        )
    return sorted(found.values(), key=lambda activity: -activity.messages)


def _list_before(
    connection: sqlite3.Connection, conversation_id: int, place: _Place, limit: int
) -> list[MessageRow]:
    rows = select_messages(
        connection,
        f"""WHERE m.conversation_id = ? AND (m.sent_at, m.position, m.id) < (?, ?, ?)
        {_NEWEST_FIRST} LIMIT ?""",
        [conversation_id, *place, limit],
    )
    return rows[::-1]


def _list_from(
    connection: sqlite3.Connection, conversation_id: int, relation: str, place: _Place, limit: int
) -> list[MessageRow]:
    return select_messages(
        connection,
        f"""WHERE m.conversation_id = ? AND (m.sent_at, m.position, m.id) {relation} (?, ?, ?)
        {_OLDEST_FIRST} LIMIT ?""",
        [conversation_id, *place, limit],
    )


def _get_place(connection: sqlite3.Connection, message_id: int) -> _Place:
    row = connection.execute(
        "SELECT sent_at, position, id FROM messages WHERE id = ?", [message_id]
    ).fetchone()
    if row is None:
        raise _missing(message_id)
    return (row["sent_at"], row["position"], row["id"])


def select_messages(
    connection: sqlite3.Connection, tail: str, values: Sequence[int | str]
) -> list[MessageRow]:
    """The messages `m` that the rest of a statement, `tail`, chooses and orders."""
    return [_make_message(row) for row in connection.execute(f"{_MESSAGES} {tail}", values)]


def _make_message(row: sqlite3.Row) -> MessageRow:
    return MessageRow(
        id=row["id"],
        conversation_id=row["conversation_id"],
        uid=row["uid"],
        sender=row["sender"],
        is_me=bool(row["is_me"]),
        sent_at=read_at(row["sent_at"]),
        text=row["text"],
        kind=row["kind"],
        edited=bool(row["edited"]),
        reply_to=row["reply_id"],
        is_unread=bool(row["unread"]),
        is_approximate=bool(row["is_approximate"]),
        position=row["position"],
    )


def _missing(message_id: int) -> RecordMissing:
    return RecordMissing(
        f"there is no message {message_id}", next_step="look the conversation up again"
    )

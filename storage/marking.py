"""Owns what "unread" means: the marks of a conversation and the flag of each message.

A message is unread when it is incoming, text or media, in a conversation that is not
excluded, and
- where the store knows (`is_read` is not None): the store says unread, and no mark of the
  user's covers it (a mark hides here; the store itself is never written);
- where it does not: the conversation's first import is over, and no mark covers it.

A mark covers everything up to its (sent_at, position). Marks are only ever added; the user's
newest one can be undone. Hence the furthest mark that is not undone counts, and nothing but
an undo takes it back. The flag `messages.unread` is this rule written down: every change of
what it depends on refreshes it in the same transaction.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from storage.columns import write_at
from storage.errors import RecordMissing
from storage.rows import insert_row, require_conversation

MarkOrigin = Literal["import", "owner", "user"]

UNREAD = """(
    m.is_me = 0 AND m.kind IN ('text', 'media') AND m.is_read IS NOT 1
    AND EXISTS (
        SELECT 1 FROM conversations c
        WHERE c.id = m.conversation_id AND c.excluded = 0 AND (
            m.is_read = 0
            OR m.is_read IS NULL AND c.unread_origin = 'mark' AND EXISTS (
                SELECT 1 FROM read_marks k
                WHERE k.conversation_id = m.conversation_id AND k.origin = 'import'
            )
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM read_marks k
        WHERE k.conversation_id = m.conversation_id
        AND (k.sent_at, k.position) >= (m.sent_at, m.position)
        AND k.undone_at IS NULL AND (m.is_read IS NULL OR k.origin = 'user')
    )
)"""
"""The rule as SQL over one message `m`: 1 or 0."""

_FLOOR = (-(2**62), 0)
"""A mark before every message: the first import is over, and all of it is unread."""

_MOVE_OWNER_MARK = """
INSERT INTO read_marks (conversation_id, sent_at, position, origin, at)
SELECT c.id, :sent_at, :position, 'owner', :sent_at FROM conversations c
WHERE c.id = :conversation_id AND c.unread_origin = 'mark'
AND EXISTS (SELECT 1 FROM read_marks k WHERE k.conversation_id = c.id AND k.origin = 'import')
AND NOT EXISTS (
    -- A mark of the user's does not stand in for it: it may be undone.
    SELECT 1 FROM read_marks k WHERE k.conversation_id = c.id AND k.origin <> 'user'
    AND (k.sent_at, k.position) >= (:sent_at, :position)
)
"""

_FRESH_CONVERSATIONS = """
SELECT c.id FROM conversations c
JOIN source_conversations l ON l.conversation_id = c.id
WHERE l.source_id = ? AND c.unread_origin = 'mark'
AND NOT EXISTS (
    SELECT 1 FROM read_marks k WHERE k.conversation_id = c.id AND k.origin = 'import'
)
"""

_NEWEST_OWN = """
SELECT sent_at, position FROM messages
WHERE conversation_id = ? AND is_me = 1 AND kind <> 'system'
ORDER BY sent_at DESC, position DESC LIMIT 1
"""


def move_owner_mark(db: Database, conversation_id: int, sent_at: int, position: int) -> None:
    """The owner wrote there, and so has read what came before; never moves a mark back.

    Nothing happens where the store knows what is read, and before a first import is over.
    """
    values = {"conversation_id": conversation_id, "sent_at": sent_at, "position": position}
    if db.execute(_MOVE_OWNER_MARK, values).rowcount:
        db.execute(
            f"""UPDATE messages AS m SET unread = 0
            WHERE m.conversation_id = ? AND m.unread = 1 AND NOT {UNREAD}""",
            [conversation_id],
        )


def has_first_imports(connection: sqlite3.Connection, source_id: int) -> bool:
    """Whether `settle_first_imports` has anything to do."""
    return connection.execute(_FRESH_CONVERSATIONS, [source_id]).fetchone() is not None


def settle_first_imports(db: Database, source: sqlite3.Row, at: datetime) -> None:
    """Give the source's new conversations their first mark, as its policy says.

    A conversation that turns up in a later sync than the source's first is history only up
    to the sync before: somebody who writes for the first time has not been read.
    """
    for (conversation_id,) in db.execute(_FRESH_CONVERSATIONS, [source["id"]]).fetchall():
        if source["policy"] == "all":
            mark = _FLOOR
        elif source["policy"] == "since":
            mark = (source["policy_since"], -1)
        elif source["synced_at"] is not None:
            mark = (source["synced_at"], -1)
        else:
            mark = _find_newest(db, conversation_id) or _FLOOR
        _add_mark(db, conversation_id, mark, "import", at)
        own = db.execute(_NEWEST_OWN, [conversation_id]).fetchone()
        if own is not None:
            move_owner_mark(db, conversation_id, own["sent_at"], own["position"])
        refresh_flags(db, conversation_id)


def mark_read(db: Database, conversation_id: int, up_to: int | None, at: datetime) -> int:
    """The user's word: everything up to the message `up_to` (None: the newest) is read.

    Gives how many became read. A mark that would change nothing is not added: an undo
    after it takes back the one that did.
    """
    require_conversation(db, conversation_id)
    mark = _find_newest(db, conversation_id)
    if up_to is not None:
        mark = _get_position(db, conversation_id, up_to)
    if mark is None:
        return 0
    where = "conversation_id = ? AND (sent_at, position) {} (?, ?)"
    became_read = db.execute(
        f"UPDATE messages SET unread = 0 WHERE unread = 1 AND {where.format('<=')}",
        [conversation_id, *mark],
    ).rowcount
    is_covered = db.execute(
        f"SELECT 1 FROM read_marks WHERE undone_at IS NULL AND {where.format('>=')}",
        [conversation_id, *mark],
    ).fetchone()
    if became_read or not is_covered:
        _add_mark(db, conversation_id, mark, "user", at)
    return became_read


def undo_mark(db: Database, conversation_id: int, at: datetime) -> int:
    """Take back the user's newest mark; gives how many messages became unread again."""
    require_conversation(db, conversation_id)
    db.execute(
        """UPDATE read_marks SET undone_at = ? WHERE id = (
            SELECT max(id) FROM read_marks
            WHERE conversation_id = ? AND origin = 'user' AND undone_at IS NULL
        )""",
        [write_at(at), conversation_id],
    )
    return refresh_flags(db, conversation_id)


def refresh_flags(db: Database, conversation_id: int) -> int:
    """Bring the flags of a conversation in line with the rule; gives how many changed."""
    return db.execute(
        f"""UPDATE messages AS m SET unread = 1 - m.unread
        WHERE m.conversation_id = ? AND m.unread <> {UNREAD}""",
        [conversation_id],
    ).rowcount


def _add_mark(
    db: Database,
    conversation_id: int,
    mark: tuple[int, int],
    origin: MarkOrigin,
    at: datetime,
) -> None:
    sent_at, position = mark
    row = {
        "conversation_id": conversation_id,
        "sent_at": sent_at,
        "position": position,
        "origin": origin,
        "at": write_at(at),
    }
    insert_row(db, "read_marks", row)


def _find_newest(db: Database, conversation_id: int) -> tuple[int, int] | None:
    row = db.execute(
        """SELECT sent_at, position FROM messages WHERE conversation_id = ?
        ORDER BY sent_at DESC, position DESC LIMIT 1""",
        [conversation_id],
    ).fetchone()
    return None if row is None else (row["sent_at"], row["position"])


def _get_position(db: Database, conversation_id: int, message_id: int) -> tuple[int, int]:
    row = db.execute(
        "SELECT sent_at, position FROM messages WHERE id = ? AND conversation_id = ?",
        [message_id, conversation_id],
    ).fetchone()
    if row is None:
        raise RecordMissing(
            f"message {message_id} is not in conversation {conversation_id}",
            next_step="look the conversation up again: the message may have been removed",
        )
    return (row["sent_at"], row["position"])

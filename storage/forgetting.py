"""Removes a conversation with every word that rests on it; what is left of the words in the
files is `storage.erasing`'s.

In steps, each a transaction: a conversation of a million messages must not keep others from
writing. The first hides it and writes down that it is to go; whoever is killed in between
leaves that to the next who erases.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from storage.bookkeeping import save_digest
from storage.entries import NewDigest
from storage.erasing import erase_removed
from storage.leaving_out import leave_out
from storage.ledger import list_digests
from storage.records import DigestRow
from storage.rows import require_conversation

CutDigest = Callable[[DigestRow], NewDigest | None]
"""Gives the digest without what it says of a conversation; None: nothing of it can be kept."""

_STEP_MESSAGES = 2_000


def begin(
    db: Database,
    conversation_id: int,
    cut_digest: CutDigest,
    at: datetime,
    *,
    is_followed: bool,
) -> list[int]:
    """Remove all but the messages; gives the ids of the sources that were unregistered.

    Unless `is_followed`, the conversation is left out from now on, and an export that told of
    it alone is followed no longer: its path may be the title.
    """
    require_conversation(db, conversation_id)
    row = db.table("conversations").get(conversation_id)
    sources: list[int] = []
    with erase_removed(db):
        db.execute("INSERT OR IGNORE INTO erasures VALUES (?)", [conversation_id])
        db.table("conversations").update(conversation_id, {"excluded": True})
        if not is_followed:
            leave_out(db, row["source_kind"], row["key"], "forgotten", at)
            sources = _list_own_sources(db, conversation_id)
            db.table("sources").delete_where(f"id IN ({', '.join('?' * len(sources))})", sources)
        for digest in list_digests(db.conn, limit=-1):
            _replace(db, digest, cut_digest(digest))
        db.table("summaries").delete_where("conversation_id = ?", [conversation_id])
        db.table("requests").delete_where(
            "json_extract(payload, '$.conversation') = ?", [conversation_id]
        )
    return sources


def remove_step(db: Database, conversation_id: int) -> int:
    """Remove some of the messages, the conversation with the last; gives how many went."""
    with erase_removed(db):
        removed = db.execute(
            """DELETE FROM messages WHERE id IN (
                SELECT id FROM messages WHERE conversation_id = ? LIMIT ?
            )""",
            [conversation_id, _STEP_MESSAGES],
        ).rowcount
        if removed < _STEP_MESSAGES:
            db.table("conversations").delete_where("id = ?", [conversation_id])
    return removed


def _list_own_sources(db: Database, conversation_id: int) -> list[int]:
    """The exports that tell of this conversation and of no other."""
    rows = db.execute(
        """SELECT s.id FROM sources s JOIN source_conversations l ON l.source_id = s.id
        WHERE s.unread_origin = 'mark'
        GROUP BY s.id HAVING count(*) = 1 AND max(l.conversation_id) = ?""",
        [conversation_id],
    )
    return [row["id"] for row in rows]


def _replace(db: Database, digest: DigestRow, cut: NewDigest | None) -> None:
    if cut is None:
        db.table("digests").delete_where("day = ?", [digest.day.isoformat()])
    elif cut.markdown != digest.markdown or cut.contents != digest.contents:
        save_digest(db, cut)

"""Writes the registry of sources: which stores are followed, and how their last sync went."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from storage.columns import find_at, write_at, write_json
from storage.entries import NewSource
from storage.rows import get_source_row, insert_row


def add_source(db: Database, source: NewSource, at: datetime) -> int:
    """Register a store, or bring the registered one of the same kind and path up to date."""
    told: dict[str, object] = {
        "label": source.label,
        "unread_origin": source.unread_origin,
        "me": write_json(source.me),
        "zone": source.zone,
        "policy": source.policy.word,
        "policy_since": find_at(source.policy.since),
    }
    if source.retention_days is not None:
        told["retention_days"] = source.retention_days
    found = db.execute(
        "SELECT id FROM sources WHERE kind = ? AND path = ?", [source.kind, source.path]
    ).fetchone()
    if found is not None:
        db.table("sources").update(found["id"], told)
        return int(found["id"])
    new = {"kind": source.kind, "path": source.path, "added_at": write_at(at)}
    return insert_row(db, "sources", new | told)


def remove_source(db: Database, source_id: int) -> None:
    """Follow the store no longer; what it told stays."""
    get_source_row(db, source_id)
    db.table("sources").delete(source_id)


def fail_sync(db: Database, source_id: int, error: str, at: datetime) -> None:
    """Note why a sync failed; the cursor stays, so that the next one reads the same again."""
    failures = get_source_row(db, source_id)["failures"] + 1
    failed = {"error": error, "failed_at": write_at(at), "failures": failures}
    db.table("sources").update(source_id, failed)

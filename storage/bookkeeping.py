"""Writes digests, runs and requests; each call is part of one transaction.

A run or a taken request belongs to the process that writes it, its `holder`. When that
process is gone, the run is over and the request is up for taking again: whoever was killed
in the middle of something loses nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import psutil
from sqlite_utils import Database

from storage.columns import write_at, write_json
from storage.entries import NewDigest
from storage.errors import RecordMissing
from storage.rows import insert_row

_CLOCK_SLACK_S = 2.0
"""How far two readings of one process's start may differ when the clock was set between."""


def require_told(db: Database, digest: NewDigest) -> None:
    """Raises `RecordMissing` for a conversation in it that is not in the archive's inbox."""
    row = db.execute(
        """SELECT 1 FROM json_each(?, '$.conversations') t
        LEFT JOIN conversations c ON c.id = json_extract(t.value, '$.id') AND c.excluded = 0
        WHERE c.id IS NULL""",
        [write_json(digest.contents)],
    ).fetchone()
    if row is not None:
        raise RecordMissing(
            "a conversation of the digest was forgotten meanwhile", next_step="make it again"
        )


def save_digest(db: Database, digest: NewDigest) -> None:
    """Keep the digest of a day; an earlier one of that day is replaced."""
    db.table("digests").upsert(
        {
            "day": digest.day.isoformat(),
            "made_at": write_at(digest.made_at),
            "caught_up": digest.caught_up,
            "conversations": digest.conversations,
            "todos": digest.todos,
            "coverage": write_json(digest.coverage),
            "markdown": digest.markdown,
            "contents": write_json(digest.contents),
        },
        pk="day",
    )


def start_run(db: Database, kind: str, at: datetime) -> int:
    """Note that this process starts a run of `kind`; gives its id."""
    row = {
        "kind": kind,
        "started_at": write_at(at),
        "outcome": "running",
        "details": write_json({}),
        "holder": _describe_process(),
    }
    return insert_row(db, "runs", row)


def end_run(
    db: Database,
    run_id: int,
    at: datetime,
    outcome: Literal["done", "failed", "interrupted"],
    details: Mapping[str, object],
) -> None:
    """Note how a run ended."""
    changed = db.execute(
        "UPDATE runs SET ended_at = ?, outcome = ?, details = ? WHERE id = ?",
        [write_at(at), outcome, write_json(details), run_id],
    ).rowcount
    if not changed:
        raise RecordMissing(f"there is no run {run_id}", next_step="see `companion status`")


def abort_runs(db: Database, at: datetime) -> int:
    """Mark the runs of processes that are gone as interrupted; gives how many there were."""
    running = db.execute("SELECT id, holder FROM runs WHERE outcome = 'running'").fetchall()
    dead = [row["id"] for row in running if not _is_alive(row["holder"])]
    db.conn.executemany(
        "UPDATE runs SET outcome = 'interrupted', ended_at = ? WHERE id = ?",
        [(write_at(at), run_id) for run_id in dead],
    )
    return len(dead)


def add_request(db: Database, kind: str, payload: Mapping[str, object], at: datetime) -> int:
    """Ask the daemon for work; gives the request's id."""
    row = {"kind": kind, "payload": write_json(payload), "asked_at": write_at(at)}
    return insert_row(db, "requests", row)


def take_request(db: Database, at: datetime) -> int | None:
    """Take the oldest request that nobody alive is working on; None when there is none."""
    rows = db.execute("SELECT id, holder FROM requests WHERE done_at IS NULL ORDER BY id")
    for row in rows.fetchall():
        if row["holder"] is None or not _is_alive(row["holder"]):
            taken = {"taken_at": write_at(at), "holder": _describe_process()}
            db.table("requests").update(row["id"], taken)
            return int(row["id"])
    return None


def end_request(db: Database, request_id: int, at: datetime, outcome: str) -> None:
    """Note what became of a request."""
    changed = db.execute(
        "UPDATE requests SET done_at = ?, outcome = ? WHERE id = ?",
        [write_at(at), outcome, request_id],
    ).rowcount
    if not changed:
        raise RecordMissing(f"there is no request {request_id}", next_step="ask for the work again")


def _describe_process() -> str:
    """The calling process, told apart from a later one of the same number by when it started."""
    return f"{os.getpid()}@{psutil.Process().create_time():.3f}"


def _is_alive(holder: str) -> bool:
    pid, _, created_s = holder.partition("@")
    try:
        found_s = float(psutil.Process(int(pid)).create_time())
    except psutil.NoSuchProcess:
        return False
    return abs(found_s - float(created_s)) <= _CLOCK_SLACK_S

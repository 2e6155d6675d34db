"""Reads digests, runs and requests."""

from __future__ import annotations

import sqlite3
from datetime import date

from storage.columns import read_at, read_mapping, read_optional_at
from storage.errors import RecordMissing
from storage.records import DigestRow, RequestRow, RunRow


def list_digests(connection: sqlite3.Connection, limit: int) -> list[DigestRow]:
    """The newest day first."""
    rows = connection.execute("SELECT * FROM digests ORDER BY day DESC LIMIT ?", [limit])
    return [_make_digest(row) for row in rows]


def find_digest(connection: sqlite3.Connection, day: date) -> DigestRow | None:
    """The digest of one local day."""
    row = connection.execute("SELECT * FROM digests WHERE day = ?", [day.isoformat()]).fetchone()
    return None if row is None else _make_digest(row)


def list_runs(connection: sqlite3.Connection, limit: int) -> list[RunRow]:
    """The newest first."""
    rows = connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", [limit])
    return [_make_run(row) for row in rows]


def list_requests(connection: sqlite3.Connection, *, open_only: bool) -> list[RequestRow]:
    """The oldest first; open ones are those not ended, taken or not."""
    where = "WHERE done_at IS NULL" if open_only else ""
    rows = connection.execute(f"SELECT * FROM requests {where} ORDER BY id")
    return [_make_request(row) for row in rows]


def get_request(connection: sqlite3.Connection, request_id: int) -> RequestRow:
    """Raises `RecordMissing`."""
    row = connection.execute("SELECT * FROM requests WHERE id = ?", [request_id]).fetchone()
    if row is None:
        raise RecordMissing(f"there is no request {request_id}", next_step="ask for the work again")
    return _make_request(row)


def _make_digest(row: sqlite3.Row) -> DigestRow:
    return DigestRow(
        day=date.fromisoformat(row["day"]),
        made_at=read_at(row["made_at"]),
        caught_up=bool(row["caught_up"]),
        conversations=row["conversations"],
        todos=row["todos"],
        coverage=read_mapping(row["coverage"]),
        markdown=row["markdown"],
        contents=read_mapping(row["contents"]),
    )


def _make_run(row: sqlite3.Row) -> RunRow:
    return RunRow(
        id=row["id"],
        kind=row["kind"],
        started_at=read_at(row["started_at"]),
        ended_at=read_optional_at(row["ended_at"]),
        outcome=row["outcome"],
        details=read_mapping(row["details"]),
    )


def _make_request(row: sqlite3.Row) -> RequestRow:
    return RequestRow(
        id=row["id"],
        kind=row["kind"],
        payload=read_mapping(row["payload"]),
        asked_at=read_at(row["asked_at"]),
        taken_at=read_optional_at(row["taken_at"]),
        done_at=read_optional_at(row["done_at"]),
        outcome=row["outcome"],
    )

"""Digests, runs and requests, and what becomes of them when a process dies."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewDigest
from storage.errors import RecordMissing

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

IN_ANOTHER_PROCESS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive import Archive
at = datetime(2026, 11, 20, tzinfo=UTC)
with Archive.open(Path(sys.argv[1])) as archive:
    archive.start_run("summarize", at)
    archive.take_request(at)
"""


def die_in_the_middle(path: Path) -> None:
    """A process that starts a run and takes a request, and ends neither."""
    subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS, str(path)], check=True)


def test_one_digest_a_day_the_last_one_made(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1))
    first = NewDigest(
        day=date(2026, 11, 20),
        made_at=shelf.at(1),
        caught_up=False,
        conversations=2,
        todos=1,
        coverage={"unread": 12, "covered": 10},
        markdown="# 오늘",
        contents={"conversations": [{"id": 1, "urgent": True}]},
    )
    second = replace(first, made_at=shelf.at(2), caught_up=True, markdown="# again")
    other = replace(first, day=date(2026, 11, 21))
    for digest in (first, other, second):
        shelf.archive.save_digest(digest)
    found = shelf.reader.find_digest(first.day)
    assert found is not None
    assert asdict(found) == asdict(second)
    assert [digest.day.day for digest in shelf.reader.digests()] == [21, 20]
    assert [digest.day.day for digest in shelf.reader.digests(1)] == [21]
    assert shelf.reader.find_digest(date(2026, 11, 22)) is None


def test_a_digest_of_a_conversation_that_is_gone_is_not_kept(shelf: Shelf) -> None:
    told = {"conversations": [{"id": 9}]}
    digest = NewDigest(date(2026, 11, 20), shelf.at(1), False, 1, 0, {}, "# Digest", told)
    with pytest.raises(RecordMissing):
        shelf.archive.save_digest(digest)
    assert shelf.reader.digests() == []


def test_a_run_ends_as_it_was_said_to(shelf: Shelf) -> None:
    run_id = shelf.archive.start_run("sync", shelf.at(1))
    (running,) = shelf.reader.runs()
    assert (running.kind, running.outcome, running.ended_at) == ("sync", "running", None)
    shelf.archive.end_run(run_id, shelf.at(2), "failed", {"error": "StoreLocked", "added": 3})
    (ended,) = shelf.reader.runs()
    assert (ended.outcome, ended.started_at, ended.ended_at) == (
        "failed",
        shelf.at(1),
        shelf.at(2),
    )
    assert ended.details == {"error": "StoreLocked", "added": 3}
    with pytest.raises(RecordMissing):
        shelf.archive.end_run(99, shelf.at(2), "done", {})


def test_only_runs_of_dead_processes_are_interrupted(shelf: Shelf) -> None:
    die_in_the_middle(shelf.path)
    mine = shelf.archive.start_run("sync", shelf.at(1))
    ended = shelf.archive.start_run("digest", shelf.at(1))
    shelf.archive.end_run(ended, shelf.at(2), "done", {})
    assert shelf.archive.abort_runs(shelf.at(5)) == 1
    assert shelf.archive.abort_runs(shelf.at(6)) == 0
    assert [(run.id, run.outcome, run.ended_at) for run in shelf.reader.runs()] == [
        (ended, "done", shelf.at(2)),
        (mine, "running", None),
        (1, "interrupted", shelf.at(5)),
    ]
    assert [run.id for run in shelf.reader.runs(limit=1)] == [ended]


def test_a_later_process_of_the_same_number_is_not_the_one_that_ran(shelf: Shelf) -> None:
    run_id = shelf.archive.start_run("sync", shelf.at(1))
    with shelf.archive._write() as db:
        (holder,) = db.execute("SELECT holder FROM runs").fetchone()
        pid, _, created_s = holder.partition("@")
        earlier = f"{pid}@{float(created_s) - 60}"
        db.execute("UPDATE runs SET holder = ? WHERE id = ?", [earlier, run_id])
    assert shelf.archive.abort_runs(shelf.at(2)) == 1


def test_requests_are_taken_once_in_the_order_they_came(shelf: Shelf) -> None:
    for kind in ("sync", "digest"):
        shelf.archive.add_request(kind, {"conversation": 1, "이유": "버튼"}, shelf.at(1))
    first = shelf.archive.take_request(shelf.at(2))
    second = shelf.archive.take_request(shelf.at(3))
    assert first is not None
    assert second is not None
    assert (first.kind, second.kind) == ("sync", "digest")
    assert first.payload == {"conversation": 1, "이유": "버튼"}
    assert (first.asked_at, first.taken_at, first.done_at) == (shelf.at(1), shelf.at(2), None)
    assert shelf.archive.take_request(shelf.at(4)) is None
    shelf.archive.end_request(first.id, shelf.at(5), "done")
    assert [request.id for request in shelf.reader.requests()] == [second.id]
    everything = shelf.reader.requests(open_only=False)
    assert [(request.id, request.outcome, request.done_at) for request in everything] == [
        (first.id, "done", shelf.at(5)),
        (second.id, None, None),
    ]
    with pytest.raises(RecordMissing):
        shelf.archive.end_request(99, shelf.at(5), "done")


def test_a_request_whose_taker_died_is_taken_again(shelf: Shelf) -> None:
    shelf.archive.add_request("summarize", {}, shelf.at(1))
    die_in_the_middle(shelf.path)
    (request,) = shelf.reader.requests()
    assert request.taken_at is not None
    taken = shelf.archive.take_request(shelf.at(3))
    assert taken is not None
    assert (taken.id, taken.taken_at) == (request.id, shelf.at(3))

"""Killed at any instant the archive is whole: a batch or a summary is in it, or it is not."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.errors import RecordMissing
from storage.reader import Reader
from storage.records import NewSource, SummaryRow

WRITING = """
import os, signal, sys, threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from storage.archive import Archive
from storage.records import *

path, what, instant = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
START = datetime(2026, 11, 20, tzinfo=UTC)

def tell(n):
    messages = [
        NewMessage("room", f"{n}-{i}", "Mina", i == 7, START + timedelta(minutes=10 * n + i),
                   f"메시지 {n} {i} " + "text " * 30)
        for i in range(10)
    ]
    archive.save_batch(1, [NewConversation("room", "Room", "group")], messages)

def summarize(n):
    ids = tuple(range(1, 11))
    archive.save_summary(NewSummary(
        1, f"hash {n}", "en", "model", "done", "topic",
        (HighlightRecord(1, "Mina", "text"),),
        tuple(SentenceRecord(f"Sentence {n} {i}.", ids[i:]) for i in range(3)),
        tuple(NewToDo("Mina", f"todo {n} {i}", "", False, ids) for i in range(3)),
        10, 0, 10, ids, (), "tiny", {}, 0.5, START,
    ))

def die(*_):
    global instant
    instant -= 1
    if not instant:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0

archive = Archive.open(path)
if what == "summaries":
    tell(0)
connection = archive._database.conn
# Called every so many steps of SQLite's own machine, in the middle of statements.
connection.set_progress_handler(die, 100)
for n in range(1000):
    tell(n) if what == "batches" else summarize(n)
"""


def start(shelf_path: Path, what: str, instant: int) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", WRITING, str(shelf_path), what, str(instant)],
        check=False,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def path(archive_path: Path) -> Path:
    """An archive with one registered store."""
    with Archive.open(archive_path) as archive:
        archive.add_source(NewSource("kakaotalk", "KakaoTalk", "/export", "mark"))
    return archive_path


INSTANTS = [1, 7, 30, 90, 200, 500]


@pytest.mark.parametrize("instant", INSTANTS)
def test_batches_are_whole_or_not_there(path: Path, instant: int) -> None:
    killed = start(path, "batches", instant)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with Reader.open(path) as reader:
        assert reader.check_integrity() == []
        messages = reader.totals().messages
        assert messages % 10 == 0
        assert len(reader.search("메시지", limit=100_000)) == messages
        assert reader.totals().unread == 0
    # The next process goes on as if nothing had happened.
    with Archive.open(path) as archive:
        archive.remove_source(1)


@pytest.mark.parametrize("instant", INSTANTS)
def test_summaries_are_whole_or_not_there(path: Path, instant: int) -> None:
    killed = start(path, "summaries", instant)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with Reader.open(path) as reader:
        assert reader.check_integrity() == []
        summary_id = 1
        while summary := _find(reader, summary_id):
            assert [len(sentence.evidence) for sentence in summary.sentences] == [10, 9, 8]
            assert [len(todo.evidence) for todo in summary.todos] == [10] * 3
            assert len(summary.highlights) == 1
            summary_id += 1
        assert len(reader.todos()) == (3 if summary_id > 1 else 0)


def test_a_reader_sees_whole_batches_while_a_writer_works(path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITING, str(path), "batches", "0"])
    try:
        seen: set[int] = set()
        with Reader.open(path) as reader:
            while process.poll() is None and len(seen) < 20:
                totals = reader.totals()
                assert totals.messages % 10 == 0
                assert len(reader.search("메시지", limit=100_000)) >= totals.messages
                seen.add(totals.messages)
        assert len(seen) > 1
    finally:
        process.kill()
        process.wait()


def test_two_threads_with_archives_of_their_own_take_turns(path: Path) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    failures = []

    def ask() -> None:
        try:
            with Archive.open(path) as archive:
                for _ in range(25):
                    archive.add_request("sync", {}, at)
                    archive.take_request(at)
        except Exception as error:  # noqa: BLE001 (carried to the test's own thread)
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Reader.open(path) as reader:
        requests = reader.requests()
        assert len(requests) == 75
        assert all(request.taken_at for request in requests)


def _find(reader: Reader, summary_id: int) -> SummaryRow | None:
    try:
        return reader.get_summary(summary_id)
    except RecordMissing:
        return None

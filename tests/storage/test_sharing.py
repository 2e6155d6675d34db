"""Connections in one process and in others see the same archive, whoever opens and closes."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.entries import NewSource
from storage.reader import Reader

AT = datetime(2026, 11, 23, tzinfo=UTC)

OTHER_PROCESS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive import Archive
from storage.reader import Reader
path = Path(sys.argv[1])
with Archive.open(path) as archive:
    archive.add_request("other", {}, at=datetime.now(UTC))
with Reader.open(path) as reader:
    print(",".join(request.kind for request in reader.requests(open_only=False)))
"""


def run_other_process(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(path)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_opening_once_more_in_a_process_does_not_give_up_its_locks(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path) as first, Reader.open(path) as reader:
        first.add_request("first", {}, at=AT)
        Archive.open(path).close()
        # Were the locks gone, this process would pass for the last one and delete the WAL.
        assert run_other_process(path) == "first,other"
        first.add_request("second", {}, at=AT)
        assert [item.kind for item in reader.requests()] == ["first", "other", "second"]
        assert run_other_process(path) == "first,other,second,other"
    with Reader.open(path) as reader:
        assert len(reader.requests()) == 4
        assert reader.check_integrity() == []


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from storage.archive import Archive
from storage.entries import (NewConversation, NewMessage)
start = datetime(2026, 11, 20, tzinfo=UTC)
with Archive.open(Path(sys.argv[1])) as archive:
    for batch in range(1000):
        archive.save_batch(1, [NewConversation("room", "Room", "group")], [
            NewMessage("room", f"{batch}-{i}", "Mina", i == 7,
                       start + timedelta(minutes=10 * batch + i), "text " * 30)
            for i in range(10)
        ])
"""


@pytest.fixture
def store_path(archive_path: Path) -> Path:
    """An archive with one registered store."""
    with Archive.open(archive_path) as archive:
        archive.add_source(NewSource("kakaotalk", "KakaoTalk", "/export", "mark"))
    return archive_path


def test_a_reader_sees_whole_batches_while_a_writer_works(store_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(store_path)])
    try:
        seen: set[int] = set()
        with Reader.open(store_path) as reader:
            while process.poll() is None and len(seen) < 20:
                messages = reader.totals().messages
                assert messages % 10 == 0
                seen.add(messages)
        assert len(seen) > 1
    finally:
        process.kill()
        process.wait()


def test_two_threads_with_archives_of_their_own_take_turns(store_path: Path) -> None:
    failures = []

    def ask() -> None:
        try:
            with Archive.open(store_path) as archive:
                for _ in range(25):
                    archive.add_request("sync", {}, AT)
                    archive.take_request(AT)
        except Exception as error:  # noqa: BLE001 (carried to the test's own thread)
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Reader.open(store_path) as reader:
        requests = reader.requests()
        assert len(requests) == 75
        assert all(request.taken_at for request in requests)

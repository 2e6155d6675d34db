"""The daemon as users run it: a process of its own, a database that another process writes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from companion.daemon_state import find_state, wake_daemon
from companion.paths import Paths, paths_under
from storage.archive import Archive
from storage.reader import Reader

PATIENCE_S = 30.0
"""How long a test waits for something that takes a moment; only a failure waits it out."""

WRITER = """
import sqlite3, sys
path, guid, text = sys.argv[1:]
database = sqlite3.connect(path)
row = database.execute("SELECT MAX(ROWID) + 1, MAX(date) + 1000000000 FROM message").fetchone()
database.execute(
    "INSERT INTO message (ROWID, guid, text, handle_id, service, date, is_from_me, is_read)"
    " VALUES (?, ?, ?, 1, 'iMessage', ?, 0, 0)", (row[0], guid, text, row[1]))
database.execute("INSERT INTO chat_message_join VALUES (1, ?, ?)", row)
database.commit()
"""

Daemon = subprocess.Popen[bytes]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.05)


def write_message(store: Path, guid: str, text: str) -> None:
    """Commit one incoming message in another process, as the messenger would."""
    subprocess.run([sys.executable, "-c", WRITER, str(store), guid, text], check=True)


@pytest.fixture
def paths(home: Path) -> Paths:
    """The home's paths, with a daemon that needs no model and is impatient."""
    paths = paths_under(home)
    paths.create()
    paths.config_file.write_text('model = "none"\nsettle_s = 1\n', encoding="utf-8")
    return paths


@pytest.fixture
def start(paths: Paths) -> Iterator[Callable[[], Daemon]]:
    """Starts a daemon and waits until it is idle; what is still alive at the end is killed."""
    started: list[Daemon] = []

    def start_daemon() -> Daemon:
        process = subprocess.Popen(
            [sys.executable, "-m", "companion", "run"], stderr=subprocess.PIPE
        )
        started.append(process)
        wait_for(lambda: is_idle(paths) or process.poll() is not None)
        return process

    yield start_daemon
    for process in started:
        process.kill()
        process.communicate()


def is_idle(paths: Paths) -> bool:
    state = find_state(paths)
    return state is not None and state.activity == "idle"


def texts(paths: Paths) -> list[str]:
    with Reader.open(paths.archive_file) as reader:
        rows = [row.id for row in reader.conversations()]
        return [message.text for id_ in rows for message in reader.messages(id_, limit=500)]


def test_a_committed_message_is_stored_and_summarised(
    paths: Paths, chat_db: Path, run_companion: Callable[..., object], start: Callable[[], Daemon]
) -> None:
    run_companion("add", str(chat_db), "--yes")
    start()
    write_message(chat_db, "NEW-1", "The interview is at 15:30 now, can you confirm?")
    wait_for(lambda: any("15:30" in text for text in texts(paths)))

    def is_summarised() -> bool:
        with Reader.open(paths.archive_file) as reader:
            (row,) = reader.find_conversations("Daniel Cho")
            summary = reader.find_summary(row.id)
        return row.unread == 6 and summary is not None and summary.unread == 6

    wait_for(is_summarised)


def test_a_store_that_is_added_beside_it_is_summarised(
    paths: Paths, chat_db: Path, run_companion: Callable[..., object], start: Callable[[], Daemon]
) -> None:
    start()
    run_companion("add", str(chat_db), "--yes")

    def has_summaries() -> bool:
        with Reader.open(paths.archive_file) as reader:
            (row,) = reader.find_conversations("Daniel Cho")
            return reader.find_summary(row.id) is not None

    wait_for(has_summaries)


def test_sigterm_ends_it_cleanly(paths: Paths, start: Callable[[], Daemon]) -> None:
    daemon = start()
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_S) == 0
    assert find_state(paths) is None


def test_a_second_daemon_is_refused_in_one_line(
    start: Callable[[], Daemon], run_companion: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    start()
    refused = run_companion("run")
    assert refused.returncode == 1
    assert "another daemon" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_killed_daemon_loses_and_doubles_nothing(
    paths: Paths, chat_db: Path, run_companion: Callable[..., object], start: Callable[[], Daemon]
) -> None:
    run_companion("add", str(chat_db), "--yes")
    for number in range(4):
        daemon = start()
        write_message(chat_db, f"KILL-{number}", f"message number {number}")
        time.sleep(0.15 * number)
        daemon.kill()
        daemon.wait()
    start()
    wait_for(lambda: any(text == "message number 3" for text in texts(paths)))
    found = [text for text in texts(paths) if text.startswith("message number")]
    assert sorted(found) == [f"message number {number}" for number in range(4)]
    with closing(sqlite3.connect(paths.archive_file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_request_is_served(paths: Paths, start: Callable[[], Daemon]) -> None:
    from datetime import UTC, datetime

    start()
    with Archive.open(paths.archive_file) as archive:
        archive.add_request("digest", {}, at=datetime.now(UTC))
    wake_daemon(paths)

    def is_served() -> bool:
        with Reader.open(paths.archive_file) as reader:
            return bool(reader.digests(1)) and not reader.requests(open_only=True)

    wait_for(is_served)


def test_a_paused_daemon_reads_nothing_and_catches_up_when_it_is_resumed(
    paths: Paths, chat_db: Path, run_companion: Callable[..., object], start: Callable[[], Daemon]
) -> None:
    run_companion("add", str(chat_db), "--yes")
    run_companion("pause", "2h")
    start()
    wait_for(lambda: (state := find_state(paths)) is not None and state.hold == "paused")
    write_message(chat_db, "NEW-1", "The interview is at 15:30 now, can you confirm?")
    wake_daemon(paths)
    time.sleep(1.5)
    assert not any("15:30" in text for text in texts(paths))
    run_companion("resume")
    wait_for(lambda: any("15:30" in text for text in texts(paths)))
    wait_for(lambda: (state := find_state(paths)) is not None and state.hold is None)

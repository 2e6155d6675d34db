"""What fails around the program, and comes back, costs nothing but time."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from companion.daemon_state import DaemonState, find_state, wake_daemon
from storage.records import DigestRow

if TYPE_CHECKING:
    from tests.companion.surviving.conftest import Child, Home, Nursery

EVENING = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""21:00 in Seoul, half an hour before the digest."""

CONFIG = """
model = "none"
poll_s = 1
settle_s = 0
settle_limit_s = 0
digest_cron = "30 21 * * *"
"""


@dataclass
class Evening:
    """A daemon at work, with a clock, a zone and a store that the test holds in its hands."""

    home: Home
    nursery: Nursery
    store: Path
    clock_file: Path
    zone_file: Path
    child: Child | None = None
    written: int = 0

    def start(self, **hooks: Any) -> None:
        """Start it; its store is registered by then."""
        self.child = self.nursery.start(
            "run",
            clock_file=str(self.clock_file),
            zone_file=str(self.zone_file),
            busy_s=0.1,
            **hooks,
        )

    def set_clock(self, at: datetime) -> None:
        """It is that time from now on, and goes on from there."""
        ahead = at - datetime.now(UTC)
        draft = self.clock_file.with_suffix(".draft")
        draft.write_text(str(ahead.total_seconds()), encoding="ascii")
        draft.replace(self.clock_file)

    def write(self) -> str:
        """Commit one more message to the store; gives its text."""
        self.written += 1
        text = f"message number {self.written}"
        with closing(sqlite3.connect(self.store)) as database, database:
            (row, date) = database.execute(
                "SELECT max(ROWID) + 1, max(date) + 1000000000 FROM message"
            ).fetchone()
            database.execute(
                "INSERT INTO message (ROWID, guid, text, handle_id, service, date, is_from_me,"
                " is_read) VALUES (?, ?, ?, 1, 'iMessage', ?, 0, 0)",
                (row, f"NEW-{row}", text, date),
            )
            database.execute("INSERT INTO chat_message_join VALUES (1, ?, ?)", (row, date))
        return text

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Until it has brought something about, as the daemon that it is."""
        assert self.child is not None
        self.child.wait_until(condition)

    def wait_known(self, text: str) -> None:
        """Until the archive has the message."""
        self.wait_until(lambda: self.count(text) > 0)

    def wait_error(self, part: str) -> None:
        """Until the daemon tells that this part fails."""
        self.wait_until(lambda: part in self.get_state().errors)

    def wait_refused(self) -> None:
        """Until the archive could not be written for three times from now on."""
        before = self._count_refusals()
        self.wait_until(lambda: self._count_refusals() >= before + 3)

    def _count_refusals(self) -> int:
        log = self.nursery.log_file  # made by the daemon, which may not be there yet
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        return text.count("could not be written")

    def count(self, text: str) -> int:
        """How many messages of the archive say this; 0 as long as there is none."""
        if not self.home.paths.archive_file.exists():
            return 0
        return [row.text for row in self.home.list_messages().values()].count(text)

    def get_state(self) -> DaemonState:
        """What the daemon tells of itself."""
        self.wait_until(lambda: find_state(self.home.paths) is not None)
        state = find_state(self.home.paths)
        assert state is not None
        return state

    def list_digests(self) -> list[DigestRow]:
        """Those kept, the newest first."""
        with self.home.read() as reader:
            return reader.digests(10)

    def end(self) -> None:
        """It stops when it is asked to, and everything is whole and there once."""
        assert self.child is not None
        os.kill(self.child.id, signal.SIGTERM)
        assert self.child.wait() == 0, self.nursery.read_log()
        self.home.require_sound()
        self.home.require_clean()
        for number in range(1, self.written + 1):
            assert self.count(f"message number {number}") == 1


@pytest.fixture
def evening(survivor: Home, nursery: Nursery, chat_db: Path, tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(survivor, nursery, chat_db, tmp_path / "clock", tmp_path / "zone")
    survivor.paths.config_file.write_text(CONFIG, encoding="utf-8")
    survivor.register(chat_db, at=EVENING - timedelta(hours=1))
    evening.set_clock(EVENING)
    evening.zone_file.write_text("Asia/Seoul", encoding="ascii")
    yield evening
    if evening.child is not None:
        evening.child.kill()


# ------------------------------------------------------------ stores and archive


def test_a_store_that_is_deleted_and_restored_is_followed_again(evening: Evening) -> None:
    evening.start()
    evening.wait_known(evening.write())
    kept = evening.store.with_name("kept.db")
    with closing(sqlite3.connect(evening.store)) as database:
        database.execute("VACUUM INTO ?", [str(kept)])
    for file in evening.store.parent.glob("chat.db*"):
        file.unlink()
    evening.wait_error("sources")
    assert evening.count("message number 1") == 1
    shutil.move(kept, evening.store)
    text = evening.write()
    evening.set_clock(EVENING + timedelta(minutes=20))  # it is asked less often by now
    evening.wait_known(text)
    evening.wait_until(lambda: "sources" not in evening.get_state().errors)
    evening.end()


def test_a_folder_that_is_deleted_and_restored_is_watched_again(evening: Evening) -> None:
    evening.start()
    evening.wait_known(evening.write())
    away = evening.store.parent.with_name("away")
    evening.store.parent.rename(away)
    evening.wait_error("sources")
    away.rename(evening.store.parent)
    text = evening.write()
    evening.set_clock(EVENING + timedelta(minutes=20))
    evening.wait_known(text)
    evening.end()


def test_a_store_that_is_locked_is_read_when_it_is_let_go(evening: Evening) -> None:
    with closing(sqlite3.connect(evening.store, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    text = evening.write()
    with closing(sqlite3.connect(evening.store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        evening.start()
        evening.wait_error("sources")
    evening.set_clock(EVENING + timedelta(minutes=20))
    evening.wait_known(text)
    evening.end()


def test_an_archive_that_is_locked_is_written_when_it_is_let_go(evening: Evening) -> None:
    evening.start()
    evening.wait_known(evening.write())
    with closing(sqlite3.connect(evening.home.paths.archive_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        text = evening.write()
        wake_daemon(evening.home.paths)
        evening.wait_refused()
        evening.set_clock(EVENING + timedelta(minutes=31))  # a digest is due, and cannot be kept
        evening.wait_refused()
    evening.wait_known(text)
    evening.wait_until(lambda: len(evening.list_digests()) == 1)
    evening.wait_until(lambda: evening.get_state().errors == {})
    evening.end()


def test_a_daemon_that_starts_while_the_archive_is_locked_waits_for_it(evening: Evening) -> None:
    with closing(sqlite3.connect(evening.home.paths.archive_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        evening.set_clock(EVENING + timedelta(minutes=31))  # a digest is due
        evening.start()
        text = evening.write()
        evening.wait_refused()
        assert evening.list_digests() == []
    evening.wait_known(text)
    evening.wait_until(lambda: len(evening.list_digests()) == 1)
    evening.wait_until(lambda: evening.get_state().errors == {})
    evening.end()


# ------------------------------------------------------------ disks


@dataclass
class Disk:
    """A small file system of its own, in memory."""

    place: Path

    def change(self, options: str) -> None:
        """Mount it again with other options."""
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.place)], check=True)

    def fill(self) -> Path:
        """Leave no room; gives the file to delete for some."""
        filler = self.place / "filler"
        with filler.open("wb", buffering=0) as file:
            block = b"\0" * 4096
            try:
                while True:
                    file.write(block)
            except OSError:
                return filler


@pytest.fixture
def disk(home: Path) -> Iterator[Disk]:
    """The home is on it."""
    home.mkdir(parents=True)
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "none", str(home)]
    if shutil.which("mount") is None or subprocess.run(mounting, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield Disk(home)
    subprocess.run(["umount", "--lazy", str(home)], check=True)


@pytest.fixture
def long_export(tmp_path: Path) -> Path:
    """More than the small disk holds."""
    path = tmp_path / "WhatsApp Chat with Climbing.txt"
    lines = (
        f"{1 + number // 1440:02}/11/2026, {number // 60 % 24:02}:{number % 60:02} - Ben: "
        f"line {number} {'of words ' * 20}\n"
        for number in range(6_000)
    )
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("is_quota", [False, True], ids=["disk", "quota"])
def test_an_import_that_fills_the_disk_goes_on_when_there_is_room(
    is_quota: bool,
    nursery: Nursery,
    long_export: Path,
    request: pytest.FixtureRequest,
) -> None:
    disk: Disk | None = None if is_quota else request.getfixturevalue("disk")
    home: Home = request.getfixturevalue("survivor")
    home.register(long_export)
    hooks: dict[str, Any] = {"size_limit": 1_000_000} if is_quota else {}
    assert nursery.start("sync", **hooks).wait() == 1
    complaint = nursery.read_log().strip().splitlines()[-1]
    assert complaint.startswith("companion: ")
    assert "internal error" not in complaint
    home.require_sound()
    if disk is not None:
        disk.change("size=64m")
    nursery.run("sync")
    home.require_sound()
    home.require_clean()
    assert len(home.list_messages()) == 6_000


def test_a_daemon_goes_on_when_a_full_disk_has_room_again(disk: Disk, evening: Evening) -> None:
    evening.start()
    evening.wait_known(evening.write())
    evening.wait_until(lambda: evening.get_state().activity == "idle")
    filler = disk.fill()
    texts = [evening.write() for _ in range(200)]
    wake_daemon(evening.home.paths)
    evening.wait_refused()
    evening.set_clock(EVENING + timedelta(minutes=31))  # a digest is due, and cannot be kept
    evening.wait_refused()
    filler.unlink()
    wake_daemon(evening.home.paths)
    evening.wait_known(texts[-1])
    evening.wait_until(lambda: evening.get_state().errors == {})
    evening.set_clock(EVENING + timedelta(minutes=33))
    evening.wait_until(lambda: len(evening.list_digests()) == 1)
    evening.end()


@pytest.mark.parametrize("command", ["sync", "summarize", "digest --now", "list", "status", "run"])
def test_a_read_only_home_is_said_in_one_line(
    disk: Disk, evening: Evening, nursery: Nursery, command: str
) -> None:
    nursery.run("sync")
    nursery.read_log()
    disk.change("ro")
    child = nursery.start(*command.split())
    status = child.wait()
    said = nursery.read_log()
    assert "internal error" not in said
    assert "Traceback" not in said
    if status:
        assert [line for line in said.splitlines() if line.startswith("companion: ")] != []
    disk.change("rw")
    evening.home.require_sound()


# ------------------------------------------------------------ clocks


def test_a_daemon_that_was_stopped_for_an_hour_makes_the_digest_it_missed_once(
    evening: Evening,
) -> None:
    evening.start()
    evening.wait_known(evening.write())
    assert evening.child is not None
    os.kill(evening.child.id, signal.SIGSTOP)
    text = evening.write()
    evening.set_clock(EVENING + timedelta(hours=1))
    os.kill(evening.child.id, signal.SIGCONT)
    evening.wait_known(text)
    evening.wait_until(lambda: len(evening.list_digests()) == 1)
    (digest,) = evening.list_digests()
    assert digest.caught_up
    text = evening.write()
    evening.wait_known(text)
    assert evening.list_digests() == [digest]
    evening.end()


def test_a_clock_that_jumps_back_and_forth_makes_a_digest_a_day(evening: Evening) -> None:
    evening.start()
    evening.wait_known(evening.write())
    evening.set_clock(EVENING + timedelta(minutes=31))
    evening.wait_until(lambda: len(evening.list_digests()) == 1)
    (digest,) = evening.list_digests()
    assert not digest.caught_up
    for jump in (timedelta(hours=-3), timedelta(0), timedelta(minutes=31), timedelta(hours=2)):
        evening.set_clock(EVENING + jump)
        evening.wait_known(evening.write())
        assert evening.list_digests() == [digest]
    evening.set_clock(EVENING + timedelta(days=3))
    evening.wait_until(lambda: len(evening.list_digests()) == 2)
    assert [row.day.isoformat() for row in evening.list_digests()] == ["2026-11-25", "2026-11-23"]
    evening.end()


@pytest.mark.parametrize(
    ("cron", "before", "first", "after"),
    [
        # Skipped: 02:30 of 8 March; due at 03:00, which is 07:00 UTC.
        ("30 2 * * *", "2026-03-08T06:59:00", "2026-03-08T07:01:00", "2026-03-08T07:45:00"),
        # Twice: 01:30 of 1 November; due the first time, 05:30 UTC.
        ("30 1 * * *", "2026-11-01T05:29:00", "2026-11-01T05:31:00", "2026-11-01T06:31:00"),
    ],
    ids=["gap", "fold"],
)
def test_a_digest_in_a_gap_or_a_fold_of_the_clocks_is_made_once(
    evening: Evening, cron: str, before: str, first: str, after: str
) -> None:
    config = CONFIG.replace("30 21 * * *", cron)
    evening.home.paths.config_file.write_text(config, encoding="utf-8")
    evening.zone_file.write_text("America/New_York", encoding="ascii")
    start = datetime.fromisoformat(before).replace(tzinfo=UTC)
    evening.home.paths.archive_file.unlink()
    evening.home.register(evening.store, at=start - timedelta(minutes=1))
    evening.set_clock(start)
    evening.start()
    evening.wait_known(evening.write())
    assert evening.list_digests() == []
    evening.set_clock(datetime.fromisoformat(first).replace(tzinfo=UTC))
    evening.wait_until(lambda: len(evening.list_digests()) == 1)
    made = evening.list_digests()
    assert not made[0].caught_up
    evening.set_clock(datetime.fromisoformat(after).replace(tzinfo=UTC))
    evening.wait_known(evening.write())
    assert evening.list_digests() == made
    evening.end()


def test_a_daemon_takes_the_zone_that_it_travels_to(evening: Evening) -> None:
    evening.start()
    evening.wait_until(lambda: "T21:30:00+09:00" in (evening.get_state().next_digest or ""))
    evening.zone_file.write_text("America/New_York", encoding="ascii")
    evening.wait_until(lambda: "T21:30:00-05:00" in (evening.get_state().next_digest or ""))
    evening.set_clock(EVENING + timedelta(hours=1))  # 21:30 in Seoul is past, and nothing here
    evening.wait_known(evening.write())
    assert [row.day.isoformat() for row in evening.list_digests()] == []
    evening.end()

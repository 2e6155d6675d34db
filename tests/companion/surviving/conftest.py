"""Processes of the real program that can be started in a moment and killed at any instant."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import pytest

from companion.paths import Paths, paths_under
from companion.sources.interface import SourceSettings
from companion.sources.registry import get_source
from storage.archive import Archive
from storage.entries import NewSource
from storage.reader import Reader
from storage.records import MessageRow, UnreadPolicy

NURSERY = Path(__file__).with_name("nursery.py")
ROOT = Path(__file__).parents[3]

KILLS = int(os.environ.get("KILLS", "200"))
SHARES = {
    "test_a_first_import_is_as_if_it_was_never_killed": 18,
    "test_what_a_store_adds_edits_and_removes_is_as_if_it_was_never_killed": 18,
    "test_a_setting_is_the_old_or_the_new_one": 8,
    "test_a_migration_is_whole_or_not_there": 40,
    "test_a_conversion_is_whole_or_not_there": 30,
    "test_a_command_killed_while_it_converts_leaves_nothing": 8,
    "test_summaries_are_whole_and_made_once": 30,
    "test_a_digest_is_whole_and_there_once": 24,
    "test_a_killed_daemon_does_everything_once": 24,
}
"""Of 200 kills, by test."""

Check = Callable[[], None]

PATIENCE_S = 30.0
"""How long a test waits for what takes a moment; only a failure waits it out."""


class Nursery:
    """Forks processes of the program from a warm parent, one at a time."""

    def __init__(self, log_file: Path) -> None:
        self.log_file = log_file
        self._parent = subprocess.Popen(
            [sys.executable, str(NURSERY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                # A process with more than one thread could not be forked.
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )

    def start(self, *arguments: str, converts: bool = False, **hooks: Any) -> Child:
        """Start `companion ARGUMENTS`, or the converting process; `hooks` as in nursery.py."""
        named = ("COMPANION_HOME", "HOME", "TZ")
        order = {
            "arguments": arguments,
            "converts": converts,
            "environ": {name: os.environ[name] for name in named if name in os.environ},
            "log_file": str(self.log_file),
            "hooks": hooks,
        }
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        return Child(int(self._parent.stdout.readline()), self._parent.stdout)

    def run(self, *arguments: str, **hooks: Any) -> None:
        """The same, to its end, which must be a good one."""
        assert self.start(*arguments, **hooks).wait() == 0, self.read_log()

    def read_log(self) -> str:
        """What the processes since the last call wrote."""
        text = self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""
        self.log_file.unlink(missing_ok=True)
        return text

    def close(self) -> None:
        """End the parent; children must have ended."""
        self._parent.kill()
        self._parent.communicate()


@dataclass
class Child:
    """A process of the program, the leader of a process group of its own."""

    id: int
    told: IO[bytes]
    status: int | None = field(default=None, init=False)
    """0 and more: how it ended itself; less: the signal that ended it, negative."""

    started_s: float = field(default_factory=time.monotonic, init=False)
    length_s: float = field(default=0.0, init=False)
    """From its start until its end was seen."""

    def kill(self, *, whole_group: bool = True) -> int:
        """End it at once, with what it started unless told; gives its status."""
        if self.status is None:
            with suppress(ProcessLookupError):  # it has just ended by itself
                (os.killpg if whole_group else os.kill)(self.id, signal.SIGKILL)
        return self.wait()

    def wait(self, limit_s: float = PATIENCE_S) -> int:
        """Its status, once it has ended."""
        assert self.ends_within(limit_s), "it never ended"
        assert self.status is not None
        return self.status

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Until it has brought something about; it must not end meanwhile."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert not self.ends_within(0.02), f"it ended: {self.status}"
            assert time.monotonic() < deadline_s, "waited in vain"

    def ends_within(self, limit_s: float) -> bool:
        """Whether it ends by itself so soon; waits no longer than needed."""
        if self.status is None and select.select([self.told], [], [], limit_s)[0]:
            self.status = os.waitstatus_to_exitcode(int(self.told.readline()))
            self.length_s = time.monotonic() - self.started_s
        return self.status is not None


Messages = dict[tuple[str, str], MessageRow]


@dataclass(frozen=True)
class Home:
    """A home of the program, and what a user would see of it."""

    paths: Paths

    def lay_out(self, template: Path) -> None:
        """Make it a copy of another home."""
        shutil.rmtree(self.paths.data, ignore_errors=True)
        shutil.copytree(template, self.paths.data, symlinks=True)

    def read(self) -> Reader:
        """Its archive, to be closed."""
        return Reader.open(self.paths.archive_file)

    def register(self, path: Path, at: datetime | None = None) -> None:
        """Know a store and read nothing of it yet; it was added at `at`, with None now."""
        settings = SourceSettings(zone=ZoneInfo("Asia/Seoul"), me=("Jiwoo",))
        source = get_source(path, settings=settings)
        with Archive.open(self.paths.archive_file) as archive:
            archive.add_source(
                NewSource(
                    kind=source.kind,
                    label=source.label,
                    path=str(path),
                    unread_origin=source.unread_origin,
                    me=settings.me,
                    zone=str(settings.zone),
                    policy=UnreadPolicy("all"),
                ),
                at=at,
            )

    def list_messages(self) -> Messages:
        """Every message by title and uid, without what differs from archive to archive."""
        with self.read() as reader:
            found = [
                (row.title, replace(message, id=0, conversation_id=0, reply_to=None))
                for row in reader.conversations()
                for message in reader.messages(row.id, limit=1_000_000)
            ]
        messages = {(title, message.uid): message for title, message in found}
        assert len(messages) == len(found), "a message is there twice"
        return messages

    def require_sound(self) -> None:
        """The database holds together, the index of its words too."""
        if not self.paths.archive_file.exists():
            return
        with closing(sqlite3.connect(self.paths.archive_file, isolation_level=None)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            for (table,) in database.execute(
                "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5 %'"
            ).fetchall():
                database.execute(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
                )

    def require_clean(self) -> None:
        """Nothing half made and nothing temporary lies about any more."""
        left = [
            path
            for path in self.paths.data.rglob("*")
            if self.paths.temporary in path.parents
            or path.suffix == ".draft"
            or ".part-" in path.name
            or path.name.endswith("-new")
        ]
        assert left == []


@dataclass
class Killer:
    """Kills what it starts at random instants, for so many times."""

    nursery: Nursery
    dice: random.Random
    kills: int
    length_s: float = 0.0
    steps: int = 0

    def kill_often(
        self, *arguments: str, renew: Check, check: Check, finish: Check, **order: Any
    ) -> None:
        """Each process goes on where the one before was killed.

        `renew` lays out what is to be done, at first and whenever it has been done; `check` says
        what holds after a kill, and `finish` what holds when one has come to its end.
        """
        self._measure(arguments, renew, order)
        finish()
        renew()
        left = self.kills
        while left:
            status = self._start_and_kill(arguments, order)
            if status == -signal.SIGKILL:
                left -= 1
                check()
            else:
                assert status == 0, self.nursery.read_log()
                finish()
                renew()
        assert self.nursery.start(*arguments, **order).wait() == 0, self.nursery.read_log()
        finish()

    def _measure(self, arguments: tuple[str, ...], renew: Check, order: dict[str, Any]) -> None:
        """How long a whole run takes, in seconds and in steps; the faster of two."""
        count_file = self.nursery.log_file.with_name("count")
        lengths_s = []
        for _ in range(2):
            renew()
            child = self.nursery.start(*arguments, **order, count_file=str(count_file))
            assert child.wait() == 0, self.nursery.read_log()
            lengths_s.append(child.length_s)
        self.length_s = min(lengths_s)
        self.steps = int(count_file.read_text(encoding="ascii"))

    def _start_and_kill(self, arguments: tuple[str, ...], order: dict[str, Any]) -> int:
        if self.steps > 1 and self.dice.random() < 0.5:
            last = self.dice.randrange(1, self.steps)
            return self.nursery.start(*arguments, **order, steps=last).wait()
        instant_s = self.dice.uniform(0.0, self.length_s)
        child = self.nursery.start(*arguments, **order)
        child.ends_within(instant_s)
        return child.kill()


@pytest.fixture(scope="session")
def warm_nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """One for all tests: its imports take a second."""
    nursery = Nursery(tmp_path_factory.mktemp("nursery") / "log")
    yield nursery
    nursery.close()


@pytest.fixture
def nursery(warm_nursery: Nursery, tmp_path: Path) -> Nursery:
    """With a log of the test's own."""
    warm_nursery.log_file = tmp_path / "log"
    return warm_nursery


@pytest.fixture
def survivor(home: Path) -> Home:
    """The home whose processes are to be killed."""
    paths = paths_under(home)
    paths.create()
    return Home(paths)


@pytest.fixture
def dice() -> random.Random:
    """Random instants; pytest shows the seed where a test fails, `KILLS_SEED` gives it again."""
    seed = int(os.environ.get("KILLS_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"KILLS_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def killer(nursery: Nursery, dice: random.Random, request: pytest.FixtureRequest) -> Killer:
    """To kill as often as the test's share of all kills is."""
    share = SHARES[request.node.name]
    return Killer(nursery, dice, -(-KILLS * share // sum(SHARES.values())))


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Where a home to begin with is kept."""
    return tmp_path / "template"

"""The gate looks at the machine as it is, and counts the work that goes through it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from companion.config import Config
from companion.gating import Gate, read_machine
from companion.pausing import save_pause
from companion.permitting import Hold, Machine
from storage.records import RunRow

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
IDLE = Machine(is_on_battery=False, load=0.0, cores=2, physical_cores=2)


class Clock:
    """A monotonic clock that stands until it is moved."""

    now_s = 5000.0

    def read(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("companion.gating.time.monotonic", clock.read)
    return clock


def make_gate(pause_file: Path, config: Config) -> Gate:
    return Gate(pause_file, config, ZoneInfo("Asia/Seoul"), lambda: NOW, read_machine=lambda: IDLE)


def test_this_machine_tells_what_the_rules_need() -> None:
    machine = read_machine()
    assert machine.cores >= machine.physical_cores >= 1
    assert machine.load >= 0


def test_a_pause_holds_from_the_moment_it_is_saved(tmp_path: Path) -> None:
    gate = make_gate(tmp_path / "pause", Config())
    assert gate.find_hold() is None
    save_pause(tmp_path / "pause", NOW + timedelta(hours=1))
    assert gate.find_hold(is_asked=True) == Hold("paused", NOW + timedelta(hours=1))


def test_work_counts_while_it_goes_on_and_rest_does_not(tmp_path: Path, clock: Clock) -> None:
    gate = make_gate(tmp_path / "pause", Config(work_limit_min_per_hour=5))
    gate.begin_work()
    clock.now_s += 200
    gate.begin_work()
    assert gate.find_hold() is None
    clock.now_s += 99
    assert gate.find_hold() is None
    gate.end_work()
    gate.end_work()
    clock.now_s += 600
    hold = gate.find_hold()
    assert hold is not None
    # 299 s were used and a minute must be free: 59 s of them must grow an hour old.
    assert (hold.reason, hold.until) == ("work limit", NOW + timedelta(seconds=3600 - 899 + 59))
    clock.now_s += 3600 - 899 + 59
    assert gate.find_hold() is None


def test_the_limit_cuts_work_that_goes_on(tmp_path: Path, clock: Clock) -> None:
    gate = make_gate(tmp_path / "pause", Config(work_limit_min_per_hour=5))
    gate.begin_work()
    clock.now_s += 300
    hold = gate.find_hold()
    assert hold is not None
    assert hold.reason == "work limit"


def test_what_was_done_before_the_process_began_counts(tmp_path: Path, clock: Clock) -> None:
    def make_run(kind: str, outcome: Any, start_min: int, end_min: int | None) -> RunRow:
        ended_at = None if end_min is None else NOW - timedelta(minutes=end_min)
        return RunRow(1, kind, NOW - timedelta(minutes=start_min), ended_at, outcome, {})

    def find_hold(*runs: RunRow) -> Hold | None:
        gate = make_gate(tmp_path / "pause", Config(work_limit_min_per_hour=5))
        gate.remember(runs)
        return gate.find_hold()

    # The newest first, as the archive tells them: two minutes, of which one was waiting, and four.
    runs = (make_run("summarize", "failed", 12, 10), make_run("summarize", "done", 15, 11))
    hold = find_hold(*runs)
    assert hold is not None
    assert (hold.reason, hold.until) == ("work limit", NOW + timedelta(minutes=60 - 15 + 1))
    assert find_hold(runs[1]) is None
    assert find_hold(make_run("digest", "done", 20, 1)) is None
    assert find_hold(make_run("summarize", "interrupted", 20, 1)) is None
    assert find_hold(make_run("summarize", "running", 20, None)) is None
    assert find_hold(make_run("summarize", "done", 600, 61)) is None
    assert find_hold(make_run("summarize", "done", -20, -10)) is None

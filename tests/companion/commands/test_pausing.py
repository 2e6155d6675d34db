"""pause and resume: what they change, what status tells of it, and what is no duration."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from companion.daemon_state import DaemonState, save_state
from companion.lock import hold_daemon_lock
from companion.paths import Paths

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call

RUNNING = DaemonState(pid=1, started_at="2026-11-23T12:00:00+00:00", activity="idle")


def test_status_tells_of_a_pause_until_it_is_taken_back(call: Call) -> None:
    before = datetime.now(UTC)
    until = datetime.fromisoformat(call("pause", "2h", "--json").document["until"])
    assert timedelta(hours=2) - timedelta(seconds=1) <= until - before < timedelta(hours=2.1)
    assert call("status", "--json").document["paused_until"] == until.isoformat()
    assert "companion resume" in call("status").out
    assert call("resume", "--json").document == {"changed": True}
    assert call("resume", "--json").document == {"changed": False}
    assert call("status", "--json").document["paused_until"] is None


def test_what_is_no_duration_is_wrong_usage(call: Call) -> None:
    assert "30m" in call("pause", "soon").get_error(2)


def test_status_tells_what_holds_the_model_back(call: Call, paths: Paths) -> None:
    quiet = replace(RUNNING, hold="quiet hours", hold_until="2026-11-23T22:00:00+00:00")
    with hold_daemon_lock(paths.lock_file):
        save_state(paths.daemon_file, quiet)
        document, words = call("status", "--json").document, call("status").out
        save_state(paths.daemon_file, replace(RUNNING, hold="on battery"))
        on_battery = call("status", "--json").document["hold"]
        say_battery = call("status").out
    assert document["hold"] == {"reason": "quiet hours", "until": "2026-11-24T07:00:00+09:00"}
    assert "(quiet hours until 2026-11-24 07:00)" in words
    assert on_battery == {"reason": "on battery", "until": None}
    assert "(on battery, looked at again every minute)" in say_battery

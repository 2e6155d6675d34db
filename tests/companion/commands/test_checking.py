"""status and doctor: what they hold, and that trouble found is trouble told, not an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from companion.daemon_state import DaemonState, save_state
from companion.lock import hold_daemon_lock

if TYPE_CHECKING:
    from companion.paths import Paths
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import Inbox, ScriptedEngine

STATUS_KEYS = {"daemon", "sources", "unread", "queue", "next_digest", "model", "idle_seconds"}


class TestStatus:
    def test_it_counts_what_waits(self, stocked: Call) -> None:
        document = stocked("status", "--json").document
        assert document.keys() >= STATUS_KEYS
        assert document["daemon"]["running"] is False
        assert document["idle_seconds"] is None
        assert [item["kind"] for item in document["sources"]] == [
            "whatsapp",
            "kakaotalk",
            "imessage",
        ]
        assert all(datetime.fromisoformat(item["synced_at"]) for item in document["sources"])
        unread = stocked("list", "--unread", "--json").document["conversations"]
        assert document["unread"] == sum(row["unread"] for row in unread)
        assert document["unread_conversations"] == len(unread)

    def test_a_running_daemon_is_told(self, call: Call, paths: Paths) -> None:
        state = DaemonState(
            pid=4711,
            started_at=datetime(2026, 11, 23, tzinfo=UTC).isoformat(),
            activity="summarising",
            done=2,
            total=5,
            next_digest="2026-11-24T21:30:00+09:00",
        )
        save_state(paths.daemon_file, state)
        assert call("status", "--json").document["daemon"]["running"] is False
        with hold_daemon_lock(paths.lock_file):
            document = call("status", "--json").document
            words = call("status").out
        assert document["daemon"]["running"] is True
        assert (document["daemon"]["done"], document["daemon"]["total"]) == (2, 5)
        assert document["next_digest"] == "2026-11-24T21:30:00+09:00"
        assert document["idle_seconds"] == 0
        assert "summarising 2/5" in words

    def test_a_pass_that_failed_is_among_the_errors(
        self, stocked: Call, engine: ScriptedEngine, home: Path
    ) -> None:
        for folder in (home / "cache" / "models").iterdir():
            (folder / "model.bin").write_bytes(b"weighty")
        assert stocked("summarize", "Climbing").code == 1
        (error,) = stocked("status", "--json").document["errors"]
        assert error["where"] == "summarize"
        assert error["error"]
        assert stocked("status").out.count("error") == 1

    def test_a_store_that_fails_tells_how_often_and_when_it_is_tried_again(
        self, stocked: Call, climbing: Path
    ) -> None:
        climbing.unlink()
        for _ in range(2):
            assert stocked("sync").code == 1
        (source,) = [s for s in stocked("status", "--json").document["sources"] if s["error"]]
        assert source["failures"] == 2
        wait = datetime.fromisoformat(source["next_try"]) - datetime.now(UTC)
        assert timedelta(minutes=1) < wait <= timedelta(minutes=2)
        assert "(failed 2 times, next try 20" in stocked("status").out

    def test_conversations_on_which_the_model_fails_are_told_with_the_reason(
        self, inbox: Inbox, engine: ScriptedEngine, call: Call
    ) -> None:
        conversation = inbox.tell_climbing()
        engine.script["Mile End"] = None
        inbox.run_pass()
        told = {"conversation": conversation, "reason": "the engine could not run it"}
        at = (inbox.at + timedelta(minutes=10)).timestamp()
        (failure,) = call("status", "--json").document["failures"]
        assert datetime.fromisoformat(failure.pop("next_try")).timestamp() == at
        assert failure == told | {"failures": 1, "given_up": False}
        for _ in range(2):
            inbox.run_pass(ids=[conversation])
        (failure,) = call("status", "--json").document["failures"]
        assert failure == told | {"failures": 3, "given_up": True, "next_try": None}
        assert f"chat #{conversation}" in call("status").out
        assert "given up until messages come" in call("status").out


class TestDoctor:
    def test_each_check_has_a_remedy_unless_all_is_well(self, call: Call) -> None:
        checks = call("doctor", "--json").document["checks"]
        assert all(check.keys() == {"name", "ok", "detail", "remedy"} for check in checks)
        assert all(bool(check["remedy"]) is not check["ok"] for check in checks)
        assert {check["name"] for check in checks} >= {
            "python",
            "packages",
            "terminal",
            "folder data",
            "disk",
            "libraries",
            "extras",
            "sqlite",
            "settings",
            "archive",
            "model",
            "processor",
            "memory",
            "clock",
            "notifications",
            "service",
            "next digest",
            "file events",
            "daemon",
            "network",
        }

    def test_people_see_the_remedy_below(self, call: Call) -> None:
        lines = call("doctor").out.splitlines()
        place = next(number for number, line in enumerate(lines) if " daemon " in line)
        assert lines[place].startswith("look")
        assert "companion run" in lines[place + 1]

    def test_a_damaged_archive_is_a_finding_and_the_rest_is_examined(
        self, stocked: Call, home: Path
    ) -> None:
        (home / "archive.db").write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
        for name in ("archive.db-wal", "archive.db-shm"):
            (home / name).unlink(missing_ok=True)
        examined = stocked("doctor", "--json")
        assert examined.code == 0, examined.err
        checks = {check["name"]: check for check in examined.document["checks"]}
        assert not checks["archive"]["ok"]
        assert checks["archive"]["remedy"]
        assert "network" in checks

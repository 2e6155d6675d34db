"""`privacy` accounts for every file, and `vacuum` makes the archive small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import Run


class TestPrivacy:
    def test_shows_every_file_with_its_mode_and_that_a_socket_was_refused(
        self, run_companion: Run, stocked: Call, home: Path
    ) -> None:
        (home / "cache" / "model.bin").write_bytes(b"weights")
        (home / "cache" / "model.bin").chmod(0o644)
        done = run_companion("privacy", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        told = json.loads(done.stdout)
        assert told["network"]["sealed"]
        assert told["network"]["refused"]
        assert "refused" in told["network"]["detail"]
        files = {file["path"]: file for file in told["files"]}
        assert {str(path) for path in home.rglob("*")} <= files.keys()
        archive = files[str(home / "archive.db")]
        assert (archive["mode"], archive["open"]) == ("0600", False)
        assert archive["size_bytes"] == (home / "archive.db").stat().st_size
        assert "messages" in archive["holds"]
        assert files[str(home / "cache" / "model.bin")]["open"]
        assert told["open_files"] == 1
        assert all(file["holds"] != "not of Companion" for file in told["files"])

    def test_says_how_long_things_are_kept(
        self, run_companion: Run, stocked: Call, home: Path
    ) -> None:
        (home / "config.toml").write_text("retention_days = 40_000\n", encoding="utf-8")
        assert run_companion("privacy").returncode == 1
        (home / "config.toml").write_text("retention_days = 20_000\n", encoding="utf-8")
        told = json.loads(run_companion("privacy", "--json").stdout)
        assert told["retention_days"] == 20_000
        assert {source["retention_days"] for source in told["sources"]} == {20_000}
        shown = run_companion("privacy").stdout
        assert "digests    kept for 20000 days" in shown
        assert "network    a network call was refused" in shown

    def test_of_a_process_that_reaches_the_network_is_a_refusal(
        self, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("companion.accounting.try_network", lambda: None)
        told = call("privacy", "--json")
        assert told.code == 3
        assert not told.document["network"]["refused"]
        assert "do not use" in told.err


def test_a_fresh_home_is_shown_too(run_companion: Run, home: Path) -> None:
    done = run_companion("privacy")
    assert (done.returncode, done.stderr) == (0, "")
    assert "left out   0 conversations" in done.stdout


def test_vacuum_makes_the_archive_smaller(call: Call, stocked: Call, climbing: Path) -> None:
    call("forget", "Climbing Thursdays", "--yes")
    told = call("vacuum", "--json").document
    assert told["erased"]
    assert told["after_bytes"] <= told["before_bytes"]
    said = call("vacuum")
    assert (said.code, said.err) == (0, "")
    assert "bytes before" in said.out

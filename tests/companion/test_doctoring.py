"""The doctor finds what is wrong, says it, and gives the remedy."""

from __future__ import annotations

import shutil
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.doctoring import Check, examine
from companion.modelling import Model

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox


def find_check(inbox: Inbox, name: str, config: Config | None = None) -> Check:
    config = config or Config()
    checks = examine(inbox.paths, config, Model(config, inbox.paths.cache))
    return next(check for check in checks if check.name == name)


def test_a_store_that_is_gone(inbox: Inbox) -> None:
    check = find_check(inbox, f"source {inbox.source_id}")
    assert not check.ok
    assert "does not exist" in check.detail
    assert check.remedy == "check the path"


def test_a_store_that_is_there(inbox: Inbox) -> None:
    (inbox.paths.data / "chats.txt").write_text("23/11/2026, 12:30 - Ana: hello\n")
    check = find_check(inbox, f"source {inbox.source_id}")
    assert check.ok, check
    assert "readable" in check.detail


def test_a_store_whose_last_reading_failed(inbox: Inbox) -> None:
    (inbox.paths.data / "chats.txt").write_text("23/11/2026, 12:30 - Ana: hello\n")
    inbox.archive.fail_sync(inbox.source_id, "it was locked", inbox.at)
    check = find_check(inbox, f"source {inbox.source_id}")
    assert not check.ok
    assert "it was locked" in check.detail
    assert "companion sync" in check.remedy


def test_an_archive_that_others_can_read(inbox: Inbox) -> None:
    assert find_check(inbox, "archive").ok
    inbox.paths.archive_file.chmod(0o644)
    check = find_check(inbox, "archive")
    assert not check.ok
    assert check.remedy.startswith("chmod 600")


def test_a_folder_that_others_can_read(inbox: Inbox) -> None:
    inbox.paths.state.chmod(0o755)
    check = find_check(inbox, "folder state")
    assert not check.ok
    assert check.remedy == f"chmod 700 {inbox.paths.state}"


@pytest.mark.parametrize(
    ("model", "ok", "remedy"),
    [
        ("none", True, ""),
        ("default", False, "companion model pull default"),
        ("gpt", False, "companion model use NAME"),
    ],
)
def test_the_model(inbox: Inbox, model: str, ok: bool, remedy: str) -> None:
    check = find_check(inbox, "model", Config(model=model))
    assert check.ok is ok
    assert remedy in check.remedy
    assert bool(check.remedy) is not ok


def test_a_package_of_ours_that_is_somebody_elses(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = ModuleSpec("storage", None, is_package=True)
    foreign.submodule_search_locations = [str(tmp_path / "site" / "storage")]

    def find(name: str) -> ModuleSpec | None:
        return foreign if name == "storage" else find_spec(name)

    monkeypatch.setattr("companion.doctoring.find_spec", find)
    check = find_check(inbox, "packages")
    assert not check.ok
    assert "of somebody else: storage" in check.detail


def test_a_disk_that_is_nearly_full(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(inbox.paths.cache)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    check = find_check(inbox, "disk")
    assert not check.ok
    assert str(inbox.paths.cache) in check.remedy


def test_file_events_are_tried(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.doctoring._EVENT_LIMIT_S", 30.0)
    assert find_check(inbox, "file events").ok
    monkeypatch.setattr("companion.doctoring._EVENT_LIMIT_S", 0.0)
    monkeypatch.setattr("companion.watching.Watcher.watch", lambda *_: True)
    check = find_check(inbox, "file events")
    assert not check.ok
    assert "poll" in check.detail


def test_a_process_without_the_seal_is_told(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.doctoring.is_sealed", lambda: False)
    assert not find_check(inbox, "network").ok

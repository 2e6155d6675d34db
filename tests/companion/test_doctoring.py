"""The doctor finds what is wrong, says it, and gives the remedy."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import metadata
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from companion.config import Config
from companion.doctoring import Check, examine
from companion.indexing import index_messages
from companion.modelling import Model
from companion.service.interface import Outcome, plan_start
from companion.service.systemd import SystemdService
from inference.modelfolder import read_folder, write_facts

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox, ScriptedEngine


SEOUL = ZoneInfo("Asia/Seoul")


def find_check(
    inbox: Inbox, name: str, config: Config | None = None, now: datetime | None = None
) -> Check:
    now = now or inbox.at
    config = config or Config()
    checks = examine(inbox.paths, config, Model(config, inbox.paths.cache), now, SEOUL)
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

    monkeypatch.setattr("companion.doctoring.installation.find_spec", find)
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
    monkeypatch.setattr("companion.doctoring.machine._EVENT_LIMIT_S", 30.0)
    assert find_check(inbox, "file events").ok
    monkeypatch.setattr("companion.doctoring.machine._EVENT_LIMIT_S", 0.0)
    monkeypatch.setattr("companion.watching.Watcher.watch", lambda *_: True)
    check = find_check(inbox, "file events")
    assert not check.ok
    assert "poll" in check.detail


def test_a_process_without_the_seal_is_told(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.doctoring.installation.is_sealed", lambda: False)
    assert not find_check(inbox, "network").ok


def test_the_clock_lies_behind_what_was_done_already(inbox: Inbox) -> None:
    inbox.tell_climbing()
    inbox.run_pass()
    assert find_check(inbox, "clock").detail == "2026-11-23T21:30:00+09:00 in Asia/Seoul"
    assert find_check(inbox, "clock").ok
    check = find_check(inbox, "clock", now=inbox.at - timedelta(days=1))
    assert not check.ok
    assert "set the clock" in check.remedy


@pytest.mark.parametrize(
    ("cron", "ok", "detail"),
    [
        ("30 21 * * *", True, "2026-11-24T21:30+09:00"),
        ("", True, "none wanted"),
        ("0 0 31 2 *", False, "never"),
        ("99 0 * * *", False, "not a cron expression"),
    ],
)
def test_the_next_digest(inbox: Inbox, cron: str, ok: bool, detail: str) -> None:
    check = find_check(inbox, "next digest", Config(digest_cron=cron))
    assert check.ok is ok
    assert detail in check.detail
    assert bool(check.remedy) is not ok


def test_a_search_index_that_is_behind(inbox: Inbox) -> None:
    inbox.tell_climbing()
    check = find_check(inbox, "search index")
    assert not check.ok
    assert check.detail == "6 messages to go"
    index_messages(inbox.archive)
    assert find_check(inbox, "search index").ok


def test_how_the_last_pass_ended_and_what_the_model_fails_on(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    assert find_check(inbox, "last pass").detail == "none yet"
    inbox.tell_climbing()
    engine.script["Mile End"] = None
    inbox.run_pass()
    assert find_check(inbox, "last pass").detail.startswith("done, begun 2026-11-23T21:30")
    check = find_check(inbox, "failures")
    assert not check.ok
    assert "companion status" in check.remedy


def test_a_model_whose_self_test_failed(inbox: Inbox, engine: ScriptedEngine) -> None:
    assert find_check(inbox, "self-test").ok
    store = Model(Config(), inbox.paths.cache).store
    folder = store.folder_of(store.get("default"))
    found = {"passed": False, "mean_divergence": 1.5}
    write_facts(folder, replace(read_folder(folder).facts, self_test=found))
    check = find_check(inbox, "self-test")
    assert not check.ok
    assert check.detail == "failed, mean divergence 1.5000 nats"
    assert check.remedy == "run `companion model verify`"


def test_a_variable_that_is_no_setting(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("COMPANION_TEST")]:
        monkeypatch.delenv(name)
    inbox.paths.config_file.write_text("settle_s = 5\n", encoding="utf-8")
    monkeypatch.setenv("COMPANION_POLL_S", "9")
    check = find_check(inbox, "settings")
    assert check.ok
    assert "set there: settle_s; by variables: poll_s" in check.detail
    monkeypatch.setenv("COMPANION_SETTEL_S", "5")
    check = find_check(inbox, "settings")
    assert not check.ok
    assert "COMPANION_SETTEL_S" in check.detail


def test_what_we_are_built_on_is_told_with_versions(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = find_check(inbox, "libraries")
    assert check.ok
    assert f"click {metadata.version('click')}" in check.detail

    def find_version(name: str) -> str:
        if name == "tokenizers":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr("companion.doctoring.installation.metadata.version", find_version)
    check = find_check(inbox, "libraries")
    assert not check.ok
    assert "install tokenizers" in check.remedy


def test_notifications_that_cannot_be_shown(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_check(inbox, "notifications").detail == "none wanted"
    monkeypatch.setattr("companion.doctoring.machine.find_spec", lambda _: None)
    check = find_check(inbox, "notifications", Config(notify="counts"))
    assert not check.ok
    assert "pip install desktop-notifier" in check.remedy


def test_a_service_that_failed(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    start = plan_start(inbox.paths, 10)
    service = SystemdService(inbox.paths.config / "unit", start, lambda _: Outcome(0, ""))
    monkeypatch.setattr("companion.service.choosing.choose_service", lambda *_: service)
    monkeypatch.setattr(SystemdService, "find_state", lambda _: "failed")
    check = find_check(inbox, "service")
    assert not check.ok
    assert "companion service install" in check.remedy

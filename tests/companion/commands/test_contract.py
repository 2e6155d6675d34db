"""The contract of docs/commands.md as far as it is the same for every command."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from companion import __version__
from companion.commands.group import cli
from companion.errors import PrivacyRefusal

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import Run

# What a home in which nothing was ever stored answers.
FRESH: dict[tuple[str, ...], dict[str, object]] = {
    ("list",): {"conversations": []},
    ("list", "--unread", "--urgent"): {"conversations": []},
    ("search", "anything"): {"hits": []},
    ("todo",): {"todo": []},
    ("sources",): {"sources": []},
    ("sync",): {"added": 0, "changed": 0, "unread": 0, "errors": []},
    ("summarize",): {"summaries": []},
    ("digest",): {"conversations": [], "todo": []},
    ("digest", "--dry-run"): {"conversations": [], "todo": []},
    ("digest", "--now"): {"conversations": [], "todo": []},
    ("status",): {"sources": [], "unread": 0, "queue": 0, "next_digest": None, "errors": []},
    ("pause", "2h"): {"changed": True},
    ("resume",): {"changed": False},
    ("model", "list"): {},
    ("doctor",): {},
    ("exclude",): {"changed": 0, "patterns": [], "conversations": []},
    ("vacuum",): {"erased": True},
}


@pytest.mark.parametrize("command", FRESH, ids=" ".join)
class TestAFreshHome:
    def test_answers_with_one_document_and_nothing_else(
        self, call: Call, command: tuple[str, ...]
    ) -> None:
        answered = call(*command, "--json")
        assert answered.code == 0, answered.err
        document = answered.document
        assert {name: document[name] for name in FRESH[command]} == FRESH[command]
        assert answered.err == ""

    def test_answers_people_in_words(self, call: Call, command: tuple[str, ...]) -> None:
        answered = call(*command)
        assert answered.code == 0, answered.err
        assert answered.out.strip()
        assert answered.err == ""


@pytest.mark.parametrize("command", ["show", "read", "forget", "export"])
def test_a_fresh_home_has_no_chat_to_name(call: Call, command: str) -> None:
    assert "companion add" in call(command, "Ana", "--json").get_error()


def list_commands(
    group: click.Command, *path: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from list_commands(command, *path, name)
    else:
        yield path, group


COMMANDS = dict(list_commands(cli))
WITHOUT_JSON = {("run",), ("tui",)}


def test_every_command_of_the_contract_is_there() -> None:
    assert {" ".join(path) for path in COMMANDS} >= {
        "demo",
        "scan",
        "add",
        "sources",
        "remove",
        "sync",
        "summarize",
        "run",
        "status",
        "service install",
        "service uninstall",
        "service status",
        "pause",
        "resume",
        "list",
        "show",
        "search",
        "todo",
        "digest",
        "read",
        "model list",
        "model pull",
        "model add",
        "model use",
        "model verify",
        "eval",
        "doctor",
        "tui",
        "exclude",
        "forget",
        "export",
        "vacuum",
        "privacy",
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
class TestEveryCommand:
    def test_has_help_that_needs_nothing(
        self, call: Call, path: tuple[str, ...], home: Path
    ) -> None:
        helped = call(*path, "--help")
        assert (helped.code, helped.err) == (0, "")
        assert helped.out.startswith("Usage: companion ")
        assert not home.exists()

    def test_refuses_an_unknown_option_as_wrong_usage(
        self, call: Call, path: tuple[str, ...]
    ) -> None:
        refused = call(*path, "--no-such-option")
        assert (refused.code, refused.out) == (2, "")
        assert "--no-such-option" in refused.err

    def test_takes_json(self, path: tuple[str, ...]) -> None:
        options = {name for option in COMMANDS[path].params for name in option.opts}
        assert ("--json" in options) is (path not in WITHOUT_JSON)


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("scan",), ("model",), ("model", "nonsense"), ("show",), ("list", "extra")],
    ids=" ".join,
)
def test_wrong_usage_is_told_on_stderr(call: Call, arguments: tuple[str, ...]) -> None:
    refused = call(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert "Usage: companion" in refused.err


def test_the_version_is_printed(call: Call) -> None:
    assert call("--version").out == f"{__version__}\n"


@pytest.mark.parametrize(
    "command", [("status",), ("list",), ("add", "x"), ("doctor",)], ids=" ".join
)
def test_a_setting_that_cannot_be_is_named(
    call: Call, home: Path, command: tuple[str, ...]
) -> None:
    home.mkdir()
    (home / "config.toml").write_text("setle_s = 3\n", encoding="utf-8")
    error = call(*command).get_error()
    assert "'setle_s'" in error
    assert "settle_s" in error


def test_a_home_that_cannot_be_made_is_named(call: Call, home: Path) -> None:
    home.write_text("a file")
    assert "COMPANION_HOME" in call("list").get_error()


def test_a_home_of_somebody_else_is_refused(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    assert "another user" in call("list").get_error(3)


def test_an_archive_of_a_newer_program_is_left_alone(call: Call, stocked: Call, home: Path) -> None:
    with closing(sqlite3.connect(home / "archive.db")) as database:
        database.execute("PRAGMA user_version = 999")
    assert "newer" in call("list", "--json").get_error()


def test_a_damaged_archive_is_one_line_for_every_reader(call: Call, home: Path) -> None:
    call("digest")
    (home / "archive.db").write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    for name in ("archive.db-wal", "archive.db-shm"):
        (home / name).unlink(missing_ok=True)
    for command in (("list",), ("search", "x"), ("status",), ("digest",), ("sync",)):
        assert call(*command, "--json").get_error()


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "companion: interrupted"),
        (click.Abort(), 130, "companion: interrupted"),
        (EOFError(), 130, "companion: interrupted"),
        (
            PrivacyRefusal("a network call was refused", next_step="do without"),
            3,
            "companion: a network call was refused; do without",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_end_has_its_exit_code_and_line(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("companion.commands.browsing.start_session", fail)
    ended = call("list")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.strip() == line


def test_an_unexpected_error_is_told_by_its_place_and_never_by_its_words(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("meet me at the old mill")

    monkeypatch.setattr("companion.commands.browsing.start_session", fail)
    ended = call("list", "--json")
    assert (ended.code, ended.out) == (1, "")
    assert "old mill" not in ended.err
    assert "ValueError in test_contract.py:" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_reader_that_goes_away_gets_no_traceback(home: Path) -> None:
    # Buffered as a pipe's writer is; what is short fails only when it is flushed.
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        [sys.executable, "-m", "companion", "model", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 1


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["words", "JSON"])
def test_what_is_piped_on_is_utf_8_in_every_locale(jeju: Path, options: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "companion", "scan", str(jeju), *options],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "제주 여행 🍊" in done.stdout.decode("utf-8")


def test_the_installed_command_is_this_one(run_companion: Run) -> None:
    answered = run_companion("list", "--json")
    assert (answered.returncode, answered.stderr) == (0, "")
    assert json.loads(answered.stdout) == {"conversations": []}

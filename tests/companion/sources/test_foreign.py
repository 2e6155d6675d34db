"""A source of somebody else's is used like ours, and fails alone whatever it does."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from companion.errors import PluginFailed, StoreLocked
from companion.ingesting import sync_sources
from companion.sources import registry
from companion.sources.foreign import load_plugin
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Source,
    SourceSettings,
    UnreadOrigin,
)
from companion.sources.registry import get_source
from storage.archive import Archive
from storage.entries import NewSource
from storage.reader import Reader

TEMPLATE = Path(__file__).parents[3] / "docs" / "sources" / "template"
AT = datetime(2026, 11, 24, tzinfo=UTC)
SECRET = "the text of a message"
EXPORT = (
    "#tabchat\tClimbing\n"
    "2026-11-24T09:30:00+09:00\tAna\tSeven at the wall?\n"
    "2026-11-24T09:31:00+09:00\tBo\tYes\\nBring the rope\n"
    "yesterday\tBo\tno time\n"
)
ROWCHAT = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE rooms (id TEXT PRIMARY KEY, name TEXT);
    CREATE TABLE messages (uid TEXT, room TEXT, author TEXT, at_ms INTEGER, body TEXT,
                           is_mine INTEGER, is_seen INTEGER);
    INSERT INTO rooms VALUES ('r', 'Climbing');
"""

GOOD_MESSAGE = MessageFound("room", "1", "Ana", False, AT, SECRET)
ROOM = ConversationFound("room", "Room", "group")


class Wild(Source):
    """Does what the test says, in the method that it says."""

    kind: ClassVar[str] = "wild"
    label: ClassVar[str] = "Wild"
    unread_origin: ClassVar[UnreadOrigin] = "mark"
    is_live: ClassVar[bool] = False
    place: ClassVar[str] = ""
    error: ClassVar[BaseException | None] = None
    changes: ClassVar[list[Any]] = []

    def __init__(self, path: Path, settings: SourceSettings) -> None:
        super().__init__(path, settings)
        self.act("init")

    @classmethod
    def probe(cls, path: Path) -> bool:
        cls.act("probe")
        return path.name == "wild"

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        yield from self.changes
        self.act("read")
        yield CursorAdvanced("end")

    @classmethod
    def act(cls, place: str) -> None:
        if cls.error is not None and place == cls.place:
            raise cls.error


@pytest.fixture
def wild(monkeypatch: pytest.MonkeyPatch) -> type[Wild]:
    """A fresh wild source, installed."""
    source = type("Wild", (Wild,), {})
    monkeypatch.setitem(sys.modules, "wild_plug_in", cast("Any", type("M", (), {"Wild": source})))
    entry = EntryPoint("wild", "wild_plug_in:Wild", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [entry])
    return source


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An environment in which the template is installed, as pip would do it."""
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = tmp_path / "site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    names = f"Name: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{names}", encoding="utf-8")
    lines = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(info.parent), str(TEMPLATE)])}


def run_companion(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """The document a command prints."""
    command = [sys.executable, "-m", "companion", *arguments, "--json"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return cast("dict[str, Any]", json.loads(run.stdout))


def test_the_template_is_installed_found_and_used(
    installed: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "export"
    path.write_text(EXPORT, encoding="utf-8")
    scan = run_companion(installed, "scan", str(path))
    assert (scan["kind"], scan["messages"]) == ("tabchat", 2)
    assert scan["warnings"] == ["line 4: no time that can be read"]
    assert run_companion(installed, "add", str(path), "--yes", "--me", "Ana")["added"] == 2
    with path.open("a", encoding="utf-8") as stream:
        stream.write("2026-11-24T09:40:00+09:00\tBo\tOn my way\n")
    sync = run_companion(installed, "sync")
    assert (sync["added"], sync["changed"], sync["unread"]) == (1, 0, 1)


def test_the_template_of_a_live_database_follows_it(
    installed: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "rowchat.db"
    add = "INSERT INTO messages VALUES (?, 'r', ?, 1790000000000, ?, 0, 0)"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(ROWCHAT)
        connection.executemany(add, [("a", "Ana", "one"), ("b", "Bo", "two"), ("c", "Bo", "three")])
        assert run_companion(installed, "scan", str(path))["kind"] == "rowchat"
        assert run_companion(installed, "add", str(path), "--yes")["added"] == 3
        connection.execute("UPDATE messages SET is_seen = 1 WHERE uid = 'a'")
        connection.execute("UPDATE messages SET body = 'too' WHERE uid = 'b'")
        connection.execute("DELETE FROM messages WHERE uid = 'c'")
        connection.execute(add, ("d", "Ana", "four"))
        sync = run_companion(installed, "sync")
    assert (sync["added"], sync["unread"]) == (1, 2)


@pytest.mark.parametrize("place", ["init", "probe", "read"])
@pytest.mark.parametrize(
    "error", [ValueError(SECRET), RecursionError(), KeyError(SECRET), SystemExit(SECRET)], ids=repr
)
def test_whatever_a_plug_in_raises_is_an_error_of_its_store(
    wild: type[Wild], place: str, error: BaseException, tmp_path: Path, settings: SourceSettings
) -> None:
    wild.place, wild.error = place, error
    (tmp_path / "wild").write_text("wild")
    with pytest.raises(PluginFailed, match=r"wild_plug_in:Wild.* failed: \w+ in test_fo") as caught:
        list(get_source(tmp_path / "wild", settings=settings).read())
    assert SECRET not in str(caught.value)


def test_an_error_of_the_interface_passes_as_it_is(
    wild: type[Wild], tmp_path: Path, settings: SourceSettings
) -> None:
    wild.place, wild.error = "read", StoreLocked("it is locked", next_step="wait")
    (tmp_path / "wild").write_text("wild")
    with pytest.raises(StoreLocked):
        list(get_source(tmp_path / "wild", settings=settings).read())


def test_the_users_interrupt_passes(
    wild: type[Wild], tmp_path: Path, settings: SourceSettings
) -> None:
    wild.place, wild.error = "read", KeyboardInterrupt()
    (tmp_path / "wild").write_text("wild")
    with pytest.raises(KeyboardInterrupt):
        list(get_source(tmp_path / "wild", settings=settings).read())


@pytest.mark.parametrize(
    "changes",
    [
        [GOOD_MESSAGE],
        [ROOM, "a message"],
        [ROOM, MessageFound("room", "1", "Ana", False, datetime(2026, 11, 24), "hi")],  # noqa: DTZ001
        [ROOM, MessageFound("room", "1", "Ana", False, AT, cast("str", None))],
        [ROOM, MessageFound("room", "1", "Ana", False, AT, "hi", position=2**63)],
        [ROOM, MessageFound("room", "1", "Ana", False, AT, "hi", cast("Any", "poem"))],
        [ConversationFound("room", "Room", cast("Any", "crowd"))],
        [CursorAdvanced(cast("str", 7))],
    ],
    ids=range(8),
)
def test_a_change_against_the_interface_fails_its_store_and_no_other(
    wild: type[Wild], changes: list[Any], home: Path, tmp_path: Path
) -> None:
    wild.changes = changes
    (tmp_path / "wild").write_text("wild")
    spool = tmp_path / "spool.jsonl"
    line = {"conversation": "c", "id": 1, "sent_at": "2026-11-24T09:30:00Z", "text": "hello"}
    spool.write_text(json.dumps(line) + "\n", encoding="utf-8")
    with Archive.open(home / "archive.db") as archive, Reader.open(home / "archive.db") as reader:
        rows = [
            archive.add_source(NewSource(kind, kind, str(path), "mark"))
            for kind, path in (("wild", tmp_path / "wild"), ("spool", spool))
        ]
        failed, read = sync_sources(archive, rows, AT)
        assert isinstance(failed.error, PluginFailed)
        assert read.counts.added == 1
        assert [row.error is None for row in reader.sources()] == [False, True]


def test_a_plug_in_that_fails_to_probe_hides_no_other_store(
    wild: type[Wild], tmp_path: Path, settings: SourceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wild.place, wild.error = "probe", ValueError()
    sys.modules["calm_plug_in"] = cast(
        "Any", type("M", (), {"Calm": type("C", (Wild,), {"kind": "zen"})})
    )
    entries = [
        EntryPoint("wild", "wild_plug_in:Wild", registry.ENTRY_POINT_GROUP),
        EntryPoint("zen", "calm_plug_in:Calm", registry.ENTRY_POINT_GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: entries)
    (tmp_path / "wild").write_text("wild")
    assert get_source(tmp_path / "wild", settings=settings).kind == "zen"
    del sys.modules["calm_plug_in"]


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"kind": "other"}, "is not of the kind 'wild' it is named"),
        ({"label": None}, "lacks label"),
        ({"unread_origin": "me"}, "lacks label, unread_origin"),
        ({"is_live": "no"}, "lacks label, unread_origin or is_live"),
    ],
)
def test_a_class_that_does_not_say_what_it_is_is_refused(
    wild: type[Wild], attributes: dict[str, Any], reason: str
) -> None:
    for name, value in attributes.items():
        setattr(wild, name, value)
    with pytest.raises(PluginFailed, match=reason):
        load_plugin(EntryPoint("wild", "wild_plug_in:Wild", registry.ENTRY_POINT_GROUP))

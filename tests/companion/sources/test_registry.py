"""The source of a store is found by what is in it, and what is no store is refused in words."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest

from companion.errors import NotAStore, PluginFailed, StoreLocked, StoreUnreadable
from companion.sources import registry, sqlite_store
from companion.sources.interface import Change, Source, SourceSettings, UnreadOrigin
from companion.sources.registry import get_source, list_kinds, load_source_class

DATA = Path(__file__).parents[2] / "data"
NO_STORES = {"AddressBook-v22.abcddb", "target.json"}
SAMPLES = sorted(
    file
    for kind in list_kinds()
    for file in (DATA / kind).rglob("*.*")
    if file.is_file() and file.name not in NO_STORES and file.suffix != ".sql"
)
OTHERS = sorted(file for file in DATA.rglob("*") if file.name in NO_STORES or file.suffix == ".sql")


def name_sample(file: Path) -> str:
    return str(file.relative_to(DATA))


class NotesSource(Source):
    """A source as a third party would write it."""

    kind: ClassVar[str] = "notes"
    label: ClassVar[str] = "Notes"
    unread_origin: ClassVar[UnreadOrigin] = "mark"
    is_live: ClassVar[bool] = False

    @classmethod
    def probe(cls, path: Path) -> bool:
        return path.is_file() and path.read_bytes().startswith(b"NOTES")

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        yield from ()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Installs a plug-in of that name for the test."""

    def install(name: str, value: str) -> None:
        def entry_points(*, group: str) -> list[EntryPoint]:
            return [EntryPoint(name, value, group)]

        monkeypatch.setattr(registry, "entry_points", entry_points)

    return install


@pytest.mark.parametrize("sample", SAMPLES, ids=name_sample)
def test_every_sample_is_recognised_whatever_its_name_and_by_its_own_source_alone(
    sample: Path, tmp_path: Path, settings: SourceSettings
) -> None:
    renamed = tmp_path / "renamed"
    shutil.copyfile(sample, renamed)
    claims = [kind for kind in list_kinds() if load_source_class(kind).probe(renamed)]
    assert claims == [sample.relative_to(DATA).parts[0]]
    source = get_source(renamed, settings=settings)
    assert source.kind == claims[0]
    assert (source.path, source.settings) == (renamed, settings)


@pytest.mark.parametrize("file", OTHERS, ids=name_sample)
def test_what_lies_beside_the_samples_is_nobodys(file: Path, settings: SourceSettings) -> None:
    with pytest.raises(NotAStore, match="not a store that any source recognises; name its kind"):
        get_source(file, settings=settings)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\nworld\n",
        b"\x00" * 1000,
        b"\xff\xfe",
        b"PK\x05\x06" + b"\x00" * 18,
        b"SQLite format 3\x00" + b"\x00" * 84,
        b"{}",
        b"[1, 2]",
        b'{"name": "no chat"}',
        b"Date,Amount\n2026-01-01,5\n",
        "오늘 회의 내용: 예산 : 확정\n".encode(),
        b"2026-01-01 12:00 - backup done\n",
        b"%PDF-1.7\n",
    ],
)
def test_other_files_are_nobodys(content: bytes, tmp_path: Path, settings: SourceSettings) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotAStore):
        get_source(tmp_path / "file", settings=settings)


def test_another_database_is_nobodys(tmp_path: Path, settings: SourceSettings) -> None:
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        database.execute("CREATE TABLE message (id)")
    with pytest.raises(NotAStore):
        get_source(tmp_path / "history.db", settings=settings)


@pytest.mark.parametrize("kind", [None, "kakaotalk", "imessage"])
def test_what_is_not_there_and_what_is_empty_is_said_so(
    kind: str | None, tmp_path: Path, settings: SourceSettings
) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(NotAStore, match="does not exist; check the path"):
        get_source(tmp_path / "none", kind, settings=settings)
    with pytest.raises(NotAStore, match="does not exist"):
        get_source(tmp_path / "empty" / "below", kind, settings=settings)
    with pytest.raises(NotAStore, match="is empty; export it again"):
        get_source(tmp_path / "empty", kind, settings=settings)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, settings: SourceSettings) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAStore, match="neither a file nor a folder"):
        get_source(tmp_path / "pipe", settings=settings)


def test_a_folder_around_a_store_leads_to_the_store(
    tmp_path: Path, settings: SourceSettings
) -> None:
    (tmp_path / "a note.txt").write_text("hello")
    with pytest.raises(NotAStore, match="a folder without a store; name the exported file"):
        get_source(tmp_path, settings=settings)
    sample = DATA / "instagram" / "joweich+chat-miner" / "test_export.json"
    unpacked = tmp_path / "of 2024"
    (unpacked / "inbox").mkdir(parents=True)
    shutil.copyfile(sample, unpacked / "inbox" / "message_1.json")
    assert _suggested(tmp_path, settings) == unpacked
    shutil.copyfile(DATA / "imessage" / "xevg+imessagedb" / "chat.db", tmp_path / "chat.db")
    assert _suggested(tmp_path, settings) == tmp_path / "chat.db"


def _suggested(folder: Path, settings: SourceSettings) -> Path:
    with pytest.raises(NotAStore) as refusal:
        get_source(folder, settings=settings)
    assert refusal.value.next_step is not None
    return Path(refusal.value.next_step.removeprefix("name the store in it: "))


def test_a_forbidden_store_is_told_from_a_missing_one(
    tmp_path: Path, settings: SourceSettings, forbidden: None
) -> None:
    with pytest.raises(StoreUnreadable, match="permission denied; give your user the right"):
        get_source(tmp_path / "chat.db", settings=settings)


def test_under_the_library_full_disk_access_is_the_remedy(
    tmp_path: Path, settings: SourceSettings, forbidden: None
) -> None:
    store = Path.home() / "Library" / "Messages" / "chat.db"
    with pytest.raises(StoreUnreadable, match="Full Disk Access"):
        get_source(store, settings=settings)


def test_a_locked_store_is_said_to_be_locked(
    tmp_path: Path, settings: SourceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "BUSY_S", 0.05)
    path = tmp_path / "chat.db"
    shutil.copyfile(DATA / "imessage" / "xevg+imessagedb" / "chat.db", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked):
            get_source(path, settings=settings)


def test_a_named_kind_is_taken_at_its_word(tmp_path: Path, settings: SourceSettings) -> None:
    (tmp_path / "odd").write_text("no stamp in sight")
    assert get_source(tmp_path / "odd", "kakaotalk", settings=settings).kind == "kakaotalk"


def test_an_unknown_kind_is_refused_with_the_known_ones(
    tmp_path: Path, settings: SourceSettings
) -> None:
    (tmp_path / "file").write_text("hello")
    with pytest.raises(NotAStore, match="no source of kind 'icq'; use one of imessage, "):
        get_source(tmp_path / "file", "icq", settings=settings)


def test_a_plug_in_is_found_like_our_own(
    install: Callable[[str, str], None], tmp_path: Path, settings: SourceSettings
) -> None:
    sys.modules["notes_plug_in"] = sys.modules[__name__]
    install("notes", "notes_plug_in:NotesSource")
    (tmp_path / "notes").write_bytes(b"NOTES")
    assert list_kinds()[-1] == "notes"
    assert isinstance(get_source(tmp_path / "notes", settings=settings), NotesSource)
    del sys.modules["notes_plug_in"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("no_such_module:X", "cannot be loaded"),
        ("json:NoSuchName", "cannot be loaded"),
        ("json:dumps", "is not a Source"),
    ],
)
def test_a_broken_plug_in_is_told_and_leaves_our_own_alone(
    value: str,
    reason: str,
    install: Callable[[str, str], None],
    tmp_path: Path,
    settings: SourceSettings,
) -> None:
    install("broken", value)
    (tmp_path / "file").write_text("hello")
    with pytest.raises(PluginFailed, match=f"{reason}.*; update or uninstall"):
        get_source(tmp_path / "file", settings=settings)
    sample = DATA / "imessage" / "xevg+imessagedb" / "chat.db"
    assert get_source(sample, settings=settings).kind == "imessage"


def test_a_plug_in_cannot_take_the_place_of_our_own(
    install: Callable[[str, str], None],
) -> None:
    install("imessage", "json:dumps")
    assert list_kinds().count("imessage") == 1
    assert load_source_class("imessage").__name__ == "IMessageSource"


def test_listing_the_kinds_imports_no_source() -> None:
    code = (
        "import sys; from companion.sources.registry import list_kinds; list_kinds();"
        "print(*(name for name in sys.modules if name.startswith('companion.sources.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(run.stdout.split()) == [
        "companion.sources.foreign",
        "companion.sources.interface",
        "companion.sources.permission",
        "companion.sources.registry",
    ]

"""Exports of many files are opened alike, zipped or not, and never trusted."""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from companion.errors import NotAStore, StoreBroken, StoreUnreadable
from companion.sources import zip_members
from companion.sources.bundles import Bundle, BundleSource, get_text, open_bundle
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    Skipped,
    SourceSettings,
)

FILES: dict[str, object] = {
    "a.json": [{"n": 1}, {"n": 2}],
    "below/b.json": {"head": {"name": "x", "size": 3}, "list": [{"n": 3}], "end": True},
}


class Notes(BundleSource):
    """Tells one conversation for each file."""

    kind = "notes"
    label = "Notes"
    export_again = "export it again"
    depth = 2

    @classmethod
    def is_part(cls, name: str) -> bool:
        return name != "cache.json"

    @classmethod
    def recognise(cls, bundle: Bundle) -> bool:
        return "a.json" in bundle.names

    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        for name in bundle.names:
            yield ConversationFound(name, "", "group")


def write_folder(folder: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")
    return folder


def write_zip(path: Path, files: dict[str, object]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, json.dumps(content))
    return path


def list_names(path: Path, depth: int = 2) -> tuple[str, ...]:
    with open_bundle(path, depth, "export it again") as bundle:
        return bundle.names


def read_objects(raw: bytes, place: str, tmp_path: Path) -> list[object]:
    (tmp_path / "file").write_bytes(raw)
    with open_bundle(tmp_path / "file", 1, "") as bundle:
        return list(bundle.read_objects("file", place))


def test_a_zip_and_the_folder_unpacked_from_it_hold_the_same(tmp_path: Path) -> None:
    for path in (write_folder(tmp_path / "folder", FILES), write_zip(tmp_path / "x.zip", FILES)):
        with open_bundle(path, 2, "") as bundle:
            assert bundle.names == ("a.json", "below/b.json")
            assert list(bundle.read_objects("a.json", "item")) == [{"n": 1}, {"n": 2}]
            assert list(bundle.read_objects("below/b.json", "list.item")) == [{"n": 3}]
            facts = {"head.name": "x", "head.size": 3, "list.item.n": 3, "end": True}
            assert bundle.read_facts("below/b.json") == facts


def test_one_file_is_a_bundle_whatever_it_is_called(tmp_path: Path) -> None:
    assert read_objects(b'\xef\xbb\xbf[{"a": 1}]', "item", tmp_path) == [{"a": 1}]
    with pytest.raises(NotAStore), open_bundle(tmp_path / "gone", 1, ""):
        pass


def test_names_that_lead_out_of_the_bundle_are_not_in_it(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "x.zip",
        {
            "ok.json": 1,
            "../up.json": 1,
            "/root.json": 1,
            "a/../../b.json": 1,
            "__MACOSX/._a.json": 1,
            "folder.json/": 1,
            "nameless.json": 1,
        },
    )
    link = zipfile.ZipInfo("link.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    path.write_bytes(path.read_bytes().replace(b"nameless", b"\0ameless"))  # a name ends at NUL
    assert list_names(path) == ("ok.json",)


def test_links_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = write_folder(tmp_path / "outside", {"secret.json": [{}]})
    folder = write_folder(tmp_path / "folder", {"ok.json": []})
    (folder / "link.json").symlink_to(outside / "secret.json")
    (folder / "below").symlink_to(outside, target_is_directory=True)
    os.mkfifo(folder / "pipe.json")
    assert list_names(folder) == ("ok.json",)


def test_a_folder_is_read_no_deeper_than_its_kind_lies(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "f", {"a.json": 1, "b/c.json": 1, "b/d/e.json": 1})
    assert [len(list_names(folder, depth)) for depth in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("raw", "entries"),
    [
        (b'[{"a": 1}, 2, {"a": 3}]', [{"a": 1}, "file: entry 2 is not an object", {"a": 3}]),
        (b'[{"a": 1}, {"a"', [{"a": 1}, "file is cut off or damaged after 1 entries"]),
        (b'[{"a": 1}, ]', [{"a": 1}, "file is cut off or damaged after 1 entries"]),
        (b"", ["file is cut off or damaged after 0 entries"]),
        (b'[{"a": "\xff\x01"}]', [{"a": "\ufffd "}]),
        (b'{"a": []}', []),
        (b"[" * 5000 + b"]" * 5000, ["file: entry 1 is not an object"]),
    ],
)
def test_what_is_whole_is_read_and_damage_is_told(
    raw: bytes, entries: list[object], tmp_path: Path
) -> None:
    told = [
        part.reason if isinstance(part, Skipped) else part
        for part in read_objects(raw, "item", tmp_path)
    ]
    assert told == entries


def test_the_facts_of_a_long_file_are_those_of_its_head(tmp_path: Path) -> None:
    path = write_folder(tmp_path, {"a.json": {"name": "x", "long": ["y" * 99999], "end": 1}})
    with open_bundle(path, 1, "") as bundle:
        assert bundle.read_facts("a.json") == {"name": "x"}


def test_damage_to_one_file_of_a_zip_is_told_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", '[{"text": "abcdef"}]')
    path.write_bytes(path.read_bytes().replace(b"abcdef", b"abcdeg", 1))
    with open_bundle(path, 1, "") as bundle:
        assert bundle.read_facts("a.json") == {}
        (damage,) = bundle.read_objects("a.json", "item")
    assert isinstance(damage, Skipped)
    assert damage.reason.startswith("a.json is cut off or damaged")


def set_in_directory(path: Path, offset: int, value: bytes) -> None:
    """Writes into the central directory's first entry (APPNOTE.TXT 4.3.12)."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + offset
    raw[at : at + len(value)] = value
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (8, struct.pack("<H", zip_members.ENCRYPTED), "is encrypted; unpack it"),
        (24, struct.pack("<I", zip_members.LIMIT_BYTES + 1), "which no chat does; export it again"),
        (10, struct.pack("<H", 99), "cannot unpack"),
    ],
    ids=["encrypted", "bomb", "method"],
)
def test_danger_in_a_zip_is_refused_when_it_is_read(
    offset: int, value: bytes, reason: str, tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "x.zip", {"a.json": []})
    set_in_directory(path, offset, value)
    with (
        pytest.raises(StoreBroken, match=reason),
        open_bundle(path, 1, "export it again") as bundle,
    ):
        list(bundle.read_objects("a.json", "item"))


@given(kept=st.floats(0.01, 0.99))
@hypothesis_settings(max_examples=20, deadline=None)
def test_a_zip_cut_off_is_broken(kept: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_zip(tmp_path_factory.mktemp("zip") / "x.zip", FILES)
    raw = path.read_bytes()
    path.write_bytes(raw[: max(4, int(len(raw) * kept))])
    with pytest.raises(StoreBroken, match="cut off or damaged; export it again"):
        list_names(path)


def read(path: Path, settings: SourceSettings, cursor: str | None = None) -> tuple[list[str], str]:
    """Keys of the conversations told, and the new cursor."""
    *changes, last = Notes(path, settings).read(cursor)
    assert isinstance(last, CursorAdvanced)
    return [change.key for change in changes if isinstance(change, ConversationFound)], last.cursor


def test_a_folder_is_read_again_when_any_of_its_files_changes(
    tmp_path: Path, settings: SourceSettings
) -> None:
    folder = write_folder(tmp_path / "f", FILES)
    keys, cursor = read(folder, settings)
    assert keys == ["a.json", "below/b.json"]
    assert read(folder, settings, cursor) == ([], cursor)
    os.utime(folder / "a.json", (1, 1))
    assert read(folder, settings, cursor)[0] == []
    write_folder(folder, {"cache.json": 1})
    assert read(folder, settings, cursor)[0] == []
    (folder / "cache.json").unlink()
    write_folder(folder, {"below/b.json": 2})
    assert read(folder, settings, cursor)[0] == keys
    write_folder(folder, {"below/c.json": 2})
    assert read(folder, settings, cursor)[0] == [*keys, "below/c.json"]


def test_a_bundle_without_a_conversation_is_broken(
    tmp_path: Path, settings: SourceSettings
) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(StoreBroken, match="holds no conversation of Notes; export it again"):
        list(Notes(tmp_path / "f", settings).read())


@pytest.fixture
def strangers_folder() -> Iterator[Path]:
    """A folder with a store in it that everyone may open, and a folder that nobody may."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_folder(Path(name), {**FILES, "closed/c.json": 1})
        folder.chmod(0o755)
        (folder / "closed").chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        yield folder
        os.seteuid(user)
        (folder / "closed").chmod(0o700)


def test_a_closed_folder_inside_stops_a_reading_and_no_probe(
    strangers_folder: Path, settings: SourceSettings
) -> None:
    assert Notes.probe(strangers_folder)
    with pytest.raises(StoreUnreadable, match="permission denied"):
        list(Notes(strangers_folder, settings).read())


def test_probing_refuses_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and no more")
    assert not Notes.probe(tmp_path / "x.zip")
    assert not Notes.probe(tmp_path / "gone")
    assert not Notes.probe(tmp_path)
    assert Notes.probe(write_zip(tmp_path / "y.zip", FILES))


@pytest.mark.parametrize(
    ("value", "text"), [("a\r\nb\rc\0", "a\nb\nc"), (None, ""), (3, ""), ({}, ""), ("", "")]
)
def test_texts_are_strings_without_nul(value: object, text: str) -> None:
    assert get_text({"key": value}, "key") == text

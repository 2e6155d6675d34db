"""A store made to do harm is refused or read without it: bombs, names and links that lead out.

Nothing is ever written, and what lies outside of a store is never told.
"""

from __future__ import annotations

import shutil
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from companion.errors import NotAStore, SourceError, StoreBroken
from companion.sources.interface import Change, MessageFound, Skipped, SourceSettings
from companion.sources.registry import load_source_class

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample

MakeSample = Callable[[str], tuple["Sample", Path]]

ZIPPED = ("discord", "element", "facebook", "googlechat", "instagram", "slack", "whatsapp")
FOLDERS = ("discord", "element", "facebook", "googlechat", "instagram", "slack")
SETTINGS = SourceSettings(ZoneInfo("UTC"), ("Kim",))
BOMB_BYTES = 32 << 20
NAMES = ("../../up{}", "/root{}", "C:\\drive{}", "..\\..\\up{}", "a/../../b{}")


def read(kind: str, path: Path) -> list[Change]:
    return list(load_source_class(kind)(path, SETTINGS).read())


def list_texts(changes: list[Change]) -> list[str]:
    return [change.text for change in changes if isinstance(change, MessageFound)]


def look(folder: Path) -> list[tuple[str, int]]:
    """Every file below, with its size."""
    return sorted((str(file), file.lstat().st_size) for file in folder.rglob("*"))


@pytest.fixture
def zipped(build: MakeSample, tmp_path: Path) -> Callable[[str], Path]:
    """The sample of a kind in a zip of its own."""

    def pack(kind: str) -> Path:
        sample, _ = build(kind)
        target = tmp_path / "zipped" / "export.zip"
        target.parent.mkdir()
        if zipfile.is_zipfile(sample.path):
            shutil.copyfile(sample.path, target)
        else:
            with zipfile.ZipFile(target, "w") as archive:
                archive.write(sample.path, sample.path.name)
        return target

    return pack


def unpack(path: Path) -> Path:
    """The folder unpacked from a zip, as people give it."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(path.parent / "unpacked")
    takeout = path.parent / "unpacked" / "Takeout"
    return takeout if takeout.exists() else takeout.parent


def repack(path: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    """Write a zip anew with the name and the bytes of each member changed."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members:
            archive.writestr(*change(name, raw))


@pytest.mark.parametrize("kind", ZIPPED)
def test_a_zip_that_swells_a_hundredfold_is_refused(
    kind: str, zipped: Callable[[str], Path]
) -> None:
    path = zipped(kind)
    repack(path, lambda name, raw: (name, raw + b" " * BOMB_BYTES))
    with pytest.raises(StoreBroken, match="which no chat does"):
        read(kind, path)


@pytest.mark.parametrize("kind", ZIPPED)
def test_a_zip_that_holds_more_than_it_claims_is_read_no_further_than_it_claims(
    kind: str, zipped: Callable[[str], Path]
) -> None:
    path = zipped(kind)
    repack(path, lambda name, raw: (name, raw + b" " * BOMB_BYTES))
    raw = bytearray(path.read_bytes())
    at = 0
    while (at := raw.find(b"PK\x01\x02", at)) >= 0:
        raw[at + 24 : at + 28] = struct.pack("<I", 200)  # APPNOTE.TXT 4.3.12
        at += 4
    path.write_bytes(raw)
    with suppress(SourceError):
        assert len(list_texts(read(kind, path))) <= 1


@pytest.mark.parametrize("kind", ZIPPED)
def test_a_zip_in_a_zip_is_not_opened(
    kind: str, zipped: Callable[[str], Path], tmp_path: Path
) -> None:
    inner = zipped(kind)
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "inner.zip")
        archive.write(inner, "inner.json")
    assert not load_source_class(kind).probe(outer)
    with pytest.raises(StoreBroken):
        read(kind, outer)


@pytest.mark.parametrize("kind", ZIPPED)
@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_out_of_a_zip_lead_nowhere(
    kind: str, name: str, zipped: Callable[[str], Path], tmp_path: Path
) -> None:
    path = zipped(kind)
    suffix = ".txt" if kind == "whatsapp" else ".json"
    outside = tmp_path / f"b{suffix}"
    outside.write_text("secret")
    with zipfile.ZipFile(path, "a") as archive:
        member = zipfile.ZipInfo(name.format(suffix))
        member.filename = name.format(suffix)  # as it is: ZipInfo knows the system's separator
        archive.writestr(member, "[]")
    before = look(tmp_path)
    changes = read(kind, path)
    assert len(list_texts(changes)) >= 3
    assert "secret" not in repr(changes)
    assert look(tmp_path) == before
    if kind in FOLDERS:
        assert any("leads out of the export" in c.reason for c in changes if isinstance(c, Skipped))


def test_a_link_in_a_zip_is_not_followed(zipped: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('[{"text": "secret"}]')
    path = zipped("slack")
    link = zipfile.ZipInfo("general/2023-11-15.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "../../secret.json")
    changes = read("slack", path)
    assert Skipped(f"{link.filename} is a link or leads out of the export, not followed") in changes
    assert "secret" not in repr(changes).replace("secret.json", "")


@pytest.mark.parametrize("kind", FOLDERS)
def test_links_in_an_unpacked_export_are_told_and_not_followed(
    kind: str, zipped: Callable[[str], Path], tmp_path: Path
) -> None:
    folder, outside = unpack(zipped(kind)), tmp_path / "outside"
    outside.mkdir()
    told = list_texts(read(kind, folder))
    file = max((f for f in folder.rglob("*.json")), key=lambda f: f.stat().st_size)
    shutil.copyfile(file, outside / file.name)
    (file.parent / "linked.json").symlink_to(outside / file.name)
    changes = read(kind, folder)
    assert list_texts(changes) == told
    (skipped,) = [c for c in changes if isinstance(c, Skipped) and "not followed" in c.reason]
    assert skipped.reason.startswith(str((file.parent / "linked.json").relative_to(folder)))


@pytest.mark.parametrize("kind", ["spool", "signal-cli"])
def test_links_among_the_files_of_a_folder_are_told_once_and_not_followed(
    kind: str, build: MakeSample, tmp_path: Path
) -> None:
    _, root = build(kind)
    folder = tmp_path / "folder"
    shutil.copytree(root, folder)
    told = list_texts(read(kind, folder))
    outside = shutil.copyfile(next(iter(sorted(root.iterdir()))), tmp_path / "outside.jsonl")
    (folder / "linked.jsonl").symlink_to(outside)
    (folder / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    changes = read(kind, folder)
    assert list_texts(changes) == told
    for name in ("gone.jsonl", "linked.jsonl"):
        assert Skipped(f"{name} is a link, not followed") in changes


@pytest.mark.parametrize(("kind", "name"), [("whatsapp", "_chat.txt"), ("telegram", "result.json")])
def test_a_folder_whose_one_file_is_a_link_is_no_store_until_the_file_is_named(
    kind: str, name: str, build: MakeSample, tmp_path: Path
) -> None:
    sample, _ = build(kind)
    (tmp_path / name).symlink_to(sample.path)
    assert not load_source_class(kind).probe(tmp_path)
    with pytest.raises(NotAStore, match="is a link; give the file"):
        read(kind, tmp_path)
    assert load_source_class(kind).probe(tmp_path / name)
    assert read(kind, tmp_path / name)


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_links_to_itself_is_read_once(
    kind: str, zipped: Callable[[str], Path]
) -> None:
    folder = unpack(zipped(kind))
    told = list_texts(read(kind, folder))
    (folder / "again").symlink_to(folder)
    assert list_texts(read(kind, folder)) == told

"""A line of 100 MB in a file is passed over and told, in memory that does not grow with it.

Every kind that reads files is read in a process of its own, which may take `ROOM_BYTES` more
than a first reading took. Databases are not among them: SQLite gives a value whole.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample

LINE_BYTES = 100_000_000
ROOM_BYTES = 80_000_000
BLOCK = b"ab " * 10_000

TELLING = {
    "kakaotalk": "longer than 1 MiB, left out",
    "line": "longer than 1 MiB, left out",
    "whatsapp": "longer than 1 MiB, left out",
    "spool": "longer than 16 MiB",
    "signal-cli": "longer than 16 MiB",
    "telegram": "cut off or damaged after",
    "discord": "no message for 8 MiB",
    "element": "no message for 8 MiB",
    "facebook": "no message for 8 MiB",
    "instagram": "no message for 8 MiB",
    "slack": "no message for 8 MiB",
    "googlechat": "no message for 8 MiB",
    "maildir": "",
    "mbox": "",
}
"""What is told of the line; mails are read as far as their first 4 MiB."""

READER = """
import resource, sys
from pathlib import Path
from zoneinfo import ZoneInfo
from companion.sources.interface import Skipped, SourceSettings
from companion.sources.registry import load_source_class
kind, short, long, room = sys.argv[1:]
def read(path):
    source = load_source_class(kind)
    source.probe(Path(path))
    for change in source(Path(path), SourceSettings(ZoneInfo("UTC"), ("Kim",))).read():
        if isinstance(change, Skipped):
            print(change.line, change.reason)
read(short)
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + int(room)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
read(long)
"""


def lengthen(folder: Path, text: str) -> None:
    """Put the line into the middle of a text in whichever file of a store holds it."""
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        if zipfile.is_zipfile(file):
            lengthen_member(file, text)
            return
        raw = file.read_bytes()
        if text.encode() in raw:
            with file.open("wb") as stream:
                for part in lengthen_bytes(raw, text):
                    stream.write(part)
            return
    raise AssertionError(text)


def lengthen_member(path: Path, text: str) -> None:
    """Stored, not packed: that many equal blocks would be a bomb."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in members.items():
            with archive.open(name, "w") as stream:
                for part in lengthen_bytes(raw, text):
                    stream.write(part)


def lengthen_bytes(raw: bytes, text: str) -> list[bytes]:
    before, found, after = raw.partition(text.encode())
    blocks = [BLOCK] * (LINE_BYTES // len(BLOCK)) if found else []
    return [before, found, *blocks, after]


@pytest.mark.skipif(sys.platform != "linux", reason="limits address space as Linux does")
@pytest.mark.parametrize("kind", TELLING)
def test_a_line_of_a_hundred_megabytes_is_told_in_bounded_memory(
    kind: str, build: Callable[[str], tuple[Sample, Path]], tmp_path: Path
) -> None:
    sample, root = build(kind)
    shutil.copytree(root, tmp_path / "copy")
    lengthen(tmp_path / "copy", sample.texts[0][:5])
    path = tmp_path / "copy" / sample.path.relative_to(root)
    told = subprocess.run(
        [sys.executable, "-c", READER, kind, sample.path, path, str(ROOM_BYTES)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert TELLING[kind] in told.stdout
    shutil.rmtree(tmp_path / "copy")

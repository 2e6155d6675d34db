"""Files to which somebody appends: what of them is new, and when they are read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.errors import NotAStore
from companion.sources.appending import (
    LINE_BYTES,
    AppendedLine,
    AppendedLines,
    FileMark,
    list_files,
    read_line,
)
from companion.sources.interface import Skipped


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def follow(file: Path, mark: FileMark | None = None) -> tuple[list[bytes | Skipped], FileMark]:
    """(Lines as bytes, and what was passed over; where the reading ended)."""
    lines = AppendedLines(file, mark or FileMark())
    found = [line.raw if isinstance(line, AppendedLine) else line for line in lines]
    return found, lines.mark


def test_lines_are_numbered_and_found_again_by_their_offset(file: Path) -> None:
    file.write_bytes(b"one\n\n\xff\r\n")
    lines = list(AppendedLines(file, FileMark()))
    assert lines == [AppendedLine(1, 0, b"one\n"), AppendedLine(3, 5, b"\xff\r\n")]
    assert read_line(file, 5) == b"\xff\r\n"
    assert read_line(file, 99) == b""


def test_a_line_without_its_end_waits(file: Path) -> None:
    file.write_bytes(b"one\ntw")
    found, mark = follow(file)
    assert found == [b"one\n"]
    with file.open("ab") as stream:
        stream.write(b"o\nthree\n")
    assert follow(file, mark) == ([b"two\n", b"three\n"], follow(file)[1])


@pytest.mark.parametrize("raw", [b"other\nlines\n", b"on", b"ONE\ntwo\nthree\n"])
def test_a_file_that_is_another_one_is_read_from_its_beginning(file: Path, raw: bytes) -> None:
    file.write_bytes(b"one\ntwo\n")
    _, mark = follow(file)
    file.write_bytes(raw)
    assert follow(file, mark) == follow(file)


def test_a_line_longer_than_any_message_is_passed_over(file: Path) -> None:
    file.write_bytes(b"one\n" + b"x" * (LINE_BYTES + 1) + b"\ntwo\n")
    found, mark = follow(file)
    assert found == [b"one\n", Skipped("longer than 16 MiB", 2), b"two\n"]
    assert mark.lines == 3
    assert follow(file, mark) == ([], mark)


def test_a_long_line_that_is_still_growing_waits(file: Path) -> None:
    file.write_bytes(b"one\n" + b"x" * (LINE_BYTES + 1))
    found, mark = follow(file)
    assert (found, mark.offset) == ([b"one\n"], 4)


def test_a_file_or_the_files_of_a_folder_are_listed(file: Path, tmp_path: Path) -> None:
    file.touch()
    (tmp_path / "0.jsonl").touch()
    (tmp_path / "notes.txt").touch()
    assert list_files(file) == [file]
    assert list_files(tmp_path) == [tmp_path / "0.jsonl", file]
    with pytest.raises(NotAStore):
        list_files(tmp_path / "gone")

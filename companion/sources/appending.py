"""Follows files to which another program appends lines; knows no format and no messages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from companion.sources.exports import translate_os_errors
from companion.sources.interface import Skipped

LINE_BYTES = 16 * 1024 * 1024
"""A longer line is no message; it is passed over in pieces, so memory stays small."""

_TAIL_BYTES = 256


@dataclass(frozen=True, slots=True)
class FileMark:
    """How far a file was read."""

    inode: int = -1
    offset: int = 0
    """In bytes, always behind a line feed."""

    lines: int = 0
    tail: str = ""
    """Hash of the last bytes above the offset: a file rewritten in place keeps its inode."""


class AppendedLine(NamedTuple):
    """A whole line, its line feed included."""

    number: int
    """1-based."""

    offset: int
    """Where it begins, in bytes."""

    raw: bytes


class AppendedLines:
    """The lines of a file below a mark: iterate once, then look at `mark`.

    A file that was replaced, rewritten or cut short is read from its beginning. A last line
    without its line feed is still being written and left for the next time; blank lines are
    left out. Iterating raises the errors of `translate_os_errors`.
    """

    def __init__(self, file: Path, mark: FileMark) -> None:
        self.mark = mark
        """At the end of the iteration: where the next reading goes on."""

        self._file = file

    def __iter__(self) -> Iterator[AppendedLine | Skipped]:
        with translate_os_errors(self._file), self._file.open("rb") as stream:
            inode = os.fstat(stream.fileno()).st_ino
            if inode != self.mark.inode or hash_tail(stream, self.mark.offset) != self.mark.tail:
                self.mark = FileMark()
            yield from self._read(stream)
            offset, lines = self.mark.offset, self.mark.lines
            self.mark = FileMark(inode, offset, lines, hash_tail(stream, offset))

    def _read(self, stream: BinaryIO) -> Iterator[AppendedLine | Skipped]:
        start, number = self.mark.offset, self.mark.lines
        stream.seek(start)
        while (raw := stream.readline(LINE_BYTES)).endswith(b"\n") or len(raw) == LINE_BYTES:
            is_whole = raw.endswith(b"\n")
            if not is_whole and not _pass_over_line(stream):
                break
            number += 1
            offset, start = start, start + len(raw) if is_whole else stream.tell()
            if not is_whole:
                yield Skipped(f"longer than {LINE_BYTES >> 20} MiB", number)
            elif raw.strip():
                yield AppendedLine(number, offset, raw)
        self.mark = FileMark(self.mark.inode, start, number)


def read_line(file: Path, offset: int) -> bytes:
    """The line that begins at an offset; b"" where there is none (any more)."""
    with translate_os_errors(file), file.open("rb") as stream:
        stream.seek(offset)
        return stream.readline(LINE_BYTES)


def list_files(path: Path) -> list[Path]:
    """The file itself, or the `*.jsonl` of a folder by name; links in it are not followed.

    Raises `NotAStore`, `StoreBroken` and `StoreUnreadable`.
    """
    with translate_os_errors(path):
        if path.is_file():
            return [path]
        files = (file for file in path.iterdir() if file.suffix == ".jsonl" and file.is_file())
        return sorted(file for file in files if not file.is_symlink())


def hash_tail(stream: BinaryIO, offset: int) -> str:
    """Hash of the bytes that end at an offset; moves the stream."""
    start = max(0, offset - _TAIL_BYTES)
    stream.seek(start)
    return hashlib.blake2b(stream.read(offset - start), digest_size=8).hexdigest()


def _pass_over_line(stream: BinaryIO) -> bool:
    """Read on to the end of a line; False where the file ends before it does."""
    while raw := stream.readline(LINE_BYTES):
        if raw.endswith(b"\n"):
            return True
    return False

"""Groups the lines of an export into entries: a stamp and all lines up to the next one."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import BinaryIO, NamedTuple

from companion.sources.decoding import decode_lines
from companion.sources.interface import Skipped
from companion.sources.whatsapp.headers import Header, Shape, match_header


class Entry(NamedTuple):
    """A message or system line, raw."""

    line: int
    """1-based, of its stamp."""

    header: Header
    more_lines: list[str]
    """The lines after the first one."""


def read_entries(stream: BinaryIO, shapes: Container[Shape]) -> Iterator[Entry | Skipped]:
    """Every entry of a seekable stream; stamps of other shapes than `shapes` are body text."""
    entry: Entry | None = None
    has_stray = False
    for line in decode_lines(stream):
        if isinstance(line, Skipped):
            yield line
            continue
        header = match_header(line.text)
        if header is not None and header.shape in shapes:
            if entry is not None:
                yield entry
            entry = Entry(line.number, header, [])
        elif entry is not None:
            entry.more_lines.append(line.text)
        elif line.text.strip() and not has_stray:
            has_stray = True
            yield Skipped("text before the first message", line.number)
    if entry is not None:
        yield entry

"""Reads the table export of Mac and newer PC clients (`Date,User,Message`) into entries."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from companion.sources.decoding import Line
from companion.sources.interface import Skipped
from companion.sources.kakaotalk.grammar import TABLE_HEADER
from companion.sources.kakaotalk.transcript import Entry
from companion.sources.kakaotalk.wording import is_system_row

_AT = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_ROW_START = re.compile(f'"?{_AT}"?,')
# Inside an open quote only this ends the row: a pasted row has its quotes doubled there.
_QUOTED_ROW_START = re.compile(f'{_AT},(?:"(?!")|"",)')
_ROW = re.compile(f'"?(?P<at>{_AT})"?,"?(?P<user>.*?)"?,"(?P<text>.*?)"?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _RawRow:
    number: int
    """Of its first line."""

    text: str


def read_table(lines: Iterable[Line | Skipped]) -> Iterator[Entry | Skipped]:
    """Every row in file order.

    A row begins at a line with a time and ends above the next: one quote that was never closed
    costs its own row at most.
    """
    for row in _split_rows(lines):
        yield row if isinstance(row, Skipped) else _parse_row(row)


def _split_rows(lines: Iterable[Line | Skipped]) -> Iterator[_RawRow | Skipped]:
    number, parts, is_quoted = 0, list[str](), False
    for line in lines:
        if isinstance(line, Skipped):
            yield line
        elif (_QUOTED_ROW_START if is_quoted else _ROW_START).match(line.text):
            if parts:
                yield _RawRow(number, "\n".join(parts))
            number, parts, is_quoted = line.number, [line.text], line.text.count('"') % 2 == 1
        elif parts:
            parts.append(line.text)
            is_quoted ^= line.text.count('"') % 2 == 1
        elif line.text.strip() and line.text != TABLE_HEADER:
            yield Skipped("a row without a time", line.number)
    if parts:
        yield _RawRow(number, "\n".join(parts))


def _parse_row(row: _RawRow) -> Entry | Skipped:
    fields = _split_fields(row.text)
    if fields is None:
        return Skipped("a row that is not time, user and message", row.number)
    at, user, text = fields
    day, _, clock = at.partition(" ")
    try:
        # Spreadsheets that saved the table again drop the zero of the hour.
        wall = datetime.fromisoformat(f"{day} {clock if clock[1:2] != ':' else '0' + clock}")
    except ValueError:
        return Skipped("a row with a time that cannot be", row.number)
    return Entry(wall, user, text, is_system_row(user, text))


def _split_fields(text: str) -> tuple[str, str, str] | None:
    """By the rules of CSV, else by the outermost quotes: some clients did not double inner ones."""
    row = text.rstrip("\n")
    try:
        records = [record for record in csv.reader([row], strict=True) if record]
    except csv.Error:
        records = []
    if len(records) == 1 and len(records[0]) == 3:
        at, user, body = records[0]
        return at, user, body
    if (match := _ROW.fullmatch(row)) is None:
        return None
    return match["at"], match["user"], match["text"].replace('""', '"')

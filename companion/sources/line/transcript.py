"""Groups the lines of an export into entries; knows neither names nor the order of dates.

Phones wrap a text of several lines in quotes, and double those inside; Windows does not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import NamedTuple

from companion.sources.decoding import Line
from companion.sources.interface import Skipped
from companion.sources.line.grammar import HEADER_LINES, Day, Shape, match_day, match_stamped

_LOOKAHEAD_CHARACTERS = 40_000
"""LINE takes messages of 10,000 characters: a quote that goes on for longer was never one."""


class Entry(NamedTuple):
    """A message or a line of the system, raw."""

    line: int
    """1-based, of its stamp."""

    day: Day
    at: time
    sender: str | None
    """None in the shape "spaced", whose text begins with it; "" for lines of the system."""

    text: str


@dataclass(slots=True)
class _Draft:
    """The entry being read: blank lines below it belong to it where more of its text follows."""

    line: int
    day: Day
    at: time
    sender: str | None
    lines: list[str]
    blanks: list[str] = field(default_factory=list)

    def add_line(self, text: str) -> None:
        if text.strip():
            self.lines += [*self.blanks, text]
            self.blanks.clear()
        else:
            self.blanks.append(text)

    def finish(self) -> Entry:
        return Entry(self.line, self.day, self.at, self.sender, "\n".join(self.lines))


def read_entries(lines: Iterable[Line | Skipped], shape: Shape) -> Iterator[Entry | Skipped]:
    """Every entry of a text export in file order; what cannot be placed is a `Skipped`.

    A time that cannot be is reported, and its line kept as text of the message above.
    """
    reader = _Reader(_Feed(iter(lines)), shape)
    while (line := reader.feed.take()) is not None:
        yield from (line,) if isinstance(line, Skipped) else reader.read_line(line)
    yield from reader.end_draft()


class _Feed:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterator[Line | Skipped]) -> None:
        self._lines = lines
        self._ahead: deque[Line | Skipped] = deque()

    def take(self) -> Line | Skipped | None:
        """None at the end."""
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def take_quoted(self, first: str) -> tuple[str, list[Skipped]] | None:
        """The text that begins with the quote `first`, and what was wrong with its lines.

        None, and nothing is taken, where no line below ends it: it was somebody's own quote.
        """
        parts = [first[1:]]
        skipped = list[Skipped]()
        size = len(first)
        if '"' in _drop_doubled(parts[0]):
            return None
        for count, line in enumerate(self._look(), start=1):
            if isinstance(line, Skipped):
                skipped.append(line)
                continue
            parts.append(line.text)
            size += len(line.text)
            _, quote, behind = _drop_doubled(line.text).partition('"')
            if quote and not behind:
                for _ in range(count):
                    self._ahead.popleft()
                return "\n".join(parts)[:-1].replace('""', '"'), skipped
            if quote or size > _LOOKAHEAD_CHARACTERS:
                return None
        return None

    def _look(self) -> Iterator[Line | Skipped]:
        yield from tuple(self._ahead)
        for line in self._lines:
            self._ahead.append(line)
            yield line


def _drop_doubled(text: str) -> str:
    return text.replace('""', "")


class _Reader:
    def __init__(self, feed: _Feed, shape: Shape) -> None:
        self.feed = feed
        self._shape: Shape = shape
        self._day: Day | None = None
        self._draft: _Draft | None = None

    def read_line(self, line: Line) -> Iterator[Entry | Skipped]:
        if stamped := match_stamped(line.text, self._shape):
            if stamped.at is None:
                yield Skipped("a time that cannot be", line.number)
                yield from self._read_more(line)
            elif self._day is None:
                yield Skipped("a message without a day line above it", line.number)
            else:
                yield from self.end_draft()
                yield from self._begin(line.number, self._day, stamped.at, stamped.rest)
        elif day := match_day(line.text):
            yield from self.end_draft()
            self._day = day
        else:
            yield from self._read_more(line)

    def end_draft(self) -> Iterator[Entry]:
        if self._draft is not None:
            yield self._draft.finish()
        self._draft = None

    def _begin(self, number: int, day: Day, at: time, rest: str) -> Iterator[Skipped]:
        sender: str | None = None
        text = rest
        if self._shape == "tabbed":
            sender, tab, text = rest.partition("\t")
            if not tab:
                sender, text = "", rest
            if text.startswith('"') and (quoted := self.feed.take_quoted(text)):
                text, skipped = quoted
                yield from skipped
        self._draft = _Draft(number, day, at, sender, [text])

    def _read_more(self, line: Line) -> Iterator[Skipped]:
        if self._draft is not None:
            self._draft.add_line(line.text)
        elif line.text.strip() and line.number > HEADER_LINES:
            yield Skipped("text above the first message", line.number)

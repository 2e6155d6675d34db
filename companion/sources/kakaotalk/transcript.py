"""Reads the text exports, line by line, into entries; knows neither ids nor conversations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

from companion.sources.decoding import Line
from companion.sources.interface import Skipped
from companion.sources.kakaotalk.grammar import (
    BracketedLine,
    DayLine,
    Shape,
    StampedLine,
    is_header_line,
    match_bracketed,
    match_plain_day,
    match_ruled_day,
    match_stamped,
)
from companion.sources.kakaotalk.wording import (
    DELETED,
    find_named,
    is_open_chat_notice,
    is_system_line,
)

_IMPOSSIBLE = "a day or time that cannot be"
_NO_MESSAGE = "text above the first message"
_NO_DAY = "a message without a day line above it"


class Entry(NamedTuple):
    """One message or line of the system, as the file has it."""

    at: datetime
    """Wall-clock time, naive."""

    sender: str
    text: str
    """The whole body, untrimmed."""

    is_system: bool


@dataclass(slots=True)
class _Draft:
    """The entry being read: it ends only where the next one begins.

    `pending` are lines below it that end it or belong to it, which only the next line shows:
    blank lines, and in the stamped shapes day lines. Blank ones inside a body are body; those
    above a day line, a line of the system or the end of the file are not.
    """

    at: datetime
    sender: str
    lines: list[str]
    is_system: bool = False
    pending: list[str] = field(default_factory=list)

    def add_line(self, text: str) -> None:
        self.lines += [*self.pending, text]
        self.pending.clear()

    def finish(self, *, keep_pending: bool) -> Entry:
        kept = [*self.lines, *self.pending] if keep_pending else self.lines
        return Entry(self.at, self.sender, "\n".join(kept), self.is_system)


def read_transcript(lines: Iterable[Line | Skipped], shape: Shape) -> Iterator[Entry | Skipped]:
    """Every entry of a text export in file order; what cannot be placed is a `Skipped`.

    A stamp that cannot be (31 February, hour 25) is reported, and its line kept as text of the
    message above where there is one: no time is invented and no text lost.
    """
    reader = _BracketedReader() if shape == "bracketed" else _StampedReader(shape)
    for line in lines:
        if isinstance(line, Skipped):
            yield line
        else:
            yield from reader.read_line(line)
    yield from reader.finish()


class _StampedReader:
    """The shapes whose every message carries its day.

    A day line (a bare stamp on Android) is one when the message below is of that day; any
    other line of that form belongs to the body above it.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape: Shape = shape
        self._draft: _Draft | None = None
        self._pending_day: date | None = None
        """Of the last day line among the draft's pending lines."""

    def read_line(self, line: Line) -> Iterator[Entry | Skipped]:
        stamped = match_stamped(line.text, self._shape)
        if stamped is None or stamped.rest is None:
            yield from self._read_rest(line, stamped or match_plain_day(line.text))
        elif stamped.at is None:
            yield Skipped(_IMPOSSIBLE, line.number)
            if self._draft is not None:
                self._draft.add_line(line.text)
        else:
            yield from self._end_draft(stamped)
            is_system = not stamped.is_message
            self._draft = _Draft(stamped.at, stamped.sender, [stamped.text], is_system)

    def finish(self) -> Iterator[Entry]:
        if self._draft is not None:
            yield self._draft.finish(keep_pending=False)

    def _read_rest(self, line: Line, day: StampedLine | DayLine | None) -> Iterator[Skipped]:
        """A line without a message of its own: blank, a day line, or text."""
        may_end = day is not None or not line.text.strip()
        if self._draft is None:
            if not may_end and not is_header_line(line.text):
                yield Skipped(_NO_MESSAGE, line.number)
        elif may_end:
            self._draft.pending.append(line.text)
            self._pending_day = day.day if day else self._pending_day
        else:
            self._draft.add_line(line.text)
            self._pending_day = None

    def _end_draft(self, below: StampedLine) -> Iterator[Entry]:
        if self._draft is not None:
            is_new_day = self._pending_day is not None and self._pending_day == below.day
            yield self._draft.finish(keep_pending=below.is_message and not is_new_day)
        self._pending_day = None


class _BracketedReader:
    """Windows: times without a day, under day lines; lines of the system without either.

    A line of the system gets the minute of the message above it, or midnight at the top of
    its day: the file does not say more.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._last: time = time()
        self._draft: _Draft | None = None
        self._is_skipping = False
        """Below a message that had no day: its further lines go with it."""

        self._names: set[str] = set()

    def read_line(self, line: Line) -> Iterator[Entry | Skipped]:
        if day := match_ruled_day(line.text):
            yield from self._end_draft(keep_pending=False)
            self._day, self._last, self._is_skipping = day.day, time(), False
            if day.day is None:
                yield Skipped("a day that cannot be", line.number)
        elif message := match_bracketed(line.text):
            yield from self._read_message(line, message)
        elif not line.text.strip():
            if self._draft is not None:
                self._draft.pending.append(line.text)
        else:
            yield from self._read_bare(line)

    def finish(self) -> Iterator[Entry]:
        yield from self._end_draft(keep_pending=False)

    def _read_message(self, line: Line, message: BracketedLine) -> Iterator[Entry | Skipped]:
        if message.at is None:
            yield Skipped(_IMPOSSIBLE, line.number)
            if self._draft is not None:
                self._draft.add_line(line.text)
            return
        yield from self._end_draft(keep_pending=True)
        if self._day is None:
            self._is_skipping = True
            yield Skipped(_NO_DAY, line.number)
            return
        self._last = message.at
        self._names.add(message.sender)
        self._draft = _Draft(
            datetime.combine(self._day, message.at), message.sender, [message.text]
        )

    def _read_bare(self, line: Line) -> Iterator[Entry | Skipped]:
        """A line without a stamp: of the system, or the rest of the message above."""
        if self._day is None:
            if not self._is_skipping and not is_header_line(line.text):
                yield Skipped(_NO_MESSAGE, line.number)
        elif self._draft is not None and not self._starts_entry(line.text, self._draft):
            self._draft.add_line(line.text)
        else:
            yield from self._end_draft(keep_pending=False)
            is_system = line.text.strip() not in DELETED
            self._names |= find_named(line.text)
            self._draft = _Draft(
                datetime.combine(self._day, self._last), "", [line.text], is_system
            )

    def _starts_entry(self, text: str, above: _Draft) -> bool:
        if is_open_chat_notice(text):
            return not above.is_system
        return text.strip() in DELETED or is_system_line(text, self._names)

    def _end_draft(self, *, keep_pending: bool) -> Iterator[Entry]:
        if self._draft is not None:
            yield self._draft.finish(keep_pending=keep_pending)
        self._draft = None

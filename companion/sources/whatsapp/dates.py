"""Tells day from month by the dates of a whole file; reads no lines.

The order is not in the file (formats.md 1.4): four digits first is year-month-day; a first
number above 12 is a day, a second one above 12 too; else the order in which time runs
backwards less often.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from companion.sources.whatsapp.headers import Header, Shape

_CLEAR_SPAN = 4
"""One order is believed when the other stretches the chat over this many times as many days:
dates of 3/6, 4/6 and 5/6 are three days of June before they are three months."""


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Which of the two numbers beside the year is the day."""

    is_day_first: bool
    is_assumed: bool = False
    """True where the file could be read either way and the readings differ."""

    is_mixed: bool = False
    """True where dates of both orders stand in one file: exports were joined."""


def read_wall_time(header: Header, order: DateOrder) -> datetime | None:
    """The naive wall-clock time of a header; None for a day that does not exist.

    A date that cannot be of the file's order is read in the other one.
    """
    day = _make_date(header, order.is_day_first) or _make_date(header, not order.is_day_first)
    if day is None:
        return None
    return datetime(  # noqa: DTZ001  (a wall-clock time has no zone: the caller adds it)
        day.year, day.month, day.day, header.hour, header.minute, header.seconds
    )


@dataclass(slots=True)
class _Timeline:
    """The dates of a file, all read in one order."""

    backward_jumps: int = 0
    _last: date | None = None
    _earliest: date = date.max
    _latest: date = date.min

    @property
    def span_days(self) -> int:
        return max((self._latest - self._earliest).days, 0) + 1

    def observe(self, day: date | None) -> None:
        if day is None:
            return
        if self._last is not None and day < self._last:
            self.backward_jumps += 1
        self._last = day
        self._earliest = min(self._earliest, day)
        self._latest = max(self._latest, day)


@dataclass(slots=True)
class OrderEvidence:
    """What the dates seen so far say about their order; as large for a million as for one."""

    shape: Shape
    """All dates come from stamps of this shape: another one is another phone's."""

    _largest_first: int = 0
    _largest_second: int = 0
    _differ: bool = False
    _is_padded: bool = False
    _halves: set[str] = field(default_factory=set)
    _last_numbers: tuple[int, int, int] | None = None
    _by_day: _Timeline = field(default_factory=_Timeline)
    _by_month: _Timeline = field(default_factory=_Timeline)

    def observe(self, header: Header) -> None:
        """Takes in one more date."""
        self._is_padded |= header.is_padded
        self._halves.add(header.half)
        numbers = header.year, header.first, header.second
        if numbers == self._last_numbers:
            return  # the same day says nothing new
        self._last_numbers = numbers
        self._largest_first = max(self._largest_first, header.first)
        self._largest_second = max(self._largest_second, header.second)
        self._differ |= header.first != header.second
        self._by_day.observe(_make_date(header, is_day_first=True))
        self._by_month.observe(_make_date(header, is_day_first=False))

    def decide(self) -> DateOrder:
        """The order that fits best."""
        if self.shape.year_place == 0:
            return DateOrder(is_day_first=self._largest_first > 12 >= self._largest_second)
        if self._largest_first > 12:
            return DateOrder(is_day_first=True, is_mixed=self._largest_second > 12)
        if self._largest_second > 12:
            return DateOrder(is_day_first=False)
        if self._by_day.backward_jumps != self._by_month.backward_jumps:
            fits_day = self._by_day.backward_jumps < self._by_month.backward_jumps
            return DateOrder(is_day_first=fits_day)
        return DateOrder(is_day_first=self._guess(), is_assumed=self._differ)

    def _guess(self) -> bool:
        """Whether the day comes first, where no rule decides."""
        by_day, by_month = self._by_day.span_days, self._by_month.span_days
        if by_day * _CLEAR_SPAN < by_month:
            return True
        if by_month * _CLEAR_SPAN < by_day:
            return False
        # Of the locales that write slashes, the American one alone puts the month first; it
        # pads nothing and writes AM and PM in capitals (CLDR, en-US; en-IN and en-AU: "pm").
        has_american_shape = self.shape.separator == "/" and self.shape.year_place == 2
        return not (has_american_shape and not self._is_padded and self._halves <= {"AM", "PM"})


def _make_date(header: Header, is_day_first: bool) -> date | None:
    first, second = header.first, header.second
    day, month = (first, second) if is_day_first else (second, first)
    return _find_date(header.year, month, day)


@lru_cache(maxsize=4096)  # messages of a day follow each other
def _find_date(year: int, month: int, day: int) -> date | None:
    """None for a day that is in no calendar."""
    try:
        return date(year, month, day)
    except ValueError:
        return None

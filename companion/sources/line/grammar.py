"""The shapes of LINE exports: titles, day lines, stamps (formats.md 1.10); reads no file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal, NamedTuple

Shape = Literal["tabbed", "spaced"]
"""How a message line goes on after its time.

tabbed: `09:30\tAnn\ttext`, phones; `09:30\ttext` is a line of the system.
spaced: `09:30 Ann text`, Windows; where the name ends is not in the line.
"""

HEADER_LINES = 4
"""The title, when it was saved, and blank lines."""

_BRAND = re.compile(r"\[LINE\] ?")
_TITLES = tuple(
    (re.compile(pattern), is_group)
    for pattern, is_group in (
        (r"Chat(?: history)? in (?P<title>.+)", True),
        (r"Chat(?: history)? with (?P<title>.+)", None),
        (r"(?P<title>.+?)とのトーク(?:履歴)?", None),
        (r"(?P<title>.+?)のトーク(?:履歴)?", True),
        (r"[与與] ?(?P<title>.+?) ?的聊天(?:[记記紀][录錄])?", None),
        (r"(?P<title>.+?) ?的聊天[记記紀][录錄]", True),
        (r"(?P<title>.+?) ?(?:님과의?|[와과]의) ?(?:대화|채팅)(?: ?(?:내용|기록))?", None),
        (r"(?:ประวัติการสนทนา|แชท)กับ ?(?P<title>.+)", None),
        (r"แชทใน ?(?P<title>.+)", True),
    )
)
_SURE_TITLE = re.compile(r"Chat history (?:with|in) .+|.+のトーク履歴|.+的聊天[记記紀][录錄]")
"""Titles that were seen without `[LINE]` in front."""

_GAP = "[ \u00a0\u202f]?"
_TIME = (
    rf"(?:(?P<before>오전|오후|午前|午後|上午|下午|AM|PM){_GAP})?"
    rf"(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?:{_GAP}(?P<after>[AaPp]\.?[Mm]\.?))?"
)
_STAMPED: dict[Shape, re.Pattern[str]] = {
    "tabbed": re.compile(rf"{_TIME}\t(?P<rest>.*)", re.DOTALL),
    "spaced": re.compile(rf"{_TIME} (?P<rest>.*)", re.DOTALL),
}
_BEFORE_NOON = frozenset(("오전", "午前", "上午", "am"))
_AFTER_NOON = frozenset(("오후", "午後", "下午", "pm"))

_ENGLISH = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAY = (
    rf"(?:(?:{'|'.join(_ENGLISH)})(?:[a-z]{{3,6}})?|[月火水木金土日](?:曜日)?|[월화수목금토일](?:요일)?"
    r"|(?:周|週|星期)?[一二三四五六日天]|[\u0e00-\u0e7f.]{2,20})"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4}|[HR][0-9]{1,2})(?:(?P<mark>[./])|년) ?(?P<month>[0-9]{1,2})(?:(?P=mark)|월)"
    rf" ?(?P<day>[0-9]{{1,2}})(?:\.|일)? ?(?:[(（]{_WEEKDAY}[)）]|{_WEEKDAY})"
)
_YEAR_LAST = re.compile(
    r"(?P<weekday>[^\W\d_]{2,9})\.?, (?P<first>[0-9]{1,2})[/.](?P<second>[0-9]{1,2})[/.]"
    r"(?P<year>[0-9]{4})"
)

_ERAS = {"H": 1988, "R": 2018}
"""The year before the first of Heisei and of Reiwa: Japanese phones may count so."""

_BUDDHIST_YEARS, _FIRST_BUDDHIST = 543, 2554
"""So may Thai ones, from the Buddha's death; LINE began in 2554, which is 2011."""


@dataclass(frozen=True, slots=True)
class Title:
    """What the first line calls the chat."""

    title: str
    is_group: bool
    """False also where the language does not tell."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day line. `Fri, 9/25/2026` does not say which of its numbers is the month."""

    month_first: date | None
    """None for what is in no calendar."""

    day_first: date | None
    is_ordered: bool
    """Year first: both dates are the same."""

    weekday: int | None = None
    """From Monday, 0, where the line names it in English and its order is open."""

    def fits(self, day: date | None) -> bool:
        return day is not None and self.weekday in (None, day.weekday())


class Stamped(NamedTuple):
    """A line that begins with a time."""

    at: time | None
    """None for a time that cannot be."""

    rest: str


class DayOrder:
    """Learns from all day lines of a file which number is the month."""

    def __init__(self) -> None:
        self._fits: Counter[str] = Counter()

    def observe(self, day: Day) -> None:
        if not day.is_ordered:
            self._fits["month first"] += day.fits(day.month_first)
            self._fits["day first"] += day.fits(day.day_first)

    @property
    def is_month_first(self) -> bool:
        """Also where nothing tells: LINE in English is mostly seen so."""
        return self._fits["month first"] >= self._fits["day first"]

    @property
    def is_assumed(self) -> bool:
        """Whether every line fits both."""
        return self._fits["month first"] == self._fits["day first"] > 0

    def read_date(self, day: Day) -> date | None:
        """None for a day that is in no calendar."""
        return day.month_first if day.is_ordered or self.is_month_first else day.day_first


def find_title(line: str) -> Title | None:
    """The title in the first line of an export, or in the name of its file without `.txt`."""
    brand = _BRAND.match(line)
    if brand is None and _SURE_TITLE.fullmatch(line.strip()) is None:
        return None
    words = line[brand.end() if brand else 0 :].strip()
    for pattern, is_group in _TITLES:
        if match := pattern.fullmatch(words):
            return Title(match["title"].strip(), is_group is True)
    return Title(words, is_group=False)


def match_day(line: str) -> Day | None:
    """`2024/01/15(Mon)`, `2024.01.15 Monday`, `Mon, 01/15/2024`."""
    line = line.strip()
    if match := _YEAR_FIRST.fullmatch(line):
        day = _make_date(match["year"], match["month"], match["day"])
        return Day(day, day, is_ordered=True)
    if match := _YEAR_LAST.fullmatch(line):
        name = match["weekday"][:3].capitalize()
        return Day(
            _make_date(match["year"], match["first"], match["second"]),
            _make_date(match["year"], match["second"], match["first"]),
            is_ordered=False,
            weekday=_ENGLISH.index(name) if name in _ENGLISH else None,
        )
    return None


def match_stamped(line: str, shape: Shape) -> Stamped | None:
    """A line that begins an entry."""
    if not line[:1].isdigit() and line[:1] not in _FIRST_LETTERS:  # much faster than the pattern
        return None
    match = _STAMPED[shape].fullmatch(line)
    return None if match is None else Stamped(_make_time(match), match["rest"])


def detect_shape(head: Sequence[str]) -> Shape | None:
    """The shape of the export that begins with these lines; None for anything else.

    Its first line is a title with a day below, or a day itself. Without a title a diary looks
    like a chat of Windows: there somebody must have written twice.
    """
    lines = [line for line in head if line.strip()]
    has_title = bool(lines) and find_title(lines[0]) is not None
    days = (at for at, line in enumerate(lines if has_title else lines[:1]) if match_day(line))
    first = next(days, None)
    if first is None:
        is_empty_chat = has_title and 2 <= len(lines) <= HEADER_LINES and "[LINE]" in lines[0]
        return "tabbed" if is_empty_chat else None
    written = [line for line in lines[first:] if match_day(line) is None]
    if not written:
        return "tabbed" if has_title else None
    if match_stamped(written[0], "tabbed"):
        return "tabbed" if has_title or written[0].count("\t") > 1 else None
    if match_stamped(written[0], "spaced") is None:
        return None
    spaced = (match_stamped(line, "spaced") for line in written)
    names = Counter(line.rest.partition(" ")[0] for line in spaced if line)
    return "spaced" if has_title or max(names.values()) > 1 else None


_FIRST_LETTERS = frozenset("오午上下AP")


def _make_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(_count_year(year), int(month), int(day))
    except ValueError:
        return None


def _count_year(written: str) -> int:
    """The year of the common calendar: of 2025, of Japan's R7 and of a Thai phone's 2568."""
    if written[0] in _ERAS:
        return _ERAS[written[0]] + int(written[1:])
    year = int(written)
    return year - _BUDDHIST_YEARS if _FIRST_BUDDHIST <= year < 3000 else year


def _make_time(match: re.Match[str]) -> time | None:
    """上午12:05 is 00:05, and so is 午前0:05."""
    half = (match["before"] or match["after"] or "").lower().replace(".", "")
    hour = int(match["hour"])
    if half in _BEFORE_NOON:
        if hour > 12:
            return None
        hour %= 12
    elif half in _AFTER_NOON and hour < 12:
        hour += 12
    try:
        return time(hour, int(match["minute"]))
    except ValueError:
        return None

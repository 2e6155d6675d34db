"""The shapes of KakaoTalk exports: headers, day lines, stamps (formats.md 1.2); reads no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal, NamedTuple

Shape = Literal["bracketed", "korean", "dotted", "english", "time first", "table"]
"""How a message line begins.

bracketed: `[name] [오후 4:03] text`, Windows; the day stands in a line of its own above.
korean: `2015년 7월 9일 오후 8:34, name : text`, Android.
dotted: `2015. 7. 9. 오후 8:34, name : text`, iOS.
english: `July 9, 2015, 8:34 PM, name : text`, Android since 2020 and iOS (short months).
time first: `8:34pm, July 9, 2015, name : text`, Android of 2015.
table: `2015-07-09 20:34:26,"name","text"`, Mac and newer PC, under `Date,User,Message`.
"""

TABLE_HEADER = "Date,User,Message"

# iOS 17 writes U+202F before AM and PM.
_GAP = "[ \u00a0\u202f]"
# 24-hour phones leave the half of the day out; Windows also wrote it in front ("AM 9:04").
_TIME = (
    rf"(?:(?P<before>오전|오후|AM|PM){_GAP}?)?(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})"
    rf"(?:{_GAP}?(?P<after>[AaPp]\.?[Mm]\.?))?"
)
_KOREAN_DATE = r"(?P<year>[0-9]{4})년 (?P<month>[0-9]{1,2})월 (?P<day>[0-9]{1,2})일"
_DOTTED_DATE = r"(?P<year>[0-9]{4})\. ?(?P<month>[0-9]{1,2})\. ?(?P<day>[0-9]{1,2})\."
_ENGLISH_DATE = r"(?P<month>[A-Z][a-z]{2,8}) (?P<day>[0-9]{1,2}), (?P<year>[0-9]{4})"

_STAMPS: dict[Shape, str] = {
    "korean": f"{_KOREAN_DATE} {_TIME}",
    "dotted": f"{_DOTTED_DATE} {_TIME}",
    "english": f"{_ENGLISH_DATE}(?:,| at) {_TIME}",
    "time first": f"{_TIME}, {_ENGLISH_DATE}",
}
_STAMPED = {
    shape: re.compile(rf"{stamp}(?:(?P<mark>[,:])(?: (?P<rest>.*))?)?", re.DOTALL)
    for shape, stamp in _STAMPS.items()
}
_BRACKETED = re.compile(rf"\[(?P<sender>.*?)\] \[{_TIME}\](?: (?P<text>.*))?", re.DOTALL)

_WEEKDAY = "[월화수목금토일]요일"
_DAYS = (
    f"{_KOREAN_DATE} {_WEEKDAY}",
    f"{_DOTTED_DATE} {_WEEKDAY}",
    f"[A-Z][a-z]{{2,5}}day, {_ENGLISH_DATE}",
)
_PLAIN_DAYS = tuple(re.compile(day) for day in _DAYS)
_RULED_DAYS = tuple(re.compile(f"-{{5,}} {day} -{{5,}}") for day in _DAYS)

_TITLES = (
    re.compile(
        r"(?P<title>.+?)(?: ?\((?P<members>[0-9]+)명\)(?: ?님)?[과와]?의?| ?님과의?)?"
        r" 카카오톡 대화(?:(?:-[0-9]+)?\.txt)?"
    ),
    re.compile(
        r"(?P<title>.+?)(?: \((?P<members>[0-9]+) (?:people|person)\))? with KakaoTalk Chats"
    ),
    re.compile(
        r"KakaoTalk Chats with (?P<title>.+?)(?: \((?P<members>[0-9]+) (?:people|person)\))?"
        r"(?:(?:-[0-9]+)?\.txt)?"
    ),
)
_SAVED = re.compile(r"(?:저장한 날짜|Date Saved|Saved Date) ?:")
_HEADER_LINES = 6
_SURE_MESSAGES = 3
_CACHED = 4096
"""Days, and minutes of a day, whose reading is kept: they come again and again."""

_MONTH_NAMES = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}


@dataclass(frozen=True, slots=True)
class Header:
    """What the lines above the first day say."""

    title: str = ""
    """The room, without the count of its members and the name of the file; "" for no header."""

    members: int | None = None
    """The owner included; None where the client does not write it."""


class StampedLine(NamedTuple):
    """A line that begins with day and time."""

    at: datetime | None
    """Wall-clock time; None for one that cannot be (31 February, hour 25)."""

    day: date | None
    rest: str | None
    """What stands behind the stamp; None for a bare stamp, Android's day line."""

    is_message: bool
    """A sender and a text; else a line of the system."""

    sender: str = ""
    text: str = ""


class BracketedLine(NamedTuple):
    """A message line of Windows."""

    at: time | None
    """None for a time that cannot be."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """A line that only names a day."""

    day: date | None
    """None for one that cannot be."""


def detect_shape(head: Sequence[str]) -> Shape | None:
    """The shape of the export that begins with these lines; None for anything else.

    The first line of a known shape decides: what follows may be a chat pasted into a message.
    Without a title above it (headers get lost) nothing but days may stand above that line, or
    three messages of the shape must follow; Windows needs its day line, for the lines of a log
    look like its messages. A room without messages is known by its whole header.
    """
    lines = [line for line in head if line.strip()]
    if not lines:
        return None
    if lines[0] == TABLE_HEADER:
        return "table"
    has_title = find_header(lines) is not None
    for index, line in enumerate(lines):
        shape = _find_shape(line)
        if shape is None:
            continue
        if shape == "bracketed":
            is_sure = any(match_ruled_day(other) for other in lines)
        else:
            is_first = all(match_plain_day(above) or _SAVED.match(above) for above in lines[:index])
            is_sure = _count_messages(lines, shape) >= (1 if is_first else _SURE_MESSAGES)
        return shape if has_title or is_sure else None
    has_date = any(_SAVED.match(line) for line in lines[:_HEADER_LINES])
    return "bracketed" if has_title and has_date else None


def find_header(head: Sequence[str]) -> Header | None:
    """Title and members of the room, from the first lines of an export above its messages."""
    for line in head[:_HEADER_LINES]:
        if _find_shape(line):
            return None
        for pattern in _TITLES:
            if match := pattern.fullmatch(line.strip()):
                members = match["members"]
                return Header(match["title"].strip(), int(members) if members else None)
    return None


def is_header_line(line: str) -> bool:
    """Whether a line above the first message is part of the header."""
    return _SAVED.match(line) is not None or find_header([line]) is not None


def match_ruled_day(line: str) -> DayLine | None:
    """The day of Windows' `--------------- 2021년 3월 25일 목요일 ---------------`."""
    return _match_day(line, _RULED_DAYS)


def match_plain_day(line: str) -> DayLine | None:
    """The day of iOS's `2015년 7월 9일 목요일` or `Thursday, July 9, 2015`."""
    return _match_day(line, _PLAIN_DAYS)


def match_bracketed(line: str) -> BracketedLine | None:
    """A message line of Windows; the name ends where the bracketed time begins."""
    if (match := _BRACKETED.fullmatch(line)) is None:
        return None
    return BracketedLine(_time_of(match), match["sender"], match["text"] or "")


def match_stamped(line: str, shape: Shape) -> StampedLine | None:
    """A line of a stamped shape.

    Sender and text part at the FIRST ` : `. A stamp followed by a colon (iOS), or by a comma
    and no ` : ` (Android), is a line of the system.
    """
    if (match := _STAMPED[shape].fullmatch(line)) is None:
        return None
    day, clock = _date_of(match), _time_of(match)
    at = datetime.combine(day, clock) if day and clock else None
    if match["mark"] is None:
        return StampedLine(at, day, None, is_message=False)
    rest = match["rest"] or ""
    sender, colon, text = rest.partition(" : ")
    if not colon and rest.endswith(" :"):
        sender, colon = rest[:-2], " :"
    if match["mark"] == "," and colon:
        return StampedLine(at, day, rest, True, sender, text)
    return StampedLine(at, day, rest, is_message=False, text=rest)


def _find_shape(line: str) -> Shape | None:
    if match_ruled_day(line) or match_bracketed(line):
        return "bracketed"
    return next((shape for shape in _STAMPED if match_stamped(line, shape)), None)


def _count_messages(lines: Sequence[str], shape: Shape) -> int:
    found = (match_stamped(line, shape) for line in lines)
    return sum(1 for line in found if line is not None and line.is_message)


def _match_day(line: str, patterns: Sequence[re.Pattern[str]]) -> DayLine | None:
    for pattern in patterns:
        if match := pattern.fullmatch(line.rstrip()):
            return DayLine(_date_of(match))
    return None


def _date_of(match: re.Match[str]) -> date | None:
    return _make_date(*match.group("year", "month", "day"))


@lru_cache(maxsize=_CACHED)
def _make_date(year: str, month: str, day: str) -> date | None:
    """None for a day that cannot be."""
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3].lower(), 0)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _time_of(match: re.Match[str]) -> time | None:
    before, after, hour, minute = match.group("before", "after", "hour", "minute")
    return _make_time(before or after or "", hour, minute)


@lru_cache(maxsize=_CACHED)
def _make_time(half: str, written_hour: str, minute: str) -> time | None:
    """None for a time that cannot be. 오전 12:51 is 00:51; 오후 13:05, seen nowhere, is 13:05."""
    half = half.lower().replace(".", "")
    hour = int(written_hour)
    if half in {"오전", "am"}:
        hour = 0 if hour == 12 else hour
        if hour > 12:
            return None
    elif half in {"오후", "pm"} and hour < 12:
        hour += 12
    try:
        return time(hour, int(minute))
    except ValueError:
        return None

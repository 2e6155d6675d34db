"""Dates as Takeout writes them, in the words of the account's language; guesses none.

English is written in the orders of the United States and of the rest, with 12 or 24 hours, as
real exports are, and Japanese as google-chat-takeout-explorer reads it. Korean follows CLDR's full
date and long time, from which the other forms come, too; no Korean export was at hand. The weekday
must fit: it tells a date read wrongly.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTHS = {name: number for number, name in enumerate(_ENGLISH_MONTHS, start=1)}
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = {
    name: number
    for names in (_ENGLISH_DAYS, "월화수목금토일", "月火水木金土日")
    for number, name in enumerate(names)
}
_AFTERNOONS = {"AM": False, "PM": True, "오전": False, "오후": True}

_MONTH = rf"(?P<month>{'|'.join(_ENGLISH_MONTHS)})"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_ENGLISH_DAYS)})"
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>\d{4})"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
_ENGLISH_CLOCK = rf"(?: at|,)? {_CLOCK}(?: (?P<half>AM|PM))? UTC"
_KOREAN_CLOCK = r"(?P<hour>\d{1,2})시 (?P<minute>\d{1,2})분 (?P<second>\d{1,2})초"
_KOREAN_DAY = rf"{_YEAR}년 (?P<month>\d{{1,2}})월 {_DAY}일 (?P<weekday>[월화수목금토일])요일"
_JAPANESE_DAY = rf"{_YEAR}年(?P<month>\d{{1,2}})月{_DAY}日(?P<weekday>[月火水木金土日])曜日"
_SHAPES = tuple(
    re.compile(shape, re.ASCII)
    for shape in (
        rf"{_WEEKDAY}, {_MONTH} {_DAY}, {_YEAR}{_ENGLISH_CLOCK}",
        rf"{_WEEKDAY},? {_DAY} {_MONTH} {_YEAR}{_ENGLISH_CLOCK}",
        rf"{_KOREAN_DAY} (?:(?P<half>오전|오후) )?{_KOREAN_CLOCK} UTC",
        rf"{_JAPANESE_DAY} {_CLOCK}(?P<half>) UTC",
    )
)
_SPACES = str.maketrans("\u202f\u00a0", "  ")
"""CLDR puts narrow spaces before AM and PM since its version 42."""


def find_time(written: str) -> datetime | None:
    """The instant; None for a date in another language, or of a day that does not exist."""
    plain = written.translate(_SPACES)
    match = next(filter(None, (shape.fullmatch(plain) for shape in _SHAPES)), None)
    if match is None:
        return None
    parts = match.groupdict()
    month = _MONTHS.get(parts["month"]) or int(parts["month"])
    hour = _read_hour(int(parts["hour"]), parts["half"])
    try:
        at = datetime(
            int(parts["year"]), month, int(parts["day"]),
            hour, int(parts["minute"]), int(parts["second"]), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    return at if at.weekday() == _WEEKDAYS[parts["weekday"]] else None


def _read_hour(hour: int, half: str | None) -> int:
    """The hour of the day; one that no day has for what no clock shows."""
    if not half:
        return hour
    return hour % 12 + 12 * _AFTERNOONS[half] if 1 <= hour <= 12 else 24

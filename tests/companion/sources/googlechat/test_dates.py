"""Takeout's dates are read in the forms that are known, and guessed in none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.googlechat.dates import find_time

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@pytest.mark.parametrize(
    "written",
    [
        "Tuesday, March 5, 2024 at 3:04:05 PM UTC",
        "Tuesday, March 5, 2024 at 3:04:05\u202fPM UTC",
        "Tuesday, March 5, 2024, 3:04:05 PM UTC",
        "Tuesday, March 5, 2024 at 15:04:05 UTC",
        "Tuesday, 5 March 2024 at 15:04:05 UTC",
        "Tuesday 5 March 2024 at 15:04:05 UTC",
        "2024년 3월 5일 화요일 오후 3시 4분 5초 UTC",
        "2024년 3월 5일 화요일 15시 4분 5초 UTC",
        "2024年3月5日火曜日 15:04:05 UTC",
    ],
)
def test_every_known_form_is_the_same_instant(written: str) -> None:
    assert find_time(written) == datetime(2024, 3, 5, 15, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2015. február 15., vasárnap 21:54:36 UTC",
        "Dienstag, 5. März 2024 um 15:04:05 UTC",
        "mardi 5 mars 2024 à 15:04:05 UTC",
        "2024年3月5日月曜日 15:04:05 UTC",
        "Monday, March 5, 2024 at 3:04:05 PM UTC",
        "Friday, February 30, 2024 at 3:04:05 PM UTC",
        "Tuesday, March 5, 2024 at 13:04:05 PM UTC",
        "Tuesday, March 5, 2024 at 0:04:05 AM UTC",
        "Tuesday, March 5, 2024 at 25:04:05 UTC",
        "Tuesday, March 5, 0000 at 15:04:05 UTC",
        "Tuesday, March 5, 2024 at 3:04:05 PM",
        "Tuesday, March 5, 2024 at 3:04:05 PM PST",
        "2024-03-05T15:04:05Z",
        "3/5/2024",
    ],
)
def test_any_other_is_none(written: str) -> None:
    assert find_time(written) is None


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001
def test_every_instant_is_read_back_from_every_form(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    day, month, year = DAYS[at.weekday()], MONTHS[at.month - 1], f"{at.year:04}"
    clock, hour = f"{at:%M:%S}", at.hour % 12 or 12
    half, korean = ("AM", "오전") if at.hour < 12 else ("PM", "오후")
    korean_day = f"{year}년 {at.month}월 {at.day}일 {'월화수목금토일'[at.weekday()]}요일"
    for written in (
        f"{day}, {month} {at.day}, {year} at {hour}:{clock}\u202f{half} UTC",
        f"{day}, {at.day} {month} {year} at {at:%H}:{clock} UTC",
        f"{korean_day} {korean} {hour}시 {at.minute}분 {at.second}초 UTC",
        f"{year}年{at.month}月{at.day}日{'月火水木金土日'[at.weekday()]}曜日 {at.hour}:{clock} UTC",
    ):
        assert find_time(written) == at

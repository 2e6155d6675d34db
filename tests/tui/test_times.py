"""Instants are said in the reader's zone and language, in columns that never overflow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.times import name_age, name_day, name_near_day, name_time
from tui.words import Words
from tui.words_en import ENGLISH
from tui.words_ko import KOREAN

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("ago", "english", "korean"),
    [
        (timedelta(seconds=-90), "now", "방금"),
        (timedelta(seconds=59), "now", "방금"),
        (timedelta(minutes=1), "1m", "1분"),
        (timedelta(minutes=59, seconds=59), "59m", "59분"),
        (timedelta(hours=1), "1h", "1시간"),
        (timedelta(hours=23), "23h", "23시간"),
        (timedelta(days=1), "1d", "1일"),
        (timedelta(days=13), "13d", "13일"),
        (timedelta(weeks=2), "2w", "2주"),
        (timedelta(weeks=52), "52w", "52주"),
        (timedelta(days=800), "2024", "2024"),
    ],
)
def test_an_age_is_said_by_its_largest_unit(ago: timedelta, english: str, korean: str) -> None:
    assert name_age(NOW - ago, NOW, ENGLISH) == english
    assert name_age(NOW - ago, NOW, KOREAN) == korean


@given(
    st.timedeltas(timedelta(days=-3000), timedelta(days=20_000)), st.sampled_from([ENGLISH, KOREAN])
)
def test_an_age_fits_its_column(ago: timedelta, words: Words) -> None:
    assert cell_len(name_age(NOW - ago, NOW, words)) <= 6


def test_a_time_is_local() -> None:
    assert name_time(datetime(2026, 11, 24, 0, 5, tzinfo=UTC), ZoneInfo("Asia/Seoul")) == "09:05"


@pytest.mark.parametrize(
    ("day", "english", "korean"),
    [
        (TODAY, "Today", "오늘"),
        (date(2026, 11, 23), "Yesterday", "어제"),
        (date(2026, 11, 25), "Wednesday 25 November", "11월 25일 수요일"),
        (date(2026, 1, 2), "Friday 2 January", "1월 2일 금요일"),
        (date(2025, 12, 31), "Wednesday 31 December 2025", "2025년 12월 31일 수요일"),
    ],
)
def test_a_day_says_its_year_only_where_it_is_another(day: date, english: str, korean: str) -> None:
    assert name_near_day(day, TODAY, ENGLISH) == english
    assert name_near_day(day, TODAY, KOREAN) == korean


def test_today_has_a_date_too() -> None:
    assert name_day(TODAY, TODAY, ENGLISH) == "Tuesday 24 November"

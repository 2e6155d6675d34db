"""Cron expressions mean what cron means, and the latest due time is found after any sleep."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import ConfigError
from companion.scheduling import Clockwork, Cron

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Tuesday noon in Seoul."""


@pytest.mark.parametrize(
    ("expression", "latest", "following"),
    [
        ("30 21 * * *", "2026-11-23T21:30:00+09:00", "2026-11-24T21:30:00+09:00"),
        ("0 9 * * 1-5", "2026-11-24T09:00:00+09:00", "2026-11-25T09:00:00+09:00"),
        ("0 9 * * 0", "2026-11-22T09:00:00+09:00", "2026-11-29T09:00:00+09:00"),
        ("0 9 * * 7", "2026-11-22T09:00:00+09:00", "2026-11-29T09:00:00+09:00"),
        ("0 9 * * fri", "2026-11-20T09:00:00+09:00", "2026-11-27T09:00:00+09:00"),
        ("0 0 1 * *", "2026-11-01T00:00:00+09:00", "2026-12-01T00:00:00+09:00"),
        ("0 0 1 1 *", "2026-01-01T00:00:00+09:00", "2027-01-01T00:00:00+09:00"),
    ],
)
def test_latest_and_next_times_follow_cron(expression: str, latest: str, following: str) -> None:
    cron = Cron(expression, SEOUL)
    assert cron.find_latest(NOON) == datetime.fromisoformat(latest)
    assert cron.find_next(NOON) == datetime.fromisoformat(following)


def test_a_time_that_never_comes_is_none() -> None:
    cron = Cron("0 9 31 2 *", SEOUL)
    assert cron.find_latest(NOON) is None
    assert cron.find_next(NOON) is None


def test_the_hour_the_clocks_skip_is_due_once_all_the_same() -> None:
    cron = Cron("30 2 * * *", NEW_YORK)
    after_the_gap = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
    latest = cron.find_latest(after_the_gap)
    assert latest is not None
    assert latest.astimezone(NEW_YORK).date() == datetime(2026, 3, 8, tzinfo=UTC).date()


@pytest.mark.parametrize("expression", ["", "30 21 * *", "61 21 * * *", "a b c d e", "0 9 * * 8-x"])
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError):
        Cron(expression, SEOUL)


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    offset=st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_the_latest_daily_time_is_at_most_a_day_and_an_hour_ago(
    minute: int, hour: int, offset: timedelta
) -> None:
    now = NOON + offset
    latest = Cron(f"{minute} {hour} * * *", NEW_YORK).find_latest(now)
    assert latest is not None
    assert timedelta(0) <= now - latest <= timedelta(hours=25)


def test_the_clockwork_ticks_and_stops() -> None:
    ticked = threading.Event()
    clockwork = Clockwork(ticked.set, Cron("30 21 * * *", SEOUL), poll_s=1)
    clockwork.start()
    assert ticked.wait(10)
    clockwork.stop()

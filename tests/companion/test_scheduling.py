"""Cron expressions mean what cron means, and the latest due time is found after any sleep."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.clock import LocalZone
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


@pytest.mark.parametrize(
    ("zone", "expression", "due"),
    [
        # The gap: 02:00 to 03:00 on 8 March; once, at the first instant after it.
        (NEW_YORK, "30 2 8 3 *", "2026-03-08T03:00:00-04:00"),
        (NEW_YORK, "0 2 8 3 *", "2026-03-08T03:00:00-04:00"),
        (NEW_YORK, "59 1 8 3 *", "2026-03-08T01:59:00-05:00"),
        (NEW_YORK, "0 3 8 3 *", "2026-03-08T03:00:00-04:00"),
        # The fold: 01:00 to 02:00 twice on 1 November; once, the first time.
        (NEW_YORK, "30 1 1 11 *", "2026-11-01T01:30:00-04:00"),
        (NEW_YORK, "0 2 1 11 *", "2026-11-01T02:00:00-05:00"),
        # Half an hour's change (Lord Howe), a gap at midnight (Beirut), a day skipped (Apia).
        (ZoneInfo("Australia/Lord_Howe"), "15 2 4 10 *", "2026-10-04T02:30:00+11:00"),
        (ZoneInfo("Asia/Beirut"), "0 0 29 3 *", "2026-03-29T01:00:00+03:00"),
        (ZoneInfo("Pacific/Apia"), "0 9 30 12 *", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_time_in_a_gap_or_a_fold_is_due_once(zone: ZoneInfo, expression: str, due: str) -> None:
    cron = Cron(expression, zone)
    at = datetime.fromisoformat(due)
    for now in (at - timedelta(days=3), at - timedelta(hours=3), at - timedelta(seconds=1)):
        assert cron.find_next(now) == at
    for now in (at, at + timedelta(minutes=31), at + timedelta(hours=1), at + timedelta(days=3)):
        assert cron.find_latest(now) == at
        following = cron.find_next(now)
        assert following is not None
        assert following - at > timedelta(days=300)


@pytest.mark.parametrize("expression", ["", "30 21 * *", "61 21 * * *", "a b c d e", "0 9 * * 8-x"])
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError):
        Cron(expression, SEOUL)


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    offset=st.timedeltas(timedelta(0), timedelta(days=400)),
    zone=st.sampled_from([SEOUL, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), UTC]),
)
def test_a_daily_time_is_due_once_a_day(
    minute: int, hour: int, offset: timedelta, zone: tzinfo
) -> None:
    cron = Cron(f"{minute} {hour} * * *", zone)
    now = NOON + offset
    latest, following = cron.find_latest(now), cron.find_next(now)
    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert timedelta(hours=23) <= following - latest <= timedelta(hours=25)
    assert cron.find_next(latest) == following
    assert cron.find_latest(following - timedelta(microseconds=1)) == latest
    days = [at.astimezone(zone).date() for at in (latest, following)]
    assert days[1] - days[0] == timedelta(days=1)


class Ticks:
    """A clock that tests set, and how often the clockwork ticked."""

    def __init__(self) -> None:
        self.now = NOON
        self.ticked = threading.Semaphore(0)

    def read_now(self) -> datetime:
        return self.now

    def wait(self) -> bool:
        return self.ticked.acquire(timeout=10)


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-1), timedelta(days=30)])
def test_the_clockwork_ticks_on_whatever_the_clock_is_set_to(jump: timedelta) -> None:
    ticks = Ticks()
    clockwork = Clockwork(
        ticks.ticked.release, Cron("30 21 * * *", SEOUL), poll_s=0.01, read_now=ticks.read_now
    )
    clockwork.start()
    assert ticks.wait()
    ticks.now += jump
    assert all(ticks.wait() for _ in range(3))
    clockwork.stop()
    assert not clockwork.is_alive()


def test_the_clockwork_ticks_at_the_time_due_though_the_next_poll_is_far() -> None:
    ticks = Ticks()
    ticks.now = datetime(2026, 11, 24, 12, 29, 59, 990_000, tzinfo=UTC)
    clockwork = Clockwork(
        ticks.ticked.release, Cron("30 21 * * *", SEOUL), poll_s=3600, read_now=ticks.read_now
    )
    clockwork.start()
    assert ticks.wait()
    clockwork.stop()


@pytest.fixture
def zone() -> Iterator[LocalZone]:
    """The zone of the machine; looked up again at the end, for the tests that follow."""
    zone = LocalZone()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Seoul")
        zone.refresh()
        yield zone
    zone.refresh()


def test_the_local_zone_is_another_after_a_journey(
    zone: LocalZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = Cron("30 21 * * *", zone)
    assert NOON.astimezone(zone).isoformat() == "2026-11-24T12:00:00+09:00"
    assert daily.find_latest(NOON) == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    monkeypatch.setenv("TZ", "America/New_York")
    assert NOON.astimezone(zone).hour == 12
    zone.refresh()
    at = NOON.astimezone(zone)
    assert (at.isoformat(), at.tzname()) == ("2026-11-23T22:00:00-05:00", "EST")
    assert at.dst() == timedelta(0)
    assert daily.find_latest(NOON) == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)

"""The quiet hours hold by the local clock, over midnight and through changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from companion.hours import Hours, parse_hours

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = Hours(time(23), time(7))
NOON = Hours(time(12), time(13))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("23:00-07:00", NIGHT),
        (" 23:00 - 7:00 ", NIGHT),
        ("12:00–13:00", NOON),
        ("07:00-07:00", None),
        ("24:00-07:00", None),
        ("23:00", None),
        ("23-7", None),
        ("", None),
    ],
)
def test_two_times_are_hours_and_nothing_else_is(text: str, hours: Hours | None) -> None:
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    ("hours", "zone", "now", "end"),
    [
        (NIGHT, SEOUL, "2026-11-24T22:59:59+09:00", None),
        (NIGHT, SEOUL, "2026-11-24T23:00:00+09:00", "2026-11-25T07:00:00+09:00"),
        (NIGHT, SEOUL, "2026-11-25T03:00:00+09:00", "2026-11-25T07:00:00+09:00"),
        (NIGHT, SEOUL, "2026-11-25T07:00:00+09:00", None),
        (NOON, SEOUL, "2026-11-25T11:59:00+09:00", None),
        (NOON, SEOUL, "2026-11-25T12:30:00+09:00", "2026-11-25T13:00:00+09:00"),
        (NOON, SEOUL, "2026-11-25T13:00:00+09:00", None),
        # The clocks went back at 02:00 on 1 November 2026 in New York, and forward on 8 March.
        (NIGHT, NEW_YORK, "2026-11-01T01:30:00-05:00", "2026-11-01T07:00:00-05:00"),
        (NIGHT, NEW_YORK, "2026-03-08T03:30:00-04:00", "2026-03-08T07:00:00-04:00"),
    ],
)
def test_the_end_is_that_of_the_stretch_at_hand(
    hours: Hours, zone: ZoneInfo, now: str, end: str | None
) -> None:
    found = hours.find_end(datetime.fromisoformat(now), zone)
    assert found == (datetime.fromisoformat(end) if end else None)


def test_an_end_in_the_hour_that_comes_twice_comes_once() -> None:
    hours = Hours(time(23), time(1, 30))
    first = datetime.fromisoformat("2026-11-01T01:30:00-04:00")
    assert hours.find_end(first - timedelta(minutes=1), NEW_YORK) == first
    assert hours.find_end(first + timedelta(minutes=45), NEW_YORK) is None


def test_an_end_that_the_clocks_skip_comes_as_much_later() -> None:
    hours = Hours(time(23), time(2, 30))
    end = datetime.fromisoformat("2026-03-08T03:30:00-04:00")
    assert hours.find_end(end - timedelta(minutes=1), NEW_YORK) == end


@given(
    minutes=st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
    offset=st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_a_stretch_ends_within_a_day_and_is_over_then(
    minutes: tuple[int, int], offset: timedelta
) -> None:
    assume(minutes[0] != minutes[1])
    hours = Hours(*(time(minute // 60, minute % 60) for minute in minutes))
    now = datetime(2026, 1, 1, tzinfo=UTC) + offset
    end = hours.find_end(now, NEW_YORK)
    if end is not None:
        assert now < end <= now + timedelta(hours=25)
        assert hours.find_end(end, NEW_YORK) is None

"""Unix times where the export has them, else the wall clock with the offset it betrays."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from companion.sources.telegram.times import ExportClock, find_epoch, is_edited

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
WALL = {"date": "2019-07-01T12:00:00"}


def epoch(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_unix_time_wins_and_is_exact() -> None:
    fields = {**WALL, "date_unixtime": "1561975200"}
    sent_at = datetime(2019, 7, 1, 10, tzinfo=UTC)
    assert ExportClock(SEOUL).read_sent_at(fields) == (sent_at, False)


@pytest.mark.parametrize(
    ("claim", "zone", "told", "hour"),
    [
        ("nothing told: the owner's zone", SEOUL, None, 3),
        ("another zone told", SEOUL, epoch("1970-01-01T05:00:00"), 7),
        ("west of Greenwich", SEOUL, epoch("1969-12-31T19:00:00"), 17),
        ("the owner's zone told: it knows summer time", BERLIN, epoch("1970-01-01T01:00:00"), 10),
    ],
)
def test_a_wall_clock_is_read_in_the_zone_the_export_betrays(
    claim: str, zone: ZoneInfo, told: datetime | None, hour: int
) -> None:
    sent_at = datetime(2019, 7, 1, hour, tzinfo=UTC)
    assert ExportClock(zone, told).read_sent_at(WALL) == (sent_at, True)


@pytest.mark.parametrize(
    "fields", [{}, {"date": "yesterday"}, {"date_unixtime": "soon"}, {"date_unixtime": "9" * 30}]
)
def test_without_a_time_nothing_is_guessed(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the reason is the standard library's)
        ExportClock(SEOUL).read_sent_at(fields)


@pytest.mark.parametrize(
    ("fields", "edited"),
    [
        ({}, False),
        ({"edited": "1970-01-01T05:00:00"}, False),
        ({"edited": "1969-12-31T19:00:00"}, False),
        ({"edited": "2019-07-01T12:00:00"}, True),
        ({"edited": "2019-07-01T12:00:00", "edited_unixtime": "1561975200"}, True),
        ({"edited": "1970-01-01T05:00:00", "edited_unixtime": "0"}, False),
        ({"edited": None}, False),
        ({"edited": "?"}, False),
    ],
)
def test_edited_at_the_epoch_means_not_edited(fields: dict[str, str], edited: bool) -> None:
    assert is_edited(fields) is edited


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'"edited": "2019-01-01T00:00:00", "edited": "1970-01-01T05:00:00"', "1970-01-01T05:00"),
        (b'"edited":"1969-12-31T19:00:00"', "1969-12-31T19:00"),
        (b'"date_unixtime": "1", "edited": "1970-01-01T05:00:00"', None),
        (rb'"text": "\"edited\": \"1970-01-01T05:00:00\""', None),
        (b"{}", None),
        (b" " * ((1 << 20) - 20) + b'"edited": "1970-01-01T05:00:00"', "1970-01-01T05:00"),
    ],
)
def test_the_epoch_is_found_where_no_unix_time_comes_first(raw: bytes, found: str | None) -> None:
    expected = None if found is None else epoch(found)
    assert find_epoch(io.BytesIO(raw)) == expected

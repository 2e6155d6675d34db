"""The time: now, the local zone, and days; only this asks the system, so that tests can hold it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import tzlocal


def read_now() -> datetime:
    """The present as an aware UTC datetime."""
    return datetime.now(UTC)


def find_local_zone() -> tzinfo:
    """The machine's IANA zone; `TZ` wins, as for every other program."""
    return ZoneInfo(tzlocal.get_localzone_name())


class LocalZone(tzinfo):
    """The machine's zone, for a process that outlives a journey: `refresh` looks which it is now.

    Between two calls it stays the same, so that what is reckoned in it fits together.
    """

    def __init__(self) -> None:
        self._zone = find_local_zone()

    def refresh(self) -> None:
        """Be the zone that the machine is set to now."""
        time.tzset()
        tzlocal.reload_localzone()
        self._zone = find_local_zone()

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return self._zone.utcoffset(at)

    def dst(self, at: datetime | None) -> timedelta | None:
        return self._zone.dst(at)

    def tzname(self, at: datetime | None) -> str | None:
        return self._zone.tzname(at)

    def fromutc(self, at: datetime) -> datetime:
        return self._zone.fromutc(at.replace(tzinfo=self._zone)).replace(tzinfo=self)


def day_of(at: datetime, zone: tzinfo) -> date:
    """The local date on which the instant `at` falls."""
    return at.astimezone(zone).date()


def localize(wall: datetime, zone: tzinfo) -> datetime:
    """The UTC instant of a wall-clock time as an export writes it.

    In the hour that occurs twice (clocks going back) the first is taken; a time that
    does not exist (clocks going forward) is read with the offset before the change.
    Both are PEP 495's fold=0. `wall` must be naive.
    """
    if wall.tzinfo is not None:
        raise ValueError("wall-clock time must be naive")
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)

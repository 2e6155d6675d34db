"""The time: now, the local zone, and days; only this asks the system, so that tests can hold it."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import tzlocal


def read_now() -> datetime:
    """The present as an aware UTC datetime."""
    return datetime.now(UTC)


def find_local_zone() -> tzinfo:
    """The machine's IANA zone; `TZ` wins, as for every other program."""
    return ZoneInfo(tzlocal.get_localzone_name())


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

"""A daily stretch of local time, such as the night; plain arithmetic, asks no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from companion.clock import day_of, localize

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` up to, but not with, `end`, every local day; over midnight where `end` is the
    earlier of the two.
    """

    start: time
    end: time

    def find_end(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the stretch that `now` lies in ends, aware UTC; None where it lies in none.

        Both ends are instants, as `localize` reads them: where clocks go back into the stretch it
        ends once, and where they skip its end it ends as much later.
        """
        today = day_of(now, zone)
        for day in (today - timedelta(days=1), today):
            last_day = day if self.start < self.end else day + timedelta(days=1)
            start = localize(datetime.combine(day, self.start), zone)
            end = localize(datetime.combine(last_day, self.end), zone)
            if start <= now < end:
                return end
        return None


def parse_hours(text: str) -> Hours | None:
    """The hours of "23:00-07:00"; None for anything else, two equal times included."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        return None
    first_hour, first_minute, last_hour, last_minute = map(int, found.groups())
    hours = Hours(time(first_hour, first_minute), time(last_hour, last_minute))
    return None if hours.start == hours.end else hours

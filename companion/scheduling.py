"""When things are due: cron expressions and the daemon's clock; only this knows APScheduler.

There is no job store: a tick asks the archive what is due (architecture.md, rule 8), so a
machine that slept through the hour makes the digest when it wakes, once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.triggers.cron import CronTrigger

from companion.clock import localize
from companion.errors import ConfigError

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LOOK_BACK = (timedelta(days=1), timedelta(days=8), timedelta(days=32), timedelta(days=366))
_MINUTE = timedelta(minutes=1)


class Cron:
    """A cron expression of five fields in one zone, with the weekday numbers of cron itself.

    A time that the clocks skip falls due when they have skipped it, at the first minute after;
    one that occurs twice falls due the first time, as in cron(8) of Debian. Times come out as
    aware datetimes of UTC.
    """

    def __init__(self, expression: str, zone: tzinfo) -> None:
        self._zone = zone
        try:
            # Asked in UTC, whose clocks never jump: what the zone makes of a time is ours to say.
            self._trigger = CronTrigger.from_crontab(_name_weekdays(expression), timezone=UTC)
        except ValueError as error:
            raise ConfigError(
                f"{expression!r} is not a cron expression ({error})",
                next_step='set digest_cron to five fields, such as "30 21 * * *"',
            ) from error

    def find_next(self, now: datetime) -> datetime | None:
        """The first time after `now`; None when it never comes (31 February)."""
        # No earlier time of the wall clock can lie in the future: `_place` keeps the order.
        wall = self._step(self._read_wall(now))
        while wall is not None and self._place(wall) <= now:
            wall = self._step(wall)
        return None if wall is None else self._place(wall)

    def find_latest(self, now: datetime) -> datetime | None:
        """The last time at or before `now`, at most a year back; None when there is none."""
        for span in _LOOK_BACK:
            found, wall = None, self._step(self._read_wall(now - span))
            while wall is not None and self._place(wall) <= now:
                found, wall = wall, self._step(wall)
            if found is not None:
                return self._place(found)
        return None

    def _step(self, wall: datetime) -> datetime | None:
        after = wall.replace(tzinfo=UTC) + timedelta(microseconds=1)
        found = self._trigger.get_next_fire_time(None, after)
        return found.replace(tzinfo=None) if isinstance(found, datetime) else None

    def _read_wall(self, at: datetime) -> datetime:
        return at.astimezone(self._zone).replace(tzinfo=None)

    def _place(self, wall: datetime) -> datetime:
        """The instant of a time of the wall clock, or of the first minute after it that exists."""
        at = localize(wall, self._zone)
        while self._read_wall(at) != wall:
            wall += _MINUTE
            at = localize(wall, self._zone)
        return at


class Clockwork(threading.Thread):
    """Calls `tick` at every time of `cron`, and `poll_s` seconds after the last call at the latest.

    How long to wait is reckoned anew each time and counted by the monotonic clock: whatever the
    system's clock is set to, the next call is no further off than `poll_s`.
    """

    def __init__(
        self,
        tick: Callable[[], None],
        cron: Cron | None,
        poll_s: float,
        read_now: Callable[[], datetime],
    ) -> None:
        super().__init__(name="clockwork")
        self._tick, self._cron, self._poll_s, self._read_now = tick, cron, poll_s, read_now
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping.wait(self._count_wait_s()):
            self._tick()

    def stop(self) -> None:
        """End; a tick that runs is waited for."""
        self._stopping.set()
        self.join()

    def _count_wait_s(self) -> float:
        now = self._read_now()
        next_at = self._cron.find_next(now) if self._cron is not None else None
        if next_at is None:
            return self._poll_s
        return min(self._poll_s, (next_at - now).total_seconds())


def _name_weekdays(expression: str) -> str:
    """Write the weekday field with names: APScheduler counts 0 as Monday, cron as Sunday."""
    parts = expression.split()
    if len(parts) != 5 or not any(letter.isdigit() for letter in parts[4]):
        return expression
    if parts[4].startswith("*"):
        return expression
    days: set[int] = set()
    for item in parts[4].split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if not (first.isdigit() and (last or first).isdigit() and (step or "1").isdigit()):
            return expression
        days.update(day % 7 for day in range(int(first), int(last or first) + 1, int(step or 1)))
    parts[4] = ",".join(_WEEKDAYS[day] for day in sorted(days))
    return " ".join(parts)

"""When things are due: cron expressions and the one scheduler; only this knows APScheduler.

There is no job store: a tick asks the archive what is due (architecture.md, rule 8), so a
machine that slept through the hour makes the digest when it wakes, once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from companion.errors import ConfigError

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LOOK_BACK = (timedelta(days=1), timedelta(days=8), timedelta(days=32), timedelta(days=366))
_NO_MISSED_RUN = None
"""APScheduler's `misfire_grace_time`: never drop a run for being late."""


class Cron:
    """A cron expression of five fields in one zone, with the weekday numbers of cron itself."""

    def __init__(self, expression: str, zone: tzinfo) -> None:
        try:
            self._trigger = CronTrigger.from_crontab(_name_weekdays(expression), timezone=zone)
        except ValueError as error:
            raise ConfigError(
                f"{expression!r} is not a cron expression ({error})",
                next_step='set digest_cron to five fields, such as "30 21 * * *"',
            ) from error

    @property
    def trigger(self) -> CronTrigger:
        """For the scheduler."""
        return self._trigger

    def find_next(self, now: datetime) -> datetime | None:
        """The first time after `now`; None when it never comes (31 February)."""
        return self._step(now)

    def find_latest(self, now: datetime) -> datetime | None:
        """The last time at or before `now`, at most a year back; None when there is none."""
        for span in _LOOK_BACK:
            found, at = None, self._step(now - span)
            while at is not None and at <= now:
                found, at = at, self._step(at)
            if found is not None:
                return found
        return None

    def _step(self, after: datetime) -> datetime | None:
        at = self._trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        return at if isinstance(at, datetime) else None


class Clockwork:
    """Calls `tick` at every time of `cron` and every `poll_s` seconds, on a thread of its own."""

    def __init__(self, tick: Callable[[], None], cron: Cron | None, poll_s: int) -> None:
        self._scheduler = BackgroundScheduler(
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": _NO_MISSED_RUN,
            }
        )
        self._scheduler.add_job(tick, IntervalTrigger(seconds=poll_s))
        if cron is not None:
            self._scheduler.add_job(tick, cron.trigger)

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a tick that runs is waited for."""
        self._scheduler.shutdown(wait=True)


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

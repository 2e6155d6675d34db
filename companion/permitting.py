"""Decides whether the daemon may let the model work now; it starts, stops and asks nothing.

The rules are the settings of the config file. What holds the model back is always said with the
time at which to look again, so that nobody has to poll.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from companion.config import Config
from companion.hours import parse_hours

Reason = Literal["paused", "quiet hours", "on battery", "machine busy", "work limit"]

LOOK_AGAIN = timedelta(seconds=60)
"""For what ends without notice: a battery, a load."""

_HOUR_S = 3600.0
_LOAD_S = 60.0
"""The time constant of the first of the system's load averages (getloadavg(3))."""

_ROOM_S = 60.0
"""How much of the hour's minutes must be free for the model to start again: less would load it
for the sake of one summary."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The model is to rest."""

    reason: Reason
    until: datetime
    """When to look again, aware UTC; the reason may hold on then."""

    @property
    def ends_at(self) -> datetime | None:
        """When the reason is over; None where it ends without notice."""
        return None if self.reason in ("on battery", "machine busy") else self.until


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine at one moment."""

    is_on_battery: bool
    """False also where there is no battery, or none that the system tells of."""

    load: float
    """How many threads ran or waited to, on the average of the last minute; ours included."""

    cores: int
    """As the scheduler counts them, two where a core runs two threads."""

    physical_cores: int


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a decision rests on, besides the settings and the work done."""

    now: datetime
    zone: tzinfo
    machine: Machine
    paused_until: datetime | None
    clock_s: float
    """The monotonic clock that the work log goes by."""


class WorkLog:
    """When the model worked during the last hour, on a monotonic clock the caller reads."""

    def __init__(self) -> None:
        self._spans: deque[tuple[float, float]] = deque()

    def note(self, start_s: float, end_s: float) -> None:
        """It worked from then to then, after all that was noted before."""
        if self._spans and self._spans[-1][1] == start_s:
            start_s, _ = self._spans.pop()
        self._spans.append((start_s, end_s))
        while self._spans and self._spans[0][1] <= end_s - _HOUR_S:
            self._spans.popleft()

    def count_work_s(self, clock_s: float) -> float:
        """How long it worked within the hour before `clock_s`."""
        begin_s = clock_s - _HOUR_S
        return sum(max(0.0, end_s - max(start_s, begin_s)) for start_s, end_s in self._spans)

    def count_wait_s(self, clock_s: float, target_s: float) -> float:
        """How long to rest until no more than `target_s` of work lie within the hour."""
        begin_s = clock_s - _HOUR_S
        excess_s = self.count_work_s(clock_s) - target_s
        if excess_s <= 0:
            return 0.0
        for start_s, end_s in self._spans:
            first_s = max(start_s, begin_s)
            if end_s - first_s >= excess_s:
                return first_s + excess_s - begin_s
            excess_s -= max(0.0, end_s - first_s)
        return _HOUR_S  # beyond rounding: no work is left by then

    def estimate_load(self, clock_s: float, threads: int) -> float:
        """What of the load average is the model's own, had it run on so many threads.

        The average decays with the system's constant, and so does each stretch of work in it.
        """
        return threads * sum(
            math.exp((end_s - clock_s) / _LOAD_S) - math.exp((start_s - clock_s) / _LOAD_S)
            for start_s, end_s in self._spans
        )


def find_hold(
    config: Config,
    moment: Moment,
    log: WorkLog,
    *,
    is_asked: bool = False,
    is_working: bool = False,
) -> Hold | None:
    """Why the model may not work now; None where it may.

    `is_asked`: the user waits for this very work, so that the pause alone can forbid it.
    `is_working`: it works already, and may use the last of its minutes up.
    """
    if moment.paused_until is not None and moment.paused_until > moment.now:
        return Hold("paused", moment.paused_until)
    if is_asked:
        return None
    hours = parse_hours(config.quiet_hours)
    quiet_until = hours.find_end(moment.now, moment.zone) if hours else None
    if quiet_until is not None:
        return Hold("quiet hours", quiet_until)
    if config.ac_only and moment.machine.is_on_battery:
        return Hold("on battery", moment.now + LOOK_AGAIN)
    if _is_busy(config, moment, log):
        return Hold("machine busy", moment.now + LOOK_AGAIN)
    wait_s = _count_limit_wait_s(config, moment, log, is_working=is_working)
    return Hold("work limit", moment.now + timedelta(seconds=wait_s)) if wait_s else None


def _is_busy(config: Config, moment: Moment, log: WorkLog) -> bool:
    """Whether others load the machine; what the model itself adds to the load is left out."""
    if not config.load_limit_percent:
        return False
    machine = moment.machine
    own = log.estimate_load(moment.clock_s, config.threads or machine.physical_cores)
    return (machine.load - own) / machine.cores * 100 > config.load_limit_percent


def _count_limit_wait_s(config: Config, moment: Moment, log: WorkLog, *, is_working: bool) -> float:
    """Seconds to rest for the limit's sake; 0: it is not reached, or there is none."""
    limit_s = config.work_limit_min_per_hour * 60.0
    if not limit_s:
        return 0.0
    used_s = log.count_work_s(moment.clock_s)
    target_s = max(0.0, limit_s - _ROOM_S)
    if used_s < limit_s if is_working else used_s <= target_s:
        return 0.0
    return log.count_wait_s(moment.clock_s, target_s)

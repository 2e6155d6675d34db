"""Asks the machine, the clock and the pause whether the model may work; the rules are elsewhere."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from pathlib import Path

import psutil

from companion.config import Config
from companion.pausing import find_pause
from companion.permitting import Hold, Machine, Moment, WorkLog, find_hold
from storage.records import RunRow


def read_machine() -> Machine:
    """The machine as it is now."""
    # Where psutil knows no batteries at all it lacks the function.
    find_battery = getattr(psutil, "sensors_battery", lambda: None)
    battery = find_battery()
    return Machine(
        is_on_battery=battery is not None and battery.power_plugged is False,
        load=os.getloadavg()[0],
        cores=os.cpu_count() or 1,
        physical_cores=psutil.cpu_count(logical=False) or 1,
    )


class Gate:
    """What the worker passes before and between summaries. Used by one thread."""

    def __init__(
        self,
        pause_file: Path,
        config: Config,
        zone: tzinfo,
        read_now: Callable[[], datetime],
        *,
        read_machine: Callable[[], Machine] = read_machine,
    ) -> None:
        self._pause_file, self._config = pause_file, config
        self._zone, self._read_now, self._read_machine = zone, read_now, read_machine
        self._log = WorkLog()
        self._began_s: float | None = None

    def find_hold(self, *, is_asked: bool = False) -> Hold | None:
        """Why the model may not work now, None where it may; `is_asked` as in `permitting`."""
        now, clock_s = self._read_now(), time.monotonic()
        self._note_work(clock_s)
        moment = Moment(
            now, self._zone, self._read_machine(), find_pause(self._pause_file, now), clock_s
        )
        return find_hold(
            self._config,
            moment,
            self._log,
            is_asked=is_asked,
            is_working=self._began_s is not None,
        )

    def remember(self, runs: Iterable[RunRow]) -> None:
        """Count the passes that ended before this process began; to be called once, first of all.

        Of one that was interrupted nobody knows how long it worked.
        """
        now, clock_s = self._read_now(), time.monotonic()
        end_s = -math.inf
        for run in sorted(runs, key=lambda run: run.started_at):
            if run.kind != "summarize" or run.outcome == "interrupted" or run.ended_at is None:
                continue
            # Of two at once one waited for the other.
            start_s = max(end_s, clock_s - (now - run.started_at).total_seconds())
            end_s = clock_s - (now - run.ended_at).total_seconds()
            if start_s < end_s <= clock_s:  # else the clock was set meanwhile
                self._log.note(start_s, end_s)

    def begin_work(self) -> None:
        """The model works from now on; calling twice is fine."""
        if self._began_s is None:
            self._began_s = time.monotonic()

    def end_work(self) -> None:
        """It rests; calling twice is fine."""
        self._note_work(time.monotonic())
        self._began_s = None

    def _note_work(self, clock_s: float) -> None:
        if self._began_s is not None:
            self._log.note(self._began_s, clock_s)
            self._began_s = clock_s

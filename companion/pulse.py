"""Signs of life of the daemon's threads, counted so that no clock can mislead; kills nothing."""

from __future__ import annotations

from collections.abc import Mapping


class Pulse:
    """Beats whenever its thread gets somewhere. One thread beats, any may look."""

    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        """The thread got somewhere: it waits for work again, or a part of its work is done."""
        self.beats += 1


class Rounds:
    """Whether every thread beat within the last `limit` rounds of looking.

    Rounds, not seconds: a machine that slept, a process that was stopped, and a clock that was
    set all pass without one.
    """

    def __init__(self, pulses: Mapping[str, Pulse], limit: int) -> None:
        self._pulses, self._limit = dict(pulses), limit
        self._seen = {name: pulse.beats for name, pulse in pulses.items()}
        self._missed = dict.fromkeys(pulses, 0)

    def look(self) -> list[str]:
        """One round; gives the names of the threads that seem stuck, [] when all live."""
        for name, pulse in self._pulses.items():
            beats = pulse.beats
            self._missed[name] = 0 if beats != self._seen[name] else self._missed[name] + 1
            self._seen[name] = beats
        return [name for name, missed in self._missed.items() if missed > self._limit]

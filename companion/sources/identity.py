"""Stable ids for messages of exports, which have none: a line keeps its id in every re-export.

An id is (minute or second as written, sender, text, n-th repeat): "ㅋㅋ" sent twice in a
minute stays twice, and a grown export gives its old part the old ids. formats.md, rule 7.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, tzinfo

from companion.clock import localize

_NEVER = datetime.min  # noqa: DTZ901  (a wall-clock time has no zone)


class Localizer:
    """Reads wall-clock times of one zone as `companion.clock.localize` does, only quicker.

    The zone is asked once for the messages of an hour, which follow each other, but for an hour
    in which clocks are changed; no zone has changed them twice in one.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._start = self._end = _NEVER  # of the hour, wall-clock times
        self._known = self._known_utc = _NEVER
        """A time of that hour, as the clock and as UTC has it."""

    def __call__(self, wall: datetime) -> datetime:
        if self._start <= wall < self._end:
            return self._known_utc + (wall - self._known)
        utc = localize(wall, self._zone)
        start = wall.replace(minute=0, second=0, microsecond=0, fold=0)
        end = start.replace(minute=59, second=59, microsecond=999_999)
        if self._zone.utcoffset(start) == self._zone.utcoffset(end):
            self._start, self._end = start, end
            self._known, self._known_utc = wall, utc
        return utc


class ExportIdentity:
    """Hands out ids and positions for the messages of ONE conversation, in file order.

    Positions count the messages that share a time stamp. The counters of older stamps are
    kept: exports are not always in order of time (formats.md 1.4).
    """

    def __init__(self) -> None:
        self._repeats: dict[bytes, int] = {}
        self._positions: dict[datetime, int] = {}

    def next_id(
        self, sent_at: datetime, sender: str, text: str, *, written: str | None = None
    ) -> tuple[str, int]:
        """The id of the next message and its position among those of the same stamp.

        `written`: the stamp as it stands, where `sent_at` is a reading of it that a grown
        export may correct (day and month told apart); the id hangs on it instead.
        """
        key = _digest(written or str(int(sent_at.timestamp())), sender, text)
        repeat = self._repeats.get(key, 0)
        self._repeats[key] = repeat + 1
        position = self._positions.get(sent_at, 0)
        self._positions[sent_at] = position + 1
        return f"{key.hex()}-{repeat}", position


class RunningPositions:
    """Hands out positions to messages that have ids of their own, in memory of one.

    Those of one time stamp follow each other in the file, or lose their order.
    """

    def __init__(self) -> None:
        self._last_at: datetime | None = None
        self._position = 0

    def next_position(self, sent_at: datetime) -> int:
        """The position of the next message among those of the same stamp."""
        self._position = self._position + 1 if sent_at == self._last_at else 0
        self._last_at = sent_at
        return self._position


def _digest(stamp: str, sender: str, text: str) -> bytes:
    """96 bits: no clash is to be expected below some 10^12 messages of one conversation."""
    parts = f"{stamp}\x1f{sender}\x1f{text}"
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=12).digest()

"""Instants as Apple's stores write them, since 2001; nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_NANOSECONDS_ABOVE = 10**11
"""Messages went from seconds to nanoseconds with macOS 10.13; this is the year 5169 in
seconds and two minutes past the epoch in nanoseconds."""


def to_instant(raw: object) -> datetime | None:
    """The UTC instant of a date column in seconds or nanoseconds, told apart by their size;
    None for NULL, 0 ("never") and what is no date.
    """
    if isinstance(raw, int | float) and abs(raw) > _NANOSECONDS_ABOVE:
        return _add_to_epoch(microseconds=raw // 1000)
    return seconds_to_instant(raw)


def seconds_to_instant(raw: object) -> datetime | None:
    """The same of a column that is always in seconds, as Core Data writes dates."""
    if not isinstance(raw, int | float) or raw == 0:
        return None
    return _add_to_epoch(seconds=raw)


def _add_to_epoch(*, seconds: float = 0, microseconds: float = 0) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=seconds, microseconds=microseconds)
    except (OverflowError, ValueError):
        return None

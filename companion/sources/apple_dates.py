"""Instants as Apple's stores write them, since 2001; nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_NANOSECONDS_ABOVE = 10**11
"""Messages went from seconds to nanoseconds with macOS 10.13; this is the year 5169 in
seconds and two minutes past the epoch in nanoseconds."""


def to_instant(raw: object) -> datetime | None:
    """The UTC instant of a date column; None for NULL, 0 ("never") and what is no date."""
    if not isinstance(raw, int | float) or raw == 0:
        return None
    try:
        if abs(raw) > _NANOSECONDS_ABOVE:
            return _EPOCH + timedelta(microseconds=raw // 1000)
        return _EPOCH + timedelta(seconds=raw)
    except (OverflowError, ValueError):
        return None

"""Keeps disappearing messages from outliving their timers, whatever their stores tell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that only look load nothing that writes
    from storage.archive import Archive
    from storage.reader import Reader


def remove_expired(
    reader: Reader, open_archive: Callable[[], AbstractContextManager[Archive]], now: datetime
) -> int:
    """Remove what is to be gone by `now`, with its summaries; gives how many messages.

    The archive is opened for writing only if there are any.
    """
    expiry = reader.find_next_expiry()
    if expiry is None or expiry > now:
        return 0
    with open_archive() as archive:
        return archive.remove_expired(now)


def count_wait_s(reader: Reader, now: datetime) -> float | None:
    """Seconds until the next timer runs out, 0 when one has; None when none runs."""
    expiry = reader.find_next_expiry()
    return None if expiry is None else max(0.0, (expiry - now).total_seconds())

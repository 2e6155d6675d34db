"""Removes what is kept no longer and finishes what forgetting began; once a day, and when asked."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from companion.clock import day_of
from companion.leaving_out import Rules, apply_patterns
from storage.archive import Archive
from storage.reader import Reader


def remove_old(archive: Archive, rules: Rules, now: datetime, zone: tzinfo) -> int:
    """Remove messages and digests older than their sources or the config keep them.

    Gives how many messages went.
    """
    return archive.remove_old(rules.retention_days, at=now, today=day_of(now, zone))


class Upkeep:
    """What a process that runs for months does for the archive beside reading."""

    def __init__(self, rules: Rules, zone: tzinfo) -> None:
        self.rules = rules
        self._zone = zone
        self._done_on: date | None = None

    def run(self, archive: Archive, reader: Reader, now: datetime) -> bool:
        """Whether messages were removed; to be called before sources are read.

        Old messages, and letters of removed ones in a large index, once a local day. What is
        left of a forgotten conversation at every call, until no reader is in the way.
        """
        apply_patterns(archive, reader, self.rules)
        today = day_of(now, self._zone)
        is_new_day = today != self._done_on
        removed = remove_old(archive, self.rules, now, self._zone) if is_new_day else 0
        erasures = reader.erasures()
        if any(erasures) or (is_new_day and erasures):
            archive.erase()
        self._done_on = today
        return removed > 0

"""When a Telegram message was sent: by its Unix time, else by a wall clock; nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, BinaryIO

from companion.clock import localize

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (a wall-clock time, as the export writes it)
_UTC_OFFSETS = timedelta(hours=14)
_CLUE = re.compile(
    rb'"date_unixtime"\s*:|"edited"\s*:\s*"(?P<epoch>(?:1970-01-01|1969-12-31)T\d\d:\d\d:\d\d)"'
)
_CLUE_BYTES = 64
_BLOCK_BYTES = 1 << 20


class ExportClock:
    """Reads the times of one export.

    Exports since late 2021 give `date_unixtime`. Older ones give local time without a zone, but
    betray its offset: unedited messages are "edited" at the epoch (formats.md 1.7, trap a).
    """

    def __init__(self, zone: tzinfo, epoch: datetime | None = None) -> None:
        """`epoch`: 1970-01-01 00:00 UTC on the exporter's wall clock, where the export tells."""
        self._zone = zone
        if epoch is not None and (offset := epoch - _EPOCH) not in _list_offsets(zone):
            self._zone = timezone(offset)

    def read_sent_at(self, fields: Mapping[str, Any]) -> tuple[datetime, bool]:
        """(UTC, whether that is approximate). Raises `ValueError` where there is no time."""
        unixtime = fields.get("date_unixtime")
        try:
            if unixtime is not None:
                return datetime.fromtimestamp(int(unixtime), UTC), False
            wall = datetime.fromisoformat(str(fields["date"]))
            return localize(wall, self._zone), True
        except (KeyError, TypeError, OverflowError, OSError) as error:
            raise ValueError("no time") from error


def is_edited(fields: Mapping[str, Any]) -> bool:
    """Whether a message was changed: edited after the epoch."""
    if "edited_unixtime" in fields:
        return str(fields["edited_unixtime"]) != "0"
    edited = fields.get("edited")
    if not isinstance(edited, str):
        return False
    try:
        return abs(datetime.fromisoformat(edited) - _EPOCH) > _UTC_OFFSETS
    except ValueError:
        return False


def find_epoch(stream: BinaryIO) -> datetime | None:
    """The epoch on the exporter's wall clock; None where the export gives Unix times.

    Reads a file from its beginning as far as the first of both, mostly some kilobytes.
    """
    tail = b""
    while block := stream.read(_BLOCK_BYTES):
        clue = _CLUE.search(tail + block)
        if clue is not None:
            epoch = clue["epoch"]
            return datetime.fromisoformat(epoch.decode()) if epoch else None
        tail = block[-_CLUE_BYTES:]
    return None


def _list_offsets(zone: tzinfo) -> set[timedelta | None]:
    """Offsets that computers in this zone give the epoch: the historical one, or today's.

    Where one fits, the zone is the exporter's own: it knows summer time, an offset does not.
    """
    moments = (datetime(year, month, 1, tzinfo=zone) for year, month in _SAMPLED_MONTHS)
    return {moment.utcoffset() for moment in moments}


_SAMPLED_MONTHS = ((1970, 1), (2020, 1), (2020, 7))

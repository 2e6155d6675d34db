"""The pause the user asked for: a small file with its end, so that it outlives every process."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from companion.errors import UsageError
from companion.replacing import replace_file

LIMIT = timedelta(days=366)

_PARTS = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?")


def parse_duration(text: str) -> timedelta:
    """The span of "90m", "2h", "1d12h"; raises `UsageError` for no span, or one over a year."""
    found = _PARTS.fullmatch(text.strip().lower())
    days, hours, minutes = map(int, found.groups("0")) if found else (0, 0, 0)
    span = timedelta(days=days, hours=hours, minutes=minutes)
    if not timedelta(0) < span <= LIMIT:
        raise UsageError(
            f"{text!r} is no duration between a minute and a year",
            next_step="write it as 30m, 2h or 1d12h",
        )
    return span


def save_pause(path: Path, until: datetime) -> None:
    """Pause the home's daemon until then, aware UTC, whatever was before."""
    replace_file(path, until.isoformat() + "\n")


def find_pause(path: Path, now: datetime) -> datetime | None:
    """When the pause ends; None where there is none at `now`."""
    try:
        until = datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    return until if until > now else None


def end_pause(path: Path) -> None:
    """Pause no longer; nothing happens where there was no pause."""
    path.unlink(missing_ok=True)

"""How values stand in the archive's columns: times, days, words and JSON; no SQL.

Times are whole microseconds since 1970 UTC: exact for every store but iMessage's
nanoseconds, whose last three digits no `datetime` can hold anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def write_at(at: datetime) -> int:
    """The column value of an aware datetime; a naive one is a `ValueError`."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be kept")
    return (at - _EPOCH) // _MICROSECOND


def find_at(at: datetime | None) -> int | None:
    """The same for a time that may be missing."""
    return None if at is None else write_at(at)


def read_at(value: int) -> datetime:
    """The aware UTC datetime of a column value."""
    return _EPOCH + value * _MICROSECOND


def read_optional_at(value: int | None) -> datetime | None:
    """The same for a column that may be NULL."""
    return None if value is None else read_at(value)


def write_text(text: str) -> str:
    """Text as UTF-8 can hold it: half of a surrogate pair, seen in cut exports, becomes U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def write_json(value: Mapping[str, object] | Sequence[str]) -> str:
    """JSON with Korean left readable."""
    return json.dumps(value, ensure_ascii=False)


def read_strings(value: str) -> tuple[str, ...]:
    """The strings of a JSON array."""
    return tuple(json.loads(value))


def read_mapping(value: str) -> dict[str, Any]:
    """The values of a JSON object."""
    loaded: dict[str, Any] = json.loads(value)
    return loaded

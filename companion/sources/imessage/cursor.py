"""Where a reading of chat.db ended, and what the next one must look at again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """More than a ROWID, which sees new rows only: edits, unsends, read flips and deletions
    are made in place (formats.md, general rule 2).
    """

    identity: str
    """Of the database and of the settings that shape its messages."""

    rowid: int = 0
    """The newest row looked at."""

    changed: Mapping[int, int] = field(default_factory=dict)
    """When each row lately edited, unsent or recovered was so, by ROWID."""

    deleted: int = 0
    """When the newest row of Recently Deleted came there."""

    pending: tuple[int, ...] = ()
    """Rows met before they were finished or had a chat."""

    unread: Mapping[str, str] = field(default_factory=dict)
    """The key of the conversation of each message told as unread, by guid."""

    def to_json(self) -> str:
        return json.dumps({"version": _VERSION, **asdict(self)}, separators=(",", ":"))


def parse_cursor(text: str | None) -> Cursor | None:
    """The cursor; None for None and for one of another version, which means: read all."""
    if not text:
        return None
    try:
        fields = json.loads(text)
        if fields.pop("version") != _VERSION:
            return None
        fields["changed"] = {int(rowid): at for rowid, at in fields["changed"].items()}
        return Cursor(**fields | {"pending": tuple(fields["pending"])})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None

"""Reads what was edited and unsent from `message_summary_info`; touches no other column.

The blob is a binary property list. A message has parts (an attachment or a run of text is
one each): `otr` lists those it was sent with, `ec` maps an edited part to its versions, the
last being the current one, and `rp` lists the unsent ones (formats.md 1.1, "Edits/unsends").
"""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from companion.sources.imessage.typedstream import extract_text


@dataclass(frozen=True, slots=True)
class Edits:
    """What happened to the parts of one message since it was sent."""

    sent: frozenset[int] = frozenset()
    """All parts at the time of sending; empty where the store does not say."""

    unsent: frozenset[int] = frozenset()
    texts: Mapping[int, str] = field(default_factory=dict)
    """The current text of each edited part, without the unsent ones."""

    @property
    def is_unsent(self) -> bool:
        """Whether every part was taken back."""
        return bool(self.sent) and self.sent <= self.unsent

    @property
    def is_partly_unsent(self) -> bool:
        """Whether some part was taken back and some part was not."""
        return bool(self.unsent) and not self.sent <= self.unsent

    @property
    def are_whole(self) -> bool:
        """Whether `text` is all of the message: every part still there was edited."""
        return bool(self.texts) and self.sent - self.unsent <= self.texts.keys()

    @property
    def text(self) -> str:
        """The current text of the edited parts; "" when there is none."""
        return "".join(self.texts[part] for part in sorted(self.texts))


NO_EDITS = Edits()


def read_edits(blob: object) -> Edits:
    """What the summary of a message tells; `NO_EDITS` for NULL and what cannot be read.

    Nothing is lost by that: a message whose summary is broken still has its body.
    """
    if not isinstance(blob, bytes):
        return NO_EDITS
    try:
        summary = plistlib.loads(blob, fmt=plistlib.FMT_BINARY)
    except (plistlib.InvalidFileException, ValueError, RecursionError):
        return NO_EDITS
    if not isinstance(summary, dict):
        return NO_EDITS
    unsent = frozenset(part for part in _list(summary.get("rp")) if isinstance(part, int))
    texts = {
        part: text
        for part, versions in _parts(summary.get("ec")).items()
        if part not in unsent and (text := _find_last_text(versions)) is not None
    }
    return Edits(frozenset(_parts(summary.get("otr"))), unsent, texts)


def _parts(value: object) -> dict[int, Any]:
    """A dictionary keyed by the number of a part, which property lists write as text."""
    if not isinstance(value, dict):
        return {}
    return {
        int(key): item for key, item in value.items() if isinstance(key, str) and key.isdecimal()
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _find_last_text(versions: object) -> str | None:
    for version in reversed(_list(versions)):
        blob = version.get("t") if isinstance(version, dict) else None
        if isinstance(blob, bytes) and (text := extract_text(blob)) is not None:
            return text
    return None

"""The rows of Signal's database as the rest of the package sees them; no SQL.

"" and 0 stand for NULL and for absent columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A row of `conversations`: a group, or a person, whether or not anything was written."""

    id: str
    type: str
    """"private" or "group"."""

    name: str
    """Of a group, or as the owner's contacts call a person."""

    profile_name: str
    phone: str
    service_id: str
    group_id: str
    """Of a group its own, the same on every device."""

    members: tuple[str, ...]
    """Service ids of the members of a group."""

    details: Mapping[str, Any]
    """The column `json`."""


class MessageRow(NamedTuple):
    """A row of `messages`."""

    rowid: int
    source: str
    """Service id of the sender, or phone number in old rows; "" for the owner."""

    id: str
    conversation_id: str
    type: str
    body: str
    sent_at: int
    """Milliseconds since 1970."""

    story_id: str
    timer_s: int
    """After how long it disappears; 0: never."""

    timer_started_at: int
    """Milliseconds since 1970; 0: not yet."""

    is_erased: int
    is_view_once: int
    attachments: tuple[str, ...]
    """MIME types of its files."""

    details: Mapping[str, Any]
    """The column `json`."""

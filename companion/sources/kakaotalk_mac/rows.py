"""The rows of KakaoTalk's database as the rest of the package sees them; no SQL.

"" and 0 stand for NULL and for absent columns. Ids exceed 2^53: they stay whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A row of `NTChatRoom` with the titles kept elsewhere."""

    chat_id: int
    link_id: int
    """Of an open chat's link, whose members have names of their own; 0 for other rooms."""

    type: int
    name: str
    """The name the owner gave the room."""

    shared_name: str
    """The name that members gave a group."""

    link_name: str
    unread: int
    last_seen: int
    """The logId up to which the room was seen."""

    partner: int
    """The other one of a pair; 0 for none."""

    members: tuple[int, ...]
    """Those the list of rooms shows, not always all of them."""


class MessageRow(NamedTuple):
    """A row of `NTChatMessage`."""

    rowid: int
    chat_id: int
    log_id: int
    msg_id: int
    author: int
    type: int
    sent_at: int
    """Seconds since 1970."""

    message: str
    attachment: str
    """JSON, or ""."""

    supplement: str
    """JSON, or ""."""

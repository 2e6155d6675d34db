"""Turns a row of `NTChatMessage` into what KakaoTalk shows for it; opens and queries nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from companion.sources.interface import MessageFound, MessageKind
from companion.sources.kakaotalk_mac.rooms import Rooms
from companion.sources.kakaotalk_mac.rows import MessageRow, RoomRow

FEED = 0
_DELETED = 0x4000
"""Set in the type of a message that its sender took back, whatever it was before."""

_MEDIA = {
    2: "[photo]",
    3: "[video]",
    4: "[contact]",
    5: "[audio]",
    6: "[sticker]",
    12: "[sticker]",
    16: "[location]",
    17: "[contact]",
    18: "[file]",
    20: "[sticker]",
    22: "[sticker]",
    25: "[sticker]",
    27: "[photo]",
}
_INVITED, _LEFT, _JOINED, _REMOVED = {1}, {2}, {4}, {6, 7}


def render(
    row: MessageRow, room: RoomRow, rooms: Rooms, *, is_unread: bool, reply_to: str | None
) -> MessageFound | None:
    """The message of a row; None for one without a date."""
    sent_at = _to_instant(row.sent_at)
    if sent_at is None:
        return None
    is_me = row.author == rooms.owner
    text, kind = _render_body(row)
    return MessageFound(
        conversation_key=str(room.chat_id),
        id=name_message(row.log_id, row.msg_id),
        sender="" if row.type == FEED and not row.author else rooms.name_sender(room, row.author),
        is_me=is_me,
        sent_at=sent_at,
        text=text,
        kind=kind,
        position=row.log_id,
        reply_to=reply_to,
        is_read=not is_unread,
    )


def name_message(log_id: int, msg_id: int) -> str:
    """The id of a message: the same logId may occur twice (formats.md 1.3)."""
    return f"{log_id}-{msg_id}"


def find_answered(row: MessageRow) -> int | None:
    """The logId of the message that this one answers."""
    reply = _load(row.supplement).get("reply")
    for told in (reply, _load(row.attachment)):
        found = told.get("src_logId") if isinstance(told, dict) else None
        if isinstance(found, int) and found:
            return found
    return None


def _render_body(row: MessageRow) -> tuple[str, MessageKind]:
    if row.type & _DELETED:
        return "", "deleted"
    if row.type == FEED:
        return _describe_feed(_load(row.message)), "system"
    text = row.message.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if placeholder := _MEDIA.get(row.type):
        return text or placeholder, "media"
    return (text, "text") if text else ("[empty message]", "media")


def _describe_feed(feed: dict[str, Any]) -> str:
    """One line without a full stop; KakaoTalk stores a code and names, no words."""
    event = feed.get("feedType")
    told = feed.get("members") or [feed.get("member")]
    names = [
        str(member.get("nickName"))
        for member in (told if isinstance(told, list) else [])
        if isinstance(member, dict) and member.get("nickName")
    ]
    who = ", ".join(names) or "somebody"
    if event in _INVITED:
        inviter = feed.get("inviter")
        actor = inviter.get("nickName") if isinstance(inviter, dict) else None
        return f"{actor or 'somebody'} invited {who}"
    if event in _LEFT:
        return f"{who} left"
    if event in _JOINED:
        return f"{who} joined"
    if event in _REMOVED:
        return f"{who} was removed"
    return "the room changed"


def _load(raw: str) -> dict[str, Any]:
    """{} for what is no JSON object."""
    try:
        loaded = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _to_instant(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, ValueError, OSError):
        return None

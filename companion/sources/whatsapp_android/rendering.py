"""Turns a row of `message` into what WhatsApp shows for it; opens and queries nothing."""

from __future__ import annotations

import re
from typing import NamedTuple

from companion.sources.interface import MessageKind

CALL_TYPES = frozenset({8, 10, 90})
SYSTEM_TYPES = frozenset({7}) | CALL_TYPES
_DELETED_TYPES = frozenset({15, 64})
_POLL_TYPES = frozenset({66, 106})
_MISSED_CALL_TYPE = 10

_MEDIA = {"image": "photo", "video": "video", "audio": "audio"}
_BY_TYPE = {
    1: "photo",
    2: "audio",
    3: "video",
    4: "contact",
    5: "location",
    9: "file",
    13: "GIF",
    14: "contacts",
    16: "live location",
    20: "sticker",
    24: "invitation to a group",
    42: "photo",
    43: "video",
    82: "audio",
    92: "event",
    99: "album",
}
"""formats.md 1.6, sepinf-inc/IPED, and jferrl/amberkeep, which counted them in a real store."""

_LINE_BREAKS = re.compile("\r\n?")

_EVENTS = {
    1: "{actor} changed the name of the group",
    4: "{actor} added {others}",
    5: "{actor} left the group",
    6: "{actor} changed the group photo",
    7: "{actor} removed {others}",
    10: "{actor} changed their phone number",
    11: "{actor} created the group",
    12: "{actor} added {others}",
    13: "{actor} left the group",
    14: "{actor} removed {others}",
    18: "The security code of {actor} changed",
    19: "Messages are end-to-end encrypted",
    20: "{others} joined by an invite link",
    27: "{actor} changed the description of the group",
    28: "{actor} changed their phone number",
    56: "{actor} changed how long messages are kept",
    67: "Messages are end-to-end encrypted",
    79: "{others} joined from the community",
}
_JOINED = {4, 12}


class MessageRow(NamedTuple):
    """A row of `message` with what is joined to it; "" and 0 for NULL and absent tables."""

    rowid: int
    chat_id: int
    is_from_me: int
    key_id: str
    sender: int
    """A row of `jid`; 0 for the owner and for the other of a pair."""

    sent_at_ms: object
    message_type: int
    text: str
    sort: int
    mime_type: str
    file_name: str
    caption: str
    place: str
    action: int
    """What a line of the system tells."""

    edited_key_id: str
    """The id under which an edited message was sent; WhatsApp gives it a new one."""

    revoked_key_id: str
    """The same of a message that was deleted for everyone."""

    quoted_key_id: str
    quoted_chat_id: int


def find_id(row: MessageRow) -> str:
    """WhatsApp's own id, the one the message had at first."""
    return row.edited_key_id or row.revoked_key_id or row.key_id or f"row-{row.rowid}"


def find_answered(row: MessageRow) -> str | None:
    """The id of the message this one answers, where that is of the same chat."""
    is_here = row.quoted_chat_id in (0, row.chat_id)
    return row.quoted_key_id if row.quoted_key_id and is_here else None


def render_body(row: MessageRow, actor: str, others: list[str]) -> tuple[MessageKind, str]:
    """Kind and text. A picture with a caption reads as its caption, and is a text.

    `others`: of a line of the system, the people it is about.
    """
    if row.message_type in _DELETED_TYPES or row.revoked_key_id:
        return "deleted", ""
    text = _clean(row.text) or _clean(row.caption)
    if row.message_type in SYSTEM_TYPES:
        return "system", _describe_event(row, text, actor, others)
    if text:
        return "text", f"[poll] {text}" if row.message_type in _POLL_TYPES else text
    word = _BY_TYPE.get(row.message_type) or _MEDIA.get(row.mime_type.partition("/")[0], "media")
    named = row.file_name if word == "file" else row.place
    return "media", f"[{word} {_clean(named)}]" if named else f"[{word}]"


def _clean(text: str) -> str:
    return _LINE_BREAKS.sub("\n", text.replace("\0", "")) if text else ""


def _describe_event(row: MessageRow, text: str, actor: str, others: list[str]) -> str:
    """A sentence; the store has but codes for nearly all of them."""
    if row.message_type in CALL_TYPES:
        return "Missed call" if row.message_type == _MISSED_CALL_TYPE else "Call"
    if row.action in _JOINED and others in ([], [actor]):
        return f"{actor} joined the group" if actor else text
    sentence = _EVENTS.get(row.action, "")
    is_known = ("{actor}" not in sentence or actor) and ("{others}" not in sentence or others)
    return sentence.format(actor=actor, others=", ".join(others)) if is_known else text

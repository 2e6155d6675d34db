"""Turns a row of `mx_room_messages` into what Beeper shows for it; opens and queries nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from companion.sources.decoding import clean_text
from companion.sources.interface import MessageFound, MessageKind, Skipped

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_ABOVE, _NANOSECONDS_ABOVE = 10**11, 10**16
"""A few rows are in seconds, one description says nanoseconds, all readers use milliseconds."""

_SYSTEM_TYPES = frozenset(("MEMBERSHIP", "NAME", "STATE"))
_MEDIA = {
    "IMAGE": "photo",
    "VIDEO": "video",
    "VOICE": "audio",
    "AUDIO": "audio",
    "FILE": "file",
    "STICKER": "sticker",
    "LOCATION": "location",
}
_FAMILIES = {"image": "photo", "video": "video", "audio": "audio"}
_TEMPLATE = re.compile(r"\{\{([^{}]{1,300})\}\}")

NamePerson = Callable[[str, str], str]
"""The name of somebody (second) in a room (first)."""


class MessageRow(NamedTuple):
    """A row of `mx_room_messages`; "" and 0 stand for NULL and for absent columns."""

    rowid: int
    key: str
    """Of the room."""

    event_id: str
    sender_id: str
    timestamp: object
    type: str
    order: int
    """Of the home server: over all rooms."""

    is_sent_by_me: int
    is_deleted: int
    is_edited: int
    reply_to: str
    text_content: str
    message: str
    """JSON."""


def render(
    row: MessageRow, name_person: NamePerson, me: str, *, is_read: bool
) -> MessageFound | Skipped | None:
    """The message of a row; None for one that shows nothing."""
    sent_at = to_instant(row.timestamp)
    if sent_at is None:
        return Skipped(f"message {row.rowid} has no date")
    sender = me if row.is_sent_by_me else name_person(row.key, row.sender_id)
    body = _render_body(row, sender or "You", name_person)
    if body is None:
        return None
    return MessageFound(
        conversation_key=row.key,
        id=row.event_id or f"row-{row.rowid}",
        sender=sender,
        is_me=bool(row.is_sent_by_me),
        sent_at=sent_at,
        text=body[0],
        kind=body[1],
        position=row.order,
        edited=bool(row.is_edited) and body[1] != "deleted",
        reply_to=row.reply_to or None,
        is_read=is_read,
    )


def to_instant(raw: object) -> datetime | None:
    """The UTC instant of a timestamp in seconds, milliseconds or nanoseconds, told apart by
    their size; None for what is no date.
    """
    if not isinstance(raw, int | float) or raw <= 0:
        return None
    if raw > _NANOSECONDS_ABOVE:
        milliseconds = raw / 10**6
    else:
        milliseconds = raw if raw > _MILLISECONDS_ABOVE else raw * 1000
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return None


def _render_body(
    row: MessageRow, sender: str, name_person: NamePerson
) -> tuple[str, MessageKind] | None:
    if row.is_deleted:
        return "", "deleted"
    fields = _parse(row.message)
    written = fields.get("text")
    text = clean_text(written if isinstance(written, str) and written else row.text_content)
    if row.type in _SYSTEM_TYPES:
        return (_fill_template(row.key, text, sender, name_person), "system") if text else None
    if text.strip():
        return text, "text"
    return _describe_media(row.type, fields), "media"


def _parse(message: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _fill_template(key: str, text: str, sender: str, name_person: NamePerson) -> str:
    """A line as "{{sender}} added {{@ana:beeper.local}}" with the names in it."""
    return _TEMPLATE.sub(
        lambda found: sender if found[1] == "sender" else name_person(key, found[1]), text
    )


def _describe_media(kind: str, fields: Mapping[str, Any]) -> str:
    attachments = fields.get("attachments")
    words = [
        _describe_attachment(kind, attachment)
        for attachment in (attachments if isinstance(attachments, list) else [])
        if isinstance(attachment, dict)
    ]
    return " ".join(f"[{word}]" for word in words or [_MEDIA.get(kind, "empty message")])


def _describe_attachment(kind: str, attachment: Mapping[str, Any]) -> str:
    mime_type, name = attachment.get("mimeType"), attachment.get("fileName")
    family = mime_type.partition("/")[0] if isinstance(mime_type, str) else ""
    word = _MEDIA.get(kind, "file") if kind != "FILE" else _FAMILIES.get(family, "file")
    is_named = word == "file" and isinstance(name, str) and name.strip()
    return clean_text(f"file {name}") if is_named else word

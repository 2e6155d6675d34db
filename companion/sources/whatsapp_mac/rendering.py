"""Turns a row of ZWAMESSAGE into what WhatsApp shows for it; opens and queries nothing."""

from __future__ import annotations

import mimetypes
import re
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import NamedTuple

from companion.sources.interface import MessageKind

SYSTEM_TYPES = frozenset({6, 10})
"""Events of a group; calls, encryption and the like."""

_DELETED_TYPE = 14
_MIME_TYPE = re.compile(r"(image|video|audio|application|text)/\S+")
_MEDIA = {"image": "photo", "video": "video", "audio": "audio"}
_CAPTIONED = {"photo", "video", "GIF"}

_BY_TYPE = {
    1: "photo",
    3: "audio",
    4: "contact",
    5: "location",
    8: "file",
    11: "GIF",
    15: "sticker",
}
"""Sources disagree on what is left out here: formats.md 1.5."""

_LINE_BREAKS = re.compile("\r\n?")
_ADDRESS = re.compile(r"@(?:s\.whatsapp\.net|lid|g\.us)\b")

_GROUP_EVENTS = {
    1: "{actor} named the group “{text}”",
    2: "{actor} joined the group",
    3: "{actor} left the group",
    4: "{actor} changed the group photo",
    5: "{actor} removed the group photo",
    7: "{actor} was removed from the group",
    12: "{actor} created the group",
    50: "{actor} joined the group",
}
_OTHER_EVENTS = {
    1: "Missed voice call",
    2: "Messages are end-to-end encrypted",
    3: "The security code of {actor} changed",
    4: "Missed video call",
    22: "Missed group video call",
}
_EVENTS = {6: _GROUP_EVENTS, 10: _OTHER_EVENTS}

_ANSWERED_FIELD = 0x2A
"""Field 5 of the protobuf message in ZMETADATA, a string: the ZSTANZAID of the message that is
answered. It comes first where there is one (KnugiHK/WhatsApp-Chat-Exporter)."""


class MessageRow(NamedTuple):
    """A row of ZWAMESSAGE with its ZWAMEDIAITEM; "" and 0 for NULL and what is absent."""

    rowid: int
    chat_id: int
    member: int
    is_from_me: int
    message_type: int
    event: int
    date: object
    sort: int
    stanza_id: str
    text: str
    title: str
    """The caption of a picture, the name of a file, of a linked page, or of a place."""

    card_name: str
    card: str
    """A contact's card, or the MIME type of what is none."""

    path: str
    metadata: object


def compose_id(row: MessageRow) -> str:
    """WhatsApp's own id; for lines of the system, which have none or share one, their content."""
    if row.stanza_id and row.message_type not in SYSTEM_TYPES:
        return row.stanza_id
    content = (row.stanza_id, row.message_type, row.event, row.date, row.text, row.is_from_me)
    return f"line-{blake2b(repr(content).encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def render_body(row: MessageRow, actor: str) -> tuple[MessageKind, str]:
    """Kind and text. A picture with a caption reads as its caption, and is a text."""
    if row.message_type == _DELETED_TYPE:
        return "deleted", ""
    text = _clean(row.text)
    if row.message_type in SYSTEM_TYPES:
        return "system", _describe_event(row, text, actor)
    if text:
        return "text", text
    word = _name_media(row)
    title = _clean(row.title)
    if title and word in _CAPTIONED:
        return "text", title
    named = {"file": title, "location": title, "contact": row.card_name or title}.get(word, "")
    return "media", f"[{word} {named}]" if named else f"[{word}]"


def find_answered(metadata: object) -> str | None:
    """The id of the message this one answers; None for what answers none."""
    if not isinstance(metadata, bytes) or len(metadata) < 2 or metadata[0] != _ANSWERED_FIELD:
        return None
    raw = metadata[2 : 2 + metadata[1]]
    is_whole = 0 < metadata[1] < 0x80 and len(raw) == metadata[1]
    return raw.decode("ascii") if is_whole and raw.isascii() and raw.isalnum() else None


def _clean(text: str) -> str:
    return _LINE_BREAKS.sub("\n", text.replace("\0", "")) if text else ""


def _describe_event(row: MessageRow, text: str, actor: str) -> str:
    """A sentence; the store has but codes, and addresses where WhatsApp shows names."""
    sentence = _EVENTS[row.message_type].get(row.event)
    shown = "" if _ADDRESS.search(text) else text
    actor = "You" if row.is_from_me else actor
    if sentence is None or ("{actor}" in sentence and not actor):
        return shown
    return shown if "{text}" in sentence and not shown else sentence.format(actor=actor, text=shown)


def _name_media(row: MessageRow) -> str:
    """What a message without text is, by its type where that is sure, else by its file."""
    if word := _BY_TYPE.get(row.message_type):
        return word
    mime_type = row.card if _MIME_TYPE.match(row.card) else None
    guessed = mimetypes.guess_type(PurePosixPath(row.path).name)[0]
    return _MEDIA.get((mime_type or guessed or "").partition("/")[0], "media")

"""The words for what a Signal message holds besides its text; parses no lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Fields = Mapping[str, Any]

_MEDIA = {"image": "photo", "video": "video", "audio": "audio"}
_SHARED = {"sticker": "sticker", "contacts": "contact", "payment": "payment"}


def describe_media(content: Fields) -> str:
    """A placeholder for everything a `dataMessage` without text holds; "" where that is nothing.

    Of media to be viewed once only that they came.
    """
    if content.get("viewOnce") is True:
        return "[view-once media]"
    attachments = content.get("attachments")
    words = [
        _describe_attachment(attachment)
        for attachment in (attachments if isinstance(attachments, list) else [])
        if isinstance(attachment, dict)
    ]
    words += [word for key, word in _SHARED.items() if content.get(key)]
    return " ".join(f"[{word}]" for word in words)


def describe_poll(poll: Fields) -> str:
    """The question and the options; "" for what is no poll."""
    question, options = poll.get("question"), poll.get("options")
    if not isinstance(question, str):
        return ""
    shown = options if isinstance(options, list) else []
    return "\n".join(
        (f"[poll] {question}", *(f"- {option}" for option in shown if isinstance(option, str)))
    )


def name_mentions(text: str, mentions: Iterable[Fields]) -> str:
    """The text with the names of those mentioned; `start` and `length` count UTF-16 units.

    In their places Signal writes U+FFFC. A mention outside the text is left out.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    for mention in sorted(filter(_has_place, mentions), key=lambda found: -int(found["start"])):
        start, end = 2 * mention["start"], 2 * (mention["start"] + mention["length"])
        name = next(filter(None, (mention.get(key) for key in ("name", "number", "uuid"))), "")
        if end <= len(units):
            written = f"@{name}".encode("utf-16-le", "surrogatepass")
            units = units[:start] + written + units[end:]
    return units.decode("utf-16-le", "surrogatepass")


def _has_place(mention: Fields) -> bool:
    start, length = mention.get("start"), mention.get("length")
    return isinstance(start, int) and isinstance(length, int) and start >= 0 and length >= 0


def _describe_attachment(attachment: Fields) -> str:
    content_type, name = attachment.get("contentType"), attachment.get("filename")
    family = content_type.partition("/")[0] if isinstance(content_type, str) else ""
    if family in _MEDIA:
        return _MEDIA[family]
    return f"file {name}" if isinstance(name, str) and name else "file"

"""What kind of message a body is, and what of it the reader sees; knows no senders or dates."""

from __future__ import annotations

import re
from typing import NamedTuple

from companion.sources.interface import MessageKind
from companion.sources.whatsapp.marks import LRM, clean_marks
from companion.sources.whatsapp.wording import is_wording

_AROUND_TAG = " \u00a0\u200e\u200f"
_ATTACHED_BEHIND = re.compile(r".+\.\w{1,5} \((?P<inside>[^()]+)\)\Z")
_OWN_FILE_NAME = re.compile(r"(?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+\S*\.\w{2,5} \(.+\)\Z")
_ATTACHED_AS_TAG = re.compile(r"(?:\S+\.\w{2,5} )?<[^<>]+>\Z")
_DELETED_BY_ADMIN = re.compile(r"This message was deleted by (?:an )?admin\b", re.IGNORECASE)
_MAPS_LINK = re.compile(r"https?://(?:maps\.google\.|maps\.app\.goo|foursquare\.com|goo\.gl/maps)")
_POLL = re.compile(r"(?:POLL|EVENT):?\Z")


class Body(NamedTuple):
    """A body as the messenger shows it."""

    kind: MessageKind
    text: str
    """Raw but for the mark WhatsApp put before it, the "edited" tag, and blank lines at the end."""

    edited: bool = False


def read_body(raw: str, *, may_be_signed: bool) -> Body:
    r"""The body of an entry that has a sender; its lines joined by \n.

    `may_be_signed`: the export is of iOS, which signs system lines with the name of a person or
    of the group. They begin with the mark LRM, as placeholders do (formats.md 1.4): what begins
    with it is system unless it is known for a placeholder, a poll or a place.
    """
    text, is_edited = _cut_edited(raw)
    text = text.lstrip(LRM).rstrip("\n")
    if _is_deleted(text):
        return Body("deleted", text)
    if _is_media(text):
        return Body("media", text, is_edited)
    if may_be_signed and raw.startswith(LRM) and not _is_written_by_hand(text):
        return Body("system", text)
    return Body("text", text, is_edited)


def read_system_body(raw: str) -> Body:
    """The body of an entry without a sender."""
    return Body("system", raw.lstrip(LRM).rstrip("\n"))


def _cut_edited(raw: str) -> tuple[str, bool]:
    """The body without its last `<This message was edited>`, and whether it had one."""
    before, opening, tag = raw.rpartition("<")
    tag = tag.rstrip(_AROUND_TAG)
    if opening and tag.endswith(">") and is_wording("edited", tag[:-1]):
        return before.rstrip(_AROUND_TAG), True
    return raw, False


def _is_deleted(text: str) -> bool:
    return is_wording("deleted", text) or _DELETED_BY_ADMIN.match(clean_marks(text)) is not None


def _is_media(text: str) -> bool:
    """A placeholder first and its caption after it (Android), or the other way round (iOS)."""
    first = _clean(text.split("\n", 1)[0])
    if first in ("", "null"):  # a view-once photo; only where nothing follows it
        return "\n" not in text
    if LRM not in text:
        return _is_placeholder(first)
    marked = [part.split("\n", 1)[0] for part in text.split(LRM)[1:]]
    return any(_is_placeholder(part) for part in (first, *map(_clean, marked)))


def _clean(raw: str) -> str:
    return clean_marks(raw).strip()


def _is_placeholder(cleaned: str) -> bool:
    if is_wording("omitted", cleaned):
        return True
    if not cleaned.endswith((">", ")")):  # much faster than the patterns
        return False
    tag = _ATTACHED_AS_TAG.match(cleaned)
    if tag is not None:
        # Every placeholder in Latin letters has two words; "<div>" was typed.
        return " " in cleaned.strip("<> ") or not cleaned.isascii()
    behind = _ATTACHED_BEHIND.match(cleaned)
    if behind is not None and is_wording("attached", behind["inside"]):
        return True
    return _OWN_FILE_NAME.match(cleaned) is not None


def _is_written_by_hand(text: str) -> bool:
    """A poll goes on with marked options, a place has its link: both are a person's words."""
    first, _, others = text.partition("\n")
    has_marked_lines = any(line.startswith(LRM) for line in others.split("\n"))
    return (
        has_marked_lines or _MAPS_LINK.search(first) is not None or _POLL.match(first) is not None
    )

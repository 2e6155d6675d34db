"""Turns a row of `messages` into what Signal shows for it; opens and queries nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from companion.sources.interface import MessageFound, MessageKind
from companion.sources.signal.events import describe_event, is_event
from companion.sources.signal.people import People
from companion.sources.signal.rows import MessageRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEDIA = {"image": "[photo]", "video": "[video]", "audio": "[audio]"}
_SLOT = "\ufffc"
"""Where a mention stands in the body."""


def render(
    row: MessageRow, people: People, *, is_unread: bool, reply_to: str | None
) -> MessageFound | None:
    """The message of a row; None for one without a date."""
    sent_at = to_instant(row.sent_at)
    if sent_at is None:
        return None
    is_me = row.type == "outgoing"
    text, kind = _render_body(row, people)
    return MessageFound(
        conversation_key=people.get_key(row.conversation_id),
        id=compose_id(
            row.conversation_id, row.sent_at, row.type, row.id, row.source, people=people
        ),
        sender=_name_sender(row, people),
        is_me=is_me,
        sent_at=sent_at,
        text=text,
        kind=kind,
        position=row.rowid,
        edited=bool(row.details.get("editHistory")),
        reply_to=reply_to,
        is_read=not is_unread,
        is_disappearing=row.timer_s > 0,
        expires_at=find_expiry(row),
    )


def compose_id(
    conversation_id: str, sent_at: int, type_: str, id_: str, source: str, *, people: People
) -> str:
    """Author and time, by which Signal itself speaks of a message on every device: the id of its
    row is another one after Signal was linked anew. Lines of the system have that one alone.
    """
    if type_ == "outgoing":
        return f"{people.owner or 'me'}-{sent_at}"
    if type_ == "incoming":
        return f"{people.identify(source or conversation_id)}-{sent_at}"
    return id_


def find_expiry(row: MessageRow) -> datetime | None:
    """When a message disappears; None: never, or its timer does not run yet."""
    if row.timer_s <= 0 or row.timer_started_at <= 0:
        return None
    return to_instant(row.timer_started_at + row.timer_s * 1000)


def find_answered(row: MessageRow) -> int | None:
    """When the message that this one answers was sent, in milliseconds since 1970."""
    quote = row.details.get("quote")
    sent_at = quote.get("id") if isinstance(quote, dict) else None
    if isinstance(sent_at, str) and sent_at.isascii() and sent_at.isdecimal():
        sent_at = int(sent_at[:18])
    return sent_at if isinstance(sent_at, int) and 0 < sent_at < 2**62 else None


def to_instant(milliseconds: int) -> datetime | None:
    """None for 0, and for what is no date of this world."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds > 0 else None
    except OverflowError:
        return None


def _name_sender(row: MessageRow, people: People) -> str:
    if row.type == "outgoing":
        return people.me
    if row.source:
        return people.name_in(people.get_key(row.conversation_id), row.source)
    return people.name(row.conversation_id) if row.type == "incoming" else ""


def _render_body(row: MessageRow, people: People) -> tuple[str, MessageKind]:
    if is_event(row):
        return describe_event(row, people), "system"
    if row.details.get("deletedForEveryone"):
        return "", "deleted"
    if row.is_view_once:
        return "[view-once media]", "media"
    if row.is_erased:
        return "", "deleted"
    text = _fill_mentions(row.body, row.details.get("bodyRanges"), people)
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return (text, "text") if text else (_describe_media(row), "media")


def _fill_mentions(body: str, ranges: object, people: People) -> str:
    """The body with @names in their slots; ranges count UTF-16 code units."""
    mentions = _find_mentions(ranges) if isinstance(ranges, list) and _SLOT in body else {}
    if not mentions:
        return body
    filled, unit = [], 0
    for letter in body:
        address = mentions.get(unit) if letter == _SLOT else None
        filled.append(f"@{people.name(address)}" if address else letter)
        unit += 2 if ord(letter) > 0xFFFF else 1
    return "".join(filled)


def _find_mentions(ranges: list[Any]) -> dict[int, str]:
    """Who is mentioned, by where."""
    found = {}
    for item in ranges:
        if isinstance(item, dict):
            start = item.get("start")
            who = item.get("mentionAci") or item.get("mentionUuid")
            if isinstance(start, int) and isinstance(who, str):
                found[start] = who
    return found


def _describe_media(row: MessageRow) -> str:
    """The placeholder for a message without text."""
    details: Mapping[str, Any] = row.details
    poll = details.get("poll")
    if isinstance(poll, dict) and isinstance(question := poll.get("question"), str) and question:
        return f"[poll] {question}"
    for field, placeholder in (
        ("sticker", "[sticker]"),
        ("contact", "[contact]"),
        ("payment", "[payment]"),
        ("giftBadge", "[gift]"),
    ):
        if details.get(field):
            return placeholder
    if row.attachments:
        return " ".join(_MEDIA.get(t.partition("/")[0], "[attachment]") for t in row.attachments)
    return "[empty message]"

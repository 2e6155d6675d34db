"""Words for what Matrix events hold; decides neither time nor sender.

Events: https://spec.matrix.org/latest/client-server-api/.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from companion.sources.bundles import Fields, get_object, get_text, list_objects
from companion.sources.interface import MessageKind

ShowName = Callable[[str], str]
"""Gives the name of the user with an id."""

UNDECRYPTED = "[message that could not be decrypted]"

_EMPTY = "[message without text]"
_MEDIA = {
    "m.image": "photo",
    "m.video": "video",
    "m.audio": "audio",
    "m.file": "file",
    "m.location": "location",
    "m.sticker": "sticker",
}
_POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
_POLL_KEYS = ("m.poll", "org.matrix.msc3381.poll.start")
_TEXT_KEYS = ("body", "m.text", "org.matrix.msc1767.text")
_SENTENCES = {
    "m.room.create": "{actor} created the room",
    "m.room.name": "{actor} changed the room name to “{name}”",
    "m.room.topic": "{actor} changed the topic to “{topic}”",
    "m.room.avatar": "{actor} changed the room picture",
    "m.room.encryption": "{actor} turned on encryption",
    "m.room.pinned_events": "{actor} changed the pinned messages",
    "m.room.tombstone": "{actor} replaced the room",
    "m.call.invite": "{actor} called",
}
_REPLY_FALLBACK = re.compile(r"> (?:\* )?<@[^\n]*(?:\n>[^\n]*)*\n{0,2}")


def read_content(event: Fields, content: Fields, show_name: ShowName) -> tuple[MessageKind, str]:
    """The kind and the text of an event whose present content is `content`."""
    event_type = get_text(event, "type")
    if event_type == "m.room.member":
        return "system", _describe_member(event, content, show_name)
    if event_type in _SENTENCES or "state_key" in event:
        return "system", _describe_state(event, content, show_name)
    if is_undecrypted(event):
        return "media", UNDECRYPTED
    if event_type in _POLLS:
        return "text", _read_poll(content)
    word = _MEDIA.get(get_text(content, "msgtype")) or _MEDIA.get(event_type)
    if word is not None:
        return _read_media(word, content)
    words = _strip_reply_fallback(get_text(content, "body"), content)
    return ("text", words) if words else ("media", _EMPTY)


def is_undecrypted(event: Fields) -> bool:
    """Whether Element itself could not read the message when it exported it."""
    is_bad = get_text(get_object(event, "content"), "msgtype") == "m.bad.encrypted"
    return is_bad or get_text(event, "type") == "m.room.encrypted"


def _strip_reply_fallback(body: str, content: Fields) -> str:
    """Clients of before 2024 quote what they answer above the answer, for those that show no
    replies. Quotes that people type do not begin with a user's id.
    """
    answers = get_object(get_object(content, "m.relates_to"), "m.in_reply_to")
    quote = _REPLY_FALLBACK.match(body) if answers else None
    return body if quote is None else body[quote.end() :]


def _read_media(word: str, content: Fields) -> tuple[MessageKind, str]:
    """A caption is what was said; without `filename` the body is the file's name."""
    body, name = get_text(content, "body"), get_text(content, "filename")
    if name and body and name != body:
        return "text", _strip_reply_fallback(body, content)
    return "media", f"[{word} {name or body}]" if name or body else f"[{word}]"


def _read_poll(content: Fields) -> str:
    """The question and the answers, a line each."""
    poll = next(filter(None, (get_object(content, key) for key in _POLL_KEYS)), {})
    lines = (f"- {_find_text(answer)}" for answer in list_objects(poll.get("answers")))
    return "\n".join((f"[poll] {_find_text(get_object(poll, 'question'))}", *lines))


def _find_text(fields: Fields) -> str:
    """The text of a part of an event, as the drafts and the final version of polls write it."""
    for key in _TEXT_KEYS:
        parts = list_objects(fields.get(key))
        if text := get_text(fields, key) or "".join(get_text(part, "body") for part in parts):
            return text
    return ""


def _describe_state(event: Fields, content: Fields, show_name: ShowName) -> str:
    event_type, actor = get_text(event, "type"), show_name(get_text(event, "sender"))
    if event_type not in _SENTENCES:
        return f"{actor}: {event_type.rpartition('.')[2].replace('_', ' ')}"
    words = {"name": get_text(content, "name"), "topic": get_text(content, "topic")}
    return _SENTENCES[event_type].format_map({**words, "actor": actor})


def _describe_member(event: Fields, content: Fields, show_name: ShowName) -> str:
    actor_id, member_id = get_text(event, "sender"), get_text(event, "state_key")
    before = get_object(get_object(event, "unsigned"), "prev_content") or get_object(
        event, "prev_content"
    )
    was, now = get_text(before, "membership"), get_text(content, "membership")
    actor, member = show_name(actor_id), show_name(member_id)
    if was == now == "join":
        old, new = get_text(before, "displayname"), get_text(content, "displayname")
        return (
            f"{old or member_id} is now called {new or member_id}"
            if old != new
            else (f"{member} changed their profile")
        )
    if now == "leave" and actor_id == member_id:
        return f"{member} declined the invitation" if was == "invite" else f"{member} left"
    if now == "leave":
        return {
            "invite": f"{actor} took back the invitation of {member}",
            "ban": f"{actor} let {member} back in",
        }.get(was, f"{actor} removed {member}")
    return {
        "join": f"{member} joined",
        "invite": f"{actor} invited {member}",
        "ban": f"{actor} banned {member}",
        "knock": f"{member} asked to join",
    }.get(now, f"{actor}: member")

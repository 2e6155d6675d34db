"""Words for what a Telegram message holds besides text; decides neither kind nor time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

DELETED_ACCOUNT = "Deleted Account"
"""What Telegram shows for an account that is gone; the export writes null."""

_MEDIA_TYPES = {
    "sticker": "sticker",
    "video_message": "video message",
    "voice_message": "voice message",
    "animation": "GIF",
    "video_file": "video",
    "audio_file": "audio",
}

_SENTENCES = {
    "create_group": "{actor} created the group “{title}”",
    "create_channel": "{actor} created the channel “{title}”",
    "edit_group_title": "{actor} changed the group name to “{title}”",
    "edit_group_photo": "{actor} changed the group photo",
    "delete_group_photo": "{actor} removed the group photo",
    "suggest_profile_photo": "{actor} suggested a profile photo",
    "invite_members": "{actor} added {members}",
    "remove_members": "{actor} removed {members}",
    "join_group_by_link": "{actor} joined by an invite link",
    "join_group_by_request": "{actor} joined on request",
    "migrate_to_supergroup": "The group became a supergroup",
    "migrate_from_group": "The group “{title}” became a supergroup",
    "pin_message": "{actor} pinned a message",
    "clear_history": "{actor} cleared the history",
    "score_in_game": "{actor} scored {score} in a game",
    "send_payment": "A payment was made",
    "take_screenshot": "{actor} took a screenshot",
    "joined_telegram": "{actor} joined Telegram",
    "proximity_reached": "{from} came close to {to}",
    "group_call": "{actor} held a group call",
    "group_call_scheduled": "{actor} planned a group call",
    "invite_to_group_call": "{actor} invited {members} to a group call",
    "set_messages_ttl": "{actor} set messages to vanish after {period} seconds",
    "edit_chat_theme": "{actor} changed the theme",
    "set_chat_wallpaper": "{actor} changed the wallpaper",
    "set_same_chat_wallpaper": "{actor} took over the wallpaper",
    "send_premium_gift": "{actor} gave Telegram Premium",
    "topic_created": "{actor} created the topic “{title}”",
    "topic_edit": "{actor} changed the topic “{new_title}”",
}
_ABOUT_ONESELF = {"invite_members": "{actor} joined", "remove_members": "{actor} left"}

Fields = Mapping[str, Any]


def join_text(text: object) -> str:
    """The plain text of a `text` or `text_entities` field.

    That is a string, or a list of strings and of objects with a `text` (links, bold, ...).
    """
    if isinstance(text, str):
        return text.replace("\0", "")
    if isinstance(text, list):
        return "".join(map(join_text, text))
    return join_text(text.get("text")) if isinstance(text, dict) else ""


def read_name(name: object) -> str:
    """A name as Telegram shows it."""
    return name if isinstance(name, str) and name else DELETED_ACCOUNT


def describe_service(fields: Fields) -> str:
    """A sentence for a service message, with its actor."""
    action = str(fields.get("action") or "")
    if not action:
        return join_text(fields.get("information_text")) or "A service message"
    if action == "phone_call":
        return _describe_call(fields)
    members = list(map(read_name, _list_in(fields, "members")))
    words = {
        **dict.fromkeys(("title", "new_title", "score", "period"), "?"),
        **{key: str(value) for key, value in fields.items() if value is not None},
        **{who: read_name(fields.get(who)) for who in ("actor", "from", "to")},
        "members": ", ".join(members) or "somebody",
    }
    if action in _ABOUT_ONESELF and members == [words["actor"]]:
        return _ABOUT_ONESELF[action].format_map(words)
    if action in _SENTENCES:
        return _SENTENCES[action].format_map(words)
    return f"{words['actor']}: {action.replace('_', ' ')}"


def describe_media(fields: Fields) -> str | None:
    """A placeholder for what a message holds; None where it holds nothing known.

    A poll is not here: see `describe_poll`.
    """
    return next(
        (f"[{describe(fields)}]" for key, describe in _DESCRIPTIONS.items() if fields.get(key)),
        None,
    )


def describe_poll(fields: Fields) -> str | None:
    """The question and the answers; None for what is no poll."""
    poll = _object_in(fields, "poll")
    if not poll:
        return None
    answers = (f"- {join_text(answer)}" for answer in _list_in(poll, "answers"))
    return "\n".join((f"[poll] {join_text(poll.get('question'))}", *answers))


def _describe_call(fields: Fields) -> str:
    actor, seconds = read_name(fields.get("actor")), fields.get("duration_seconds")
    if seconds:
        return f"{actor} called ({seconds} s)"
    reason = fields.get("discard_reason")
    return f"{actor} called ({reason})" if reason else f"{actor} called"


def _describe_file(fields: Fields) -> str:
    """The kind of a file; of a document its name, where the export was made with files."""
    media_type = _MEDIA_TYPES.get(str(fields.get("media_type")), "file")
    if media_type == "sticker":
        return f"sticker {fields.get('sticker_emoji') or ''}".rstrip()
    if media_type == "audio":
        named = (fields.get("performer"), fields.get("title"))
        return " ".join(("audio", " – ".join(map(str, filter(None, named))))).rstrip()
    if media_type != "file":
        return media_type
    path = str(fields.get("file") or "")
    name = fields.get("file_name") or ("" if path.startswith("(") else PurePosixPath(path).name)
    return f"file {name}".rstrip()


def _describe_contact(fields: Fields) -> str:
    contact = _object_in(fields, "contact_information")
    parts = (contact.get(key) for key in ("first_name", "last_name", "phone_number"))
    return " ".join(("contact", *map(str, filter(None, parts))))


def _describe_place(fields: Fields) -> str:
    parts = filter(None, (fields.get("place_name"), fields.get("address")))
    return f"place {', '.join(map(str, parts))}"


def _describe_location(fields: Fields) -> str:
    point = _object_in(fields, "location_information")
    word = "live location" if fields.get("live_location_period_seconds") else "location"
    return f"{word} {point.get('latitude')}, {point.get('longitude')}"


def _describe_titled(word: str, key: str) -> Callable[[Fields], str]:
    def describe(fields: Fields) -> str:
        title = _object_in(fields, key).get("title") or fields[key]
        return f"{word} {join_text(title)}".rstrip()

    return describe


def _object_in(fields: Fields, key: str) -> Fields:
    """The object of that key; an empty one where the file holds anything else."""
    value = fields.get(key)
    return value if isinstance(value, dict) else {}


def _list_in(fields: Fields, key: str) -> list[object]:
    """The list of that key; an empty one where the file holds anything else."""
    value = fields.get(key)
    return value if isinstance(value, list) else []


_DESCRIPTIONS: dict[str, Callable[[Fields], str]] = {
    # in order of precedence: a venue has both a place and a location
    "photo": lambda _: "photo",
    "file": _describe_file,
    "media_type": _describe_file,
    "contact_information": _describe_contact,
    "place_name": _describe_place,
    "location_information": _describe_location,
    "game_title": _describe_titled("game", "game_title"),
    "invoice_information": _describe_titled("invoice", "invoice_information"),
    "todo_list": _describe_titled("checklist", "todo_list"),
    "giveaway_information": lambda _: "giveaway",
    "paid_media": lambda _: "paid media",
}

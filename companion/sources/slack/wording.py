"""Words for what Slack's messages hold: its markup, its files, its bots; decides no time.

Markup: https://docs.slack.dev/messaging/formatting-message-text. Tokens in angle brackets are
resolved first and the three entities last, so that what people typed stays what they typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from companion.sources.bundles import Fields, get_object, get_text, list_objects
from companion.sources.interface import MessageKind

_TOKEN = re.compile(r"<([^<>]+)>")
_ADDRESSES = ("mailto:", "tel:")
_BROADCASTS = frozenset(("here", "channel", "everyone", "group"))
_FILE_TOKEN = re.compile(r"([?&])t(?:oken)?=xox[a-z]-[\w.%-]*(&?)")
_SERVICE = re.compile(r"<https?://[^|>]*/services/(?P<bot>B\w+)\|(?P<name>[^>]+)>")
_SYSTEM_SUBTYPES = (
    "channel_", "group_", "pinned_", "unpinned_", "bot_add", "bot_remove", "bot_enable",
    "bot_disable", "reminder_", "sh_room_", "huddle_", "app_conversation_", "joiner_",
    "tabbed_canvas_", "ekm_",
)  # fmt: skip
_EMPTY = "[message without text]"


@dataclass(frozen=True, slots=True)
class Names:
    """What ids stand for."""

    users: Mapping[str, str]
    channels: Mapping[str, str]
    """Without their #."""


def decode_markup(text: str, names: Names) -> str:
    """A text as Slack shows it, without the tokens that open its files to anyone."""
    parts, end = [], 0
    for match in _TOKEN.finditer(text):
        parts += [_unescape(text[end : match.start()]), _show_token(match[1], names)]
        end = match.end()
    shown = "".join((*parts, _unescape(text[end:])))
    return _FILE_TOKEN.sub(lambda match: match[1] if match[2] else "", shown)


def read_content(fields: Fields, names: Names) -> tuple[MessageKind, str]:
    """The kind and the text of a message."""
    subtype = get_text(fields, "subtype")
    words = decode_markup(_find_words(fields, subtype), names)
    if subtype == "tombstone":
        return "deleted", words
    if subtype.startswith(_SYSTEM_SUBTYPES):
        return "system", words or subtype.replace("_", " ")
    if words:
        return "text", words
    return "media", _describe_files(fields) or _EMPTY


def find_bot(fields: Fields) -> tuple[str, str] | None:
    """The id and the name of a bot that a message tells of when it is added to a channel."""
    if get_text(fields, "subtype") != "bot_add":
        return None
    match = _SERVICE.search(get_text(fields, "text"))
    return None if match is None else (match["bot"], _unescape(match["name"]))


def _show_token(token: str, names: Names) -> str:
    target, _, label = token.partition("|")
    label = _unescape(label)
    if target.startswith("@"):
        return "@" + (names.users.get(target[1:]) or label or target[1:])
    if target.startswith("#"):
        return "#" + (names.channels.get(target[1:]) or label or target[1:])
    if target.startswith("!"):
        command = target[1:]
        return f"@{command}" if command in _BROADCASTS else label or f"@{command.split('^')[-1]}"
    if label:
        return label
    address = _unescape(target)
    return next((address.removeprefix(a) for a in _ADDRESSES if address.startswith(a)), address)


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _find_words(fields: Fields, subtype: str) -> str:
    """What was written, in markup; "" where nothing was.

    Exports of before 2018 put a generated sentence about a file where its comment belongs.
    """
    if subtype == "file_comment":
        return get_text(get_object(fields, "comment"), "comment")
    if subtype == "file_share" and "file" in fields:
        return get_text(get_object(get_object(fields, "file"), "initial_comment"), "comment")
    return (
        get_text(fields, "text")
        or "\n".join(filter(None, map(_find_attachment, list_objects(fields.get("attachments")))))
        or "\n".join(_list_block_texts(fields))
    )


def _find_attachment(attachment: Fields) -> str:
    parts = [get_text(attachment, key) for key in ("pretext", "title", "text")]
    return "\n".join(filter(None, parts)) or get_text(attachment, "fallback")


def _list_block_texts(fields: Fields) -> list[str]:
    """The strings in the blocks that bots build messages of, in order."""
    texts, open_parts = list[str](), [fields.get("blocks")]
    while open_parts:
        part = open_parts.pop()
        if isinstance(part, dict):
            texts += filter(None, [get_text(part, "text")])
            open_parts += [part.get(key) for key in ("elements", "fields", "text")]
        elif isinstance(part, list):
            open_parts += reversed(part)
    return texts


def _describe_files(fields: Fields) -> str:
    files = list_objects(fields.get("files")) or list_objects([fields.get("file")])
    named = (get_text(file, "name") or get_text(file, "title") for file in files)
    return " ".join(f"[file {name}]" if name else "[file]" for name in named)

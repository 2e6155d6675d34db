"""What kind a message of a download is, and the words for what it holds besides text.

Meta writes its notices as messages of the person they are about, in the language of the account:
those in English are known here, the others are taken for text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from companion.sources.bundles import Fields, get_object, get_text, list_objects
from companion.sources.interface import MessageKind
from companion.sources.meta.strings import mend

_EMPTY = "[message without text]"

_TAKEN_BACK = re.compile(r"(?:unsent|removed|deleted) a message\.?")
_SENT = re.compile(
    r"(?:sent|shared) (?:an? (?:attachment|photo|video|link|sticker|GIF|location|live location"
    r"|voice message|voice clip|file|post|reel|story|profile|poll)|[0-9]+ (?:photos|videos|files))"
    r"\.?"
)
_DONE = re.compile(
    r"reacted .+ to your message ?"
    r"|called .+\."
    r"|missed (?:your|a) (?:(?:video|audio) )?(?:call|chat)(?: (?:from|with) .+)?\.?"
    r"|(?:started|ended|joined|left) (?:an?|the) (?:(?:video|audio) )?(?:call|chat)\.?"
    r"|(?:created|left|joined) the group\b.*|(?:added|removed) .+ (?:to|from) the group\.?"
    r"|named the group .+|(?:changed|removed|set) the (?:group|chat|theme|emoji|quick reaction)\b.*"
    r"|(?:set|cleared|removed) .*\bnickname\b.*|(?:pinned|unpinned) a message\.?"
    r"|(?:created|ended) a poll\b.*|(?:voted|changed vote|removed vote) .*\bin the poll\b.*"
    r"|waved (?:at|to) .+|turned (?:on|off) (?:vanish mode|disappearing messages)\b.*"
)
"""What follows the name of whom a notice is about. A person who types it in the third person is
not told from it."""

_ACTORLESS = re.compile(
    r"Liked a message|Reacted .+ to your message ?"
    r"|(?:Audio|Video|The (?:audio|video)) (?:call|chat) ended\.?"
    r"|You are now connected on Messenger\b.*|You can now (?:message|call) .+"
    r"|Say hi to your new Facebook friend, .+"
)
_SERVICE_TYPES = frozenset(("Call", "Subscribe", "Unsubscribe"))
"""Values of `type` until 2021: a call, and people added to a group or gone from it."""

_MEDIA = {
    "photos": ("photo", "photos"),
    "videos": ("video", "videos"),
    "audio_files": ("voice message", "voice messages"),
    "gifs": ("GIF", "GIFs"),
    "files": ("file", "files"),
}
_SUFFIXES = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".heic"), "photo"),
    **dict.fromkeys((".mp4", ".mov", ".webm"), "video"),
    **dict.fromkeys((".aac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"), "voice message"),
    ".gif": "GIF",
}


@dataclass(frozen=True, slots=True)
class Content:
    """A message as the messenger shows it."""

    kind: MessageKind
    text: str


def read_content(fields: Fields, sender: str) -> Content:
    """Of a message of the usual download. What somebody wrote under a photo is its text."""
    text = mend(get_text(fields, "content"))
    done = _find_predicate(text, sender)
    if fields.get("is_unsent") is True or _TAKEN_BACK.fullmatch(done):
        return Content("deleted", text)
    if "call_duration" in fields or fields.get("type") in _SERVICE_TYPES:
        return Content("system", text or "A call")
    if not text or _SENT.fullmatch(done):
        return Content("media", _describe_media(fields) or text or _EMPTY)
    # Instagram writes a reaction a second time, as a message; one with media is no notice.
    is_notice = _is_notice(text, done) and _describe_media(fields) is None
    return Content("system" if is_notice else "text", text)


def read_encrypted_content(fields: Fields, sender: str) -> Content:
    """Of a message of an end-to-end-encrypted chat."""
    text = get_text(fields, "text")
    if fields.get("isUnsent") is True:
        return Content("deleted", text)
    if fields.get("type") == "placeholder" or _is_notice(text, _find_predicate(text, sender)):
        return Content("system", text)
    if text:
        return Content("text", text)
    suffixes = (
        PurePosixPath(get_text(item, "uri")).suffix.lower()
        for item in list_objects(fields.get("media"))
    )
    words = (f"[{_SUFFIXES.get(suffix, 'attachment')}]" for suffix in suffixes)
    return Content("media", " ".join(words) or _EMPTY)


def _find_predicate(text: str, sender: str) -> str:
    """What a sentence says of its sender, or of the owner as "You"; "" for any other text."""
    for subject in (sender, sender.partition(" ")[0], "You"):
        if subject and text.startswith(f"{subject} "):
            return text[len(subject) + 1 :]
    return ""


def _is_notice(text: str, done: str) -> bool:
    return _DONE.fullmatch(done) is not None or _ACTORLESS.fullmatch(text) is not None


def _describe_media(fields: Fields) -> str | None:
    """A placeholder for what a message holds; None where it holds nothing known.

    The words that come with a shared link are its site's, not a person's: they are left out.
    """
    parts = list[str]()
    for key, (one, many) in _MEDIA.items():
        if count := len(list_objects(fields.get(key))):
            parts.append(f"[{one}]" if count == 1 else f"[{count} {many}]")
    if get_object(fields, "sticker"):
        parts.append("[sticker]")
    if share := get_object(fields, "share"):
        parts.append(f"[link] {mend(get_text(share, 'link'))}".rstrip())
    return " ".join(parts) or None

"""Tells a Telegram export from any other JSON by its first kilobytes; reads no messages."""

from __future__ import annotations

import io
from pathlib import Path

import ijson

from companion.errors import NotAStore
from companion.sources.exports import read_head
from companion.sources.links import find_inside
from companion.sources.telegram.sanitizing import SanitizedStream

RESULT_FILE = "result.json"

_CHAT_TYPES = frozenset(
    (
        "personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes",
        "private_group", "private_supergroup", "public_supergroup",
        "private_channel", "public_channel",
    )
)  # fmt: skip
_ACCOUNT_PARTS = frozenset(
    (
        "personal_information.user_id",
        "contacts.list",
        "frequent_contacts.list",
        "sessions.list",
        "chats.list.item.messages",
        "left_chats.list.item.messages",
    )
)
_MESSAGE_PARTS = frozenset(("messages.item.type", "messages.item.from", "messages.item.text"))


def probe_export(path: Path) -> bool:
    """As `Source.probe`."""
    try:
        head = read_head(find_inside(path, RESULT_FILE))
    except NotAStore:
        return False
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return False
    seen: set[str] = set()
    try:
        for prefix, _, value in ijson.parse(SanitizedStream(io.BytesIO(head))):
            seen.add(prefix)
            if prefix in _ACCOUNT_PARTS or (prefix == "type" and value in _CHAT_TYPES):
                return True
            if seen >= _MESSAGE_PARTS:  # one chat without a head, as other tools write it
                return True
    except ijson.JSONError:  # the head of a file ends anywhere
        return False
    return False

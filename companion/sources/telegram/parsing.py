"""Cuts a Telegram export into its chats and messages, one at a time; interprets none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson

from companion.sources.telegram.sanitizing import SanitizedStream

_CHATS = ("", "chats.list.item.", "left_chats.list.item.")
"""Where chats are: the file itself is one, or it lists them."""

_FIELDS = {f"{chat}{field}": field for chat in _CHATS for field in ("name", "type", "id")}
_MESSAGES = frozenset(f"{chat}messages" for chat in _CHATS)
_ITEMS = frozenset(f"{chat}messages.item" for chat in _CHATS)
_SCALARS = frozenset(("string", "number", "null"))

ParseError = ijson.JSONError
"""What reading raises where the file is cut off or is not JSON."""


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """The account a whole export is of."""

    user_id: str


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """The head of a chat, before its messages."""

    name: str | None
    """None for deleted accounts and for chats that have no name of their own."""

    type: str | None
    id: int | None
    """None in files that are not Telegram's own."""


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message of the chat told last, as it stands in the file."""

    fields: dict[str, Any]


Record = OwnerRecord | ChatRecord | MessageRecord


def parse_export(stream: BinaryIO) -> Iterator[Record]:
    """Every record in file order; memory of one message.

    Telegram writes name, type and id before the messages; what comes later is not seen.
    Raises `ParseError` after all records that are whole.
    """
    head: dict[str, Any] = {}
    builder: ijson.ObjectBuilder | None = None
    sanitized = SanitizedStream(stream)
    for prefix, event, value in ijson.parse(sanitized):
        if builder is not None:
            builder.event(event, value)
            if event == "end_map" and prefix in _ITEMS:
                yield MessageRecord(builder.value)
                builder = None
        elif event == "start_map":
            if prefix in _ITEMS:
                sanitized.pending_bytes = 0
                builder = ijson.ObjectBuilder()
                builder.event(event, value)
            else:
                head = {} if f"{prefix}." in _CHATS else head
        elif event == "start_array" and prefix in _MESSAGES:
            yield _make_chat(head)
        elif event in _SCALARS:
            if prefix in _FIELDS:
                head[_FIELDS[prefix]] = value
            elif prefix == "personal_information.user_id":
                yield OwnerRecord(str(value))


def _make_chat(head: dict[str, Any]) -> ChatRecord:
    name, chat_type, chat_id = head.get("name"), head.get("type"), head.get("id")
    return ChatRecord(
        name=name if isinstance(name, str) and name else None,
        type=chat_type if isinstance(chat_type, str) else None,
        id=chat_id if isinstance(chat_id, int) else None,
    )

"""What worker threads tell the screens: posting one of these is all that a worker does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual.message import Message

from storage.records import MessageRow, SearchHit

Place = Literal["around", "before", "after"]


@dataclass
class MessagesLoaded(Message):
    """A part of a conversation was read."""

    conversation_id: int
    place: Place
    anchor: int | None
    """The message it lies around, before or after; None: the newest part."""

    messages: Sequence[MessageRow]
    """Oldest first."""


@dataclass
class HitsFound(Message):
    """A search ended."""

    query: str
    hits: Sequence[SearchHit]
    """Best first."""


@dataclass
class ActionEnded(Message):
    """An action was done, or failed."""

    said: str
    """For the person, in the interface's language or as `ActionFailed` says it."""

    failed: bool = False

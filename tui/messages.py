"""What worker threads tell the screens: posting one of these is all that a worker does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message

from storage.records import SearchHit
from tui.reading import MessagesContent


@dataclass
class ContentRead(Message):
    """What a screen shows was read."""

    content: object
    """Of the screen's own kind."""

    number: int
    """Of the reading: an older one that ends late is dropped."""


@dataclass
class MessagesRead(Message):
    """A part of a conversation was read."""

    content: MessagesContent
    number: int
    """Of the window it belongs to: a part of one that was left meanwhile is dropped."""


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

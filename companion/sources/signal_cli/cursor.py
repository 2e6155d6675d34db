"""Where a reading of the stream ended, and what earlier lines are still needed for later ones."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import asdict, dataclass, field

from companion.sources.appending import FileMark
from companion.sources.interface import ConversationKind

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the newest line about a message stands, so that its words need not be kept here."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a told message disappears."""

    conversation_key: str
    at_ms: int


@dataclass(slots=True)
class Cursor:
    """Grows with people and conversations; what grows with messages is bounded."""

    files: dict[str, FileMark] = field(default_factory=dict)
    """By name."""

    keys: dict[str, str] = field(default_factory=dict)
    """The key of each person by every handle of theirs."""

    names: dict[str, str] = field(default_factory=dict)
    """The name each person was last seen under, by key."""

    bearers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Who bears each name among those who wrote in a group, by its key."""

    conversations: dict[str, tuple[str, ConversationKind]] = field(default_factory=dict)
    """Title and kind of each by key, as told last."""

    linked_at_ms: int | None = None
    """Since when the stream tells what the owner reads elsewhere; None: not yet."""

    unread: OrderedDict[str, Place] = field(default_factory=OrderedDict)
    """Incoming messages not known to be read, by id; the oldest are forgotten first."""

    versions: OrderedDict[str, int] = field(default_factory=OrderedDict)
    """When the original of an edited message was sent, in ms, by the id of a later version."""

    expiring: dict[str, Expiry] = field(default_factory=dict)
    """Told messages that disappear, by id."""


def format_cursor(cursor: Cursor) -> str:
    """The cursor as it is kept between readings."""
    return json.dumps({"version": _VERSION, **asdict(cursor)}, separators=(",", ":"))


def parse_cursor(text: str | None) -> Cursor:
    """An empty one also for a cursor of another version: reading all again does no harm."""
    if not text:
        return Cursor()
    try:
        fields = json.loads(text)
        if fields.pop("version") != _VERSION:
            return Cursor()
        return Cursor(
            **fields
            | {
                "files": {name: FileMark(**mark) for name, mark in fields["files"].items()},
                "unread": OrderedDict(
                    (key, Place(**place)) for key, place in fields["unread"].items()
                ),
                "versions": OrderedDict(fields["versions"]),
                "expiring": {key: Expiry(**at) for key, at in fields["expiring"].items()},
                "conversations": {
                    key: (title, kind) for key, (title, kind) in fields["conversations"].items()
                },
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Cursor()

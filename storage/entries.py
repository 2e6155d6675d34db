"""What the archive is given to keep; what it gives back is in `storage.records`; no SQL.

Times are aware UTC datetimes; a `day` is a local date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from storage.records import (
    ConversationKind,
    GistState,
    HighlightRecord,
    MessageKind,
    Origin,
    SentenceRecord,
    UnreadOrigin,
    UnreadPolicy,
)


@dataclass(frozen=True, slots=True)
class NewSource:
    """A store to register."""

    kind: str
    label: str
    path: str
    """Absolute."""

    unread_origin: UnreadOrigin
    me: tuple[str, ...] = ()
    zone: str = "UTC"
    """IANA name."""

    policy: UnreadPolicy = field(default_factory=UnreadPolicy)
    retention_days: int | None = None
    """How long its messages are kept, 0: for good; None: as before, at first as the config says."""


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation as a source told it."""

    key: str
    """Unique within the kind of source; the archive's key is (kind, key)."""

    title: str
    kind: ConversationKind
    participants: tuple[str, ...] = ()


class NewMessage(NamedTuple):
    """A message as a source told it; a named tuple, for they come by the million."""

    conversation_key: str
    uid: str
    """Unique within the conversation."""

    sender: str
    is_me: bool
    sent_at: datetime
    text: str
    kind: MessageKind = "text"
    position: int = 0
    edited: bool = False
    reply_to: str | None = None
    """uid of the message answered."""

    is_read: bool | None = None
    is_approximate: bool = False
    is_disappearing: bool = False
    """True with a timer, running or not: no summary that read the message outlives it."""

    expires_at: datetime | None = None
    """When the message is to be removed; None: never, or not known yet."""


@dataclass(frozen=True, slots=True)
class RemovedMessage:
    """A message that is gone from its store."""

    conversation_key: str
    uid: str


@dataclass(frozen=True, slots=True)
class NewToDo:
    """A to-do found in a conversation."""

    who: str
    what: str
    when: str
    is_mine: bool
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewSummary:
    """A summary to keep, whole."""

    conversation_id: int
    input_hash: str
    """Of everything that decides the text; a summary of an equal hash is never made again."""

    language: str
    origin: Origin
    gist: GistState
    """"pending": highlights alone so far, the model is still to come."""

    topic: str
    highlights: tuple[HighlightRecord, ...]
    sentences: tuple[SentenceRecord, ...]
    todos: tuple[NewToDo, ...]
    covered: int
    skipped: int
    unread: int
    message_ids: tuple[int, ...]
    """Every unread message that went in, in order: an edit of one of them outdates the summary."""

    flags: tuple[str, ...]
    model: str | None
    options: Mapping[str, object]
    elapsed_s: float
    made_at: datetime


@dataclass(frozen=True, slots=True)
class NewDigest:
    """A digest to keep; one a day."""

    day: date
    made_at: datetime
    caught_up: bool
    """True when it was made later than due (the machine slept or was off)."""

    conversations: int
    todos: int
    coverage: Mapping[str, int]
    markdown: str
    contents: Mapping[str, object] = field(default_factory=dict)
    """The same as `markdown`, for programs: JSON values only."""

"""What a source is and what it tells: the border between stores and the rest; no reading here.

A source turns one store on disk into a stream of changes. It opens the store read-only, in
short transactions, and never writes beside it. A third party adds one through the
entry-point group `companion.sources` by subclassing `Source`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

ConversationKind = Literal["group", "direct"]
MessageKind = Literal["text", "media", "system", "deleted"]
UnreadOrigin = Literal["store", "mark"]


@dataclass(frozen=True, slots=True)
class ConversationFound:
    """A conversation exists in the store, or something about it changed.

    Comes before the first `MessageFound` of its key. May come again with better facts
    (a title learned later); the last one counts.
    """

    key: str
    """Stable across readings and re-exports, unique within one kind of source (but see
    `has_ids`)."""

    title: str
    """As the messenger shows it; "" when the store has none."""

    kind: ConversationKind

    participants: tuple[str, ...] = ()
    """Display names the store lists, the owner's included if listed; () when it lists none.
    Senders of messages need not be repeated here."""

    has_ids: bool = True
    """False where the store names neither the conversation nor its messages by an id: the key is
    made of the title, the ids of the messages by `companion.sources.identity`. Such a reading is
    merged with what is there by the messages both hold (`companion.merging`), not by the key."""


class MessageFound(NamedTuple):
    """A message exists, or changed: the last one of an id counts.

    A named tuple, unlike the other changes: there are millions, and it is made in a quarter of a
    frozen dataclass's time. `_replace` gives a changed one.
    """

    conversation_key: str

    id: str
    """Stable across readings, unique within the conversation. Exports have none of their own:
    see `companion.sources.identity`."""

    sender: str
    """Display name; "" for system lines without an actor, and for the owner when the store
    does not name the owner."""

    is_me: bool
    sent_at: datetime
    """Aware, UTC."""

    text: str
    """What the messenger shows, line breaks as \\n; for a deleted message the words that stand
    in its place, "" where there are none."""

    kind: MessageKind = "text"
    position: int = 0
    """Order among the messages of the conversation that share `sent_at`; store order."""

    edited: bool = False
    reply_to: str | None = None
    """The id of the message this one answers, where the store says so."""

    is_read: bool | None = None
    """None: the store does not know. Of no meaning for the owner's messages."""

    is_approximate: bool = False
    """True where `sent_at` was made from a wall-clock time without a zone."""

    is_disappearing: bool = False
    """True where the message has a timer, whether or not it runs: nothing that rests on the
    message outlives it."""

    expires_at: datetime | None = None
    """When the timer runs out, aware, UTC; the archive then removes the message by itself, and
    may do so before the store does. None: never, or the timer does not run yet."""


@dataclass(frozen=True, slots=True)
class MessageRemoved:
    """A message that was told before is gone from the store.

    Live stores alone tell so, and exports that name what was deleted.
    """

    conversation_key: str
    id: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part that could not be read; the rest was."""

    reason: str
    """Why, without any text of a message."""

    line: int | None = None
    """1-based line of the file, or None where lines mean nothing."""


@dataclass(frozen=True, slots=True)
class CursorAdvanced:
    """The last change of a reading: give `cursor` to the next one to get only what is new."""

    cursor: str


Change = ConversationFound | MessageFound | MessageRemoved | Skipped | CursorAdvanced


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What only the owner can know about a store."""

    zone: tzinfo
    """Zone of the wall-clock times in exports."""

    me: tuple[str, ...] = ()
    """Names under which the owner writes in this store; () when not told."""


class Source(ABC):
    """One store on disk. Making one opens nothing; `read` does."""

    kind: ClassVar[str]
    """Short lower-case name used on the command line: "kakaotalk"."""

    label: ClassVar[str]
    """The messenger's own name: "KakaoTalk"."""

    unread_origin: ClassVar[UnreadOrigin]
    """"store" where the store itself knows what is read, else "mark" (ours)."""

    is_live: ClassVar[bool]
    """True for a database another program keeps writing, False for an export."""

    def __init__(self, path: Path, settings: SourceSettings) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    @abstractmethod
    def probe(cls, path: Path) -> bool:
        """Whether the store at `path` is of this kind, judged by content, never by name alone.

        Reads at most some kilobytes. False for what cannot be opened or is not a regular
        file or folder of this kind; raises nothing but `StoreUnreadable` (permission) and, for
        databases, `StoreLocked`.
        """

    @abstractmethod
    def read(self, cursor: str | None = None) -> Iterator[Change]:
        """Yield what changed since `cursor` (None: everything), then one `CursorAdvanced`.

        An unchanged store yields the `CursorAdvanced` alone. Streaming: memory does not
        grow with the store. Raises `SourceError` and its kin; a malformed part is a
        `Skipped`, not an exception.
        """

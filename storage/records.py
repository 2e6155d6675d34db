"""What the archive gives back; what it is given to keep is in `storage.entries`; no SQL.

Times are aware UTC datetimes; a `day` is a local date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

ConversationKind = Literal["group", "direct"]
MessageKind = Literal["text", "media", "system", "deleted"]
UnreadOrigin = Literal["store", "mark"]
Origin = Literal["model", "extractive"]
LeftOutReason = Literal["excluded", "pattern", "forgotten"]
GistState = Literal["pending", "done", "refused"]


@dataclass(frozen=True, slots=True)
class UnreadPolicy:
    """What of a first import counts as unread, where the store itself does not know."""

    word: Literal["none", "all", "since"] = "none"
    since: datetime | None = None
    """Set with "since" only."""


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What a batch did to the archive."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: IngestCounts) -> IngestCounts:
        return IngestCounts(
            self.added + other.added, self.changed + other.changed, self.removed + other.removed
        )


@dataclass(frozen=True, slots=True)
class SentenceRecord:
    """A sentence of a summary: the model's, or a message quoted in its place."""

    text: str
    evidence: tuple[int, ...]
    """Archive ids of messages."""

    is_quote: bool = False
    """True for the words of a message after their sender; False for the model's."""


@dataclass(frozen=True, slots=True)
class HighlightRecord:
    """A message that matters, verbatim."""

    message_id: int
    sender: str
    text: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """That the model could not be run on a conversation as it was."""

    conversation_id: int
    input_hash: str
    """As in its summary: another input has not failed yet."""

    reason: str
    """For people, without text of a message."""

    times: int
    """In a row."""

    last_at: datetime


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A registered store."""

    id: int
    kind: str
    label: str
    path: str
    unread_origin: UnreadOrigin
    me: tuple[str, ...]
    zone: str
    policy: UnreadPolicy
    cursor: str | None
    added_at: datetime
    synced_at: datetime | None
    error: str | None
    """Of the last sync; None when it went well or never ran."""

    warnings: int
    """Parts skipped by the last sync."""

    conversations: int
    messages: int
    failed_at: datetime | None = None
    """When `error` happened."""

    failures: int = 0
    """How many syncs in a row have failed."""

    retention_days: int | None = None
    """How long its messages are kept, 0: for good; None: as the config says."""


@dataclass(frozen=True, slots=True)
class ReadingStart:
    """What the archive said when a reading of a source began."""

    cursor: str | None
    left_out: frozenset[int]
    """Ids of the conversations of its kind that were not to be read."""


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A conversation that is not read."""

    id: int
    source_kind: str
    key_digest: str
    """`storage.left_out.digest_key` of its key."""

    reason: LeftOutReason
    pattern: str | None
    """Which its title matched; None unless `reason` is "pattern"."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting a conversation did."""

    messages: int
    sources: tuple[int, ...]
    """Ids of exports that told of it alone: they are followed no longer."""

    is_erased: bool
    """False: a reader holds the old pages, and the archive's files are to be overwritten yet."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A line of the inbox."""

    id: int
    title: str
    kind: ConversationKind
    source_kind: str
    source_label: str
    unread_origin: UnreadOrigin
    unread: int
    messages: int
    """All but system lines."""

    last_at: datetime | None
    last_sender: str
    last_text: str
    first_line: str
    """First sentence of the newest summary; "" when there is none."""

    topic: str
    gist: GistState | None
    """None: no summary yet."""

    origin: Origin | None
    outdated: bool
    open_todos: int
    my_todos: int
    urgent: bool
    """A to-do of the owner is open, or a highlight is a request to the owner."""

    excluded: bool = False
    """Left out on the owner's word: nothing in it counts as unread."""

    is_disappearing: bool = False
    """It holds messages with a timer: what is said of it is kept in no digest."""

    is_first_line_quote: bool = False
    """Whether `first_line` is a message's own words, not the model's."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message of the archive."""

    id: int
    conversation_id: int
    uid: str
    sender: str
    is_me: bool
    sent_at: datetime
    text: str
    kind: MessageKind
    edited: bool
    reply_to: int | None
    """Archive id of the message answered, when that message is in the archive."""

    is_unread: bool
    is_approximate: bool
    position: int = 0
    """Order among the messages of one `sent_at`; of equal ones the smaller id comes first."""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A conversation as the merging of exports sees it."""

    id: int
    key: str
    title: str
    first_at: datetime | None
    """None without any message."""

    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToDoRow:
    """A to-do of the archive."""

    id: int
    conversation_id: int
    conversation_title: str
    who: str
    what: str
    when: str
    is_mine: bool
    evidence: tuple[int, ...]
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """The newest summary of a conversation."""

    id: int
    conversation_id: int
    input_hash: str
    language: str
    origin: Origin
    gist: GistState
    topic: str
    highlights: tuple[HighlightRecord, ...]
    sentences: tuple[SentenceRecord, ...]
    todos: tuple[ToDoRow, ...]
    covered: int
    skipped: int
    unread: int
    flags: tuple[str, ...]
    model: str | None
    options: Mapping[str, object]
    elapsed_s: float
    made_at: datetime
    outdated: bool
    """A message that went in was edited or unsent since."""

    @property
    def unquoted_highlights(self) -> tuple[HighlightRecord, ...]:
        """Those that no sentence quotes: shown below the sentences, they say nothing twice."""
        quoted = {number for said in self.sentences if said.is_quote for number in said.evidence}
        return tuple(h for h in self.highlights if h.message_id not in quoted)


@dataclass(frozen=True, slots=True)
class DigestRow:
    """The digest of one local day."""

    day: date
    made_at: datetime
    caught_up: bool
    conversations: int
    todos: int
    coverage: Mapping[str, int]
    markdown: str
    contents: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One pass of something: "sync", "summarize", "digest"."""

    id: int
    kind: str
    started_at: datetime
    ended_at: datetime | None
    """None while it runs; of an interrupted run, when its process was found dead."""

    outcome: Literal["running", "done", "failed", "interrupted"]
    details: Mapping[str, object]
    """Counts and error names; never text of a message."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Work asked for by the TUI or a command: kind "summarize", "sync", "digest"."""

    id: int
    kind: str
    payload: Mapping[str, object]
    asked_at: datetime
    taken_at: datetime | None
    done_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """What was written in one conversation within a span of time."""

    conversation_id: int
    title: str
    messages: int
    senders: tuple[str, ...]
    """Display names, the one who wrote most first."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message or a sentence of a summary that holds the words searched for."""

    kind: Literal["message", "summary"]
    conversation_id: int
    conversation_title: str
    message_id: int | None
    """None for summaries."""

    sender: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over the whole archive."""

    conversations: int
    messages: int
    unread: int
    unread_conversations: int
    pending_gists: int
    open_todos: int

"""From stores to the archive: reads what changed in each source and saves it; runs no model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from companion.errors import SourceError
from companion.leaving_out import NO_RULES, Rules, Sieve
from companion.merging import merge_changes
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Skipped,
    Source,
    SourceSettings,
)
from storage.archive import Archive
from storage.reader import Reader
from storage.records import (
    IngestCounts,
    NewConversation,
    NewMessage,
    RemovedMessage,
    SourceRow,
)

log = logging.getLogger(__name__)

OpenSource = Callable[[SourceRow], Source]

_BATCH_MESSAGES = 2_000
"""Messages saved in one transaction: large enough for speed, small enough that a writer of
the archive never waits long."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What the sync of one source did."""

    source: SourceRow
    counts: IngestCounts
    skipped: tuple[Skipped, ...] = ()
    error: SourceError | None = None
    held_back: int = 0
    """Conversations met and left out, on the owner's word."""


@dataclass(slots=True)
class _Batch:
    conversations: list[NewConversation] = field(default_factory=list)
    messages: list[NewMessage] = field(default_factory=list)
    removed: list[RemovedMessage] = field(default_factory=list)


def open_registered(row: SourceRow) -> Source:
    """The source of a registered store, by the kind under which it was added."""
    from companion.sources.registry import get_source

    settings = SourceSettings(zone=ZoneInfo(row.zone), me=row.me)
    return get_source(Path(row.path), kind=row.kind, settings=settings)


def sync_sources(
    archive: Archive,
    rows: Iterable[SourceRow],
    at: datetime,
    open_source: OpenSource = open_registered,
    rules: Rules = NO_RULES,
) -> list[SourceReport]:
    """Bring every given source up to date; one that fails does not stop the others."""
    return [sync_source(archive, row, at, open_source, rules) for row in rows]


def sync_source(
    archive: Archive,
    row: SourceRow,
    at: datetime,
    open_source: OpenSource = open_registered,
    rules: Rules = NO_RULES,
) -> SourceReport:
    """Save what changed in one source since its cursor.

    Batches are saved as they are read and the cursor last of all: a process killed in
    between reads the same changes again, and saving them twice changes nothing. A store
    that cannot be read is recorded as failed, with its reason, and reported. What `rules` and
    the archive leave out is never saved.
    """

    def read() -> Iterator[Change]:
        return open_source(row).read(row.cursor)

    try:
        with Reader.open(archive.path) as reader:
            sieve = Sieve.make(reader, row, rules, at)
            changes = sieve.sift(merge_changes(reader, row.kind, read))
            counts, skipped, cursor = _save_changes(archive, row, changes)
    except SourceError as error:
        log.warning("source %d (%s) failed: %s", row.id, row.kind, type(error).__name__)
        archive.fail_sync(row.id, str(error), at)
        return SourceReport(row, IngestCounts(), error=error)
    if sieve.matches:
        archive.note_matches(row.kind, sieve.matches, at)
    archive.finish_sync(row.id, cursor, at, len(skipped))
    return SourceReport(row, counts, tuple(skipped), held_back=len(sieve.held_back))


def _save_changes(
    archive: Archive, row: SourceRow, changes: Iterable[Change]
) -> tuple[IngestCounts, list[Skipped], str]:
    counts, skipped, cursor = IngestCounts(), [], row.cursor or ""
    batch = _Batch()
    for change in changes:
        match change:
            case MessageFound():
                batch.messages.append(_to_message(change))
            case ConversationFound():
                batch.conversations.append(
                    NewConversation(change.key, change.title, change.kind, change.participants)
                )
            case MessageRemoved():
                batch.removed.append(RemovedMessage(change.conversation_key, change.id))
            case Skipped():
                skipped.append(change)
            case CursorAdvanced():
                cursor = change.cursor
        if len(batch.messages) + len(batch.removed) >= _BATCH_MESSAGES:
            counts += _save(archive, row, batch)
            batch = _Batch()
    return counts + _save(archive, row, batch), skipped, cursor


def _save(archive: Archive, row: SourceRow, batch: _Batch) -> IngestCounts:
    if not (batch.conversations or batch.messages or batch.removed):
        return IngestCounts()
    return archive.save_batch(row.id, batch.conversations, batch.messages, batch.removed)


def _to_message(found: MessageFound) -> NewMessage:
    return NewMessage(
        conversation_key=found.conversation_key,
        uid=found.id,
        sender=found.sender,
        is_me=found.is_me,
        sent_at=found.sent_at,
        text=found.text,
        kind=found.kind,
        position=found.position,
        edited=found.edited,
        reply_to=found.reply_to,
        is_read=found.is_read,
        is_approximate=found.is_approximate,
        is_disappearing=found.is_disappearing,
        expires_at=found.expires_at,
    )

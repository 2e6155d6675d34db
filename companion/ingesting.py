"""From stores to the archive: reads what changed in each source and saves it; runs no model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from companion.errors import SourceError
from companion.leaving_out import NO_RULES, Rules, Sieve
from companion.merging import merge_changes
from companion.reading_ahead import read_ahead
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
from storage.entries import NewConversation, NewMessage, RemovedMessage
from storage.reader import Reader
from storage.records import IngestCounts, ReadingStart, SourceRow

log = logging.getLogger(__name__)

OpenSource = Callable[[SourceRow], Source]

_BATCH_MESSAGES = 40_000
_BATCH_CHARACTERS = 4_000_000
"""Saved in one transaction: large enough for speed, small enough that another writer of the
archive never waits long, and for memory."""


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
    characters: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.conversations or self.messages or self.removed)

    @property
    def is_full(self) -> bool:
        return (
            len(self.messages) + len(self.removed) >= _BATCH_MESSAGES
            or self.characters >= _BATCH_CHARACTERS
        )


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
    note_after: timedelta = timedelta(0),
    on_step: Callable[[], None] = lambda: None,
) -> list[SourceReport]:
    """Bring every given source up to date; one that fails does not stop the others."""
    return [sync_source(archive, row, at, open_source, rules, note_after, on_step) for row in rows]


def sync_source(
    archive: Archive,
    row: SourceRow,
    at: datetime,
    open_source: OpenSource = open_registered,
    rules: Rules = NO_RULES,
    note_after: timedelta = timedelta(0),
    on_step: Callable[[], None] = lambda: None,
) -> SourceReport:
    """Save what changed in one source since its cursor.

    Batches are saved as they are read and the cursor last of all: a process killed in
    between reads the same changes again, and saving them twice changes nothing. A store
    that cannot be read is recorded as failed, with its reason, and reported. What `rules` and
    the archive leave out is never saved. The search index is left to `companion.indexing`.

    That an unchanged source was looked at is written down only where the last such note is
    `note_after` old. `on_step` is called after each batch and at the end: signs of life.
    """
    reading = Reading(archive.path, row, at, open_source, rules)
    counts = IngestCounts()
    try:
        with archive.write_much(), closing(read_ahead(reading.list_batches())) as batches:
            for batch in batches:
                counts += archive.save_batch(
                    row.id, batch.conversations, batch.messages, batch.removed
                )
                on_step()
    except SourceError as error:
        log.warning("source %d (%s) failed: %s", row.id, row.kind, type(error).__name__)
        archive.fail_sync(row.id, str(error), at)
        return SourceReport(row, IngestCounts(), error=error)
    if reading.matches:
        archive.note_matches(row.kind, reading.matches, at)
    archive.finish_sync(
        row.id,
        reading.cursor,
        at,
        len(reading.skipped),
        start=ReadingStart(row.cursor, reading.left_out),
        note_after=note_after,
    )
    on_step()
    return SourceReport(row, counts, tuple(reading.skipped), held_back=reading.held_back)


class Reading:
    """One reading of a source, all of it on the thread that takes the batches."""

    def __init__(
        self,
        archive_file: Path,
        row: SourceRow,
        at: datetime,
        open_source: OpenSource,
        rules: Rules,
    ) -> None:
        self._archive_file, self._row, self._at = archive_file, row, at
        self._open_source, self._rules = open_source, rules
        self.skipped: list[Skipped] = []
        self.cursor = row.cursor or ""
        self.matches: Mapping[str, str] = {}
        self.held_back = 0
        self.left_out: frozenset[int] = frozenset()

    def list_batches(self) -> Generator[_Batch, None, None]:
        """What is to be saved; the rest of what the source told is known at the end."""
        with Reader.open(self._archive_file) as reader:
            sieve = Sieve.make(reader, self._row, self._rules, self._at)
            self.left_out = sieve.left_out
            batch = _Batch()
            for change in sieve.sift(merge_changes(reader, self._row.kind, self._read)):
                self._take(change, batch)
                if batch.is_full:
                    yield batch
                    batch = _Batch()
            if not batch.is_empty:
                yield batch
        self.matches, self.held_back = sieve.matches, len(sieve.held_back)

    def _read(self) -> Iterator[Change]:
        return self._open_source(self._row).read(self._row.cursor)

    def _take(self, change: Change, batch: _Batch) -> None:
        match change:
            case MessageFound():
                batch.messages.append(NewMessage(*change))  # field by field the same
                batch.characters += len(change.text)
            case ConversationFound():
                batch.conversations.append(
                    NewConversation(change.key, change.title, change.kind, change.participants)
                )
            case MessageRemoved():
                batch.removed.append(RemovedMessage(change.conversation_key, change.id))
            case Skipped():
                self.skipped.append(change)
            case CursorAdvanced():
                self.cursor = change.cursor

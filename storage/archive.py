"""The archive's one writer: every public method is one transaction; rules stand in its modules.

`ingesting`, `marking`, `registering`, `summarizing` and `bookkeeping` hold the statements.
Reading is `storage.reader`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sqlite_utils import Database

from storage import (
    bookkeeping,
    expiring,
    ingesting,
    ledger,
    marking,
    registering,
    sources,
    summarizing,
)
from storage.connection import (
    SCHEMA_VERSION,
    connect_writer,
    hold_transaction,
    read_version,
    refuse_newer,
    translate_errors,
)
from storage.migrations import migrate
from storage.records import (
    IngestCounts,
    NewConversation,
    NewDigest,
    NewMessage,
    NewSource,
    NewSummary,
    RemovedMessage,
    RequestRow,
    SourceRow,
)


class Archive:
    """The archive, open for writing. Not shared between threads: each opens its own.

    Several processes may have it open; each change waits for its turn and is seen by others
    whole or not at all. Every method raises `ArchiveLocked` when its turn does not come
    within `busy_timeout_s`, `NoDiskSpace` and `ArchiveBroken`; nothing is half written then.
    Times given in must be aware.
    """

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 10.0) -> Self:
        """The archive at `path`, created (folder 0700, files 0600) and migrated as needed.

        Raises `ArchiveNewer` for one that a newer program made, and leaves it untouched.
        """
        connection = connect_writer(path, busy_timeout_s)
        try:
            database = Database(connection, execute_plugins=False)
            if read_version(connection) < SCHEMA_VERSION:
                with hold_transaction(connection, path, "IMMEDIATE"):
                    # Asked again: another process may have migrated while we waited.
                    refuse_newer(read_version(connection), path)
                    migrate(database)
        except BaseException:
            connection.close()
            raise
        return cls(path, database)

    @property
    def path(self) -> Path:
        """Of its file."""
        return self._path

    def close(self) -> None:
        """Closing twice is fine."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Database]:
        with hold_transaction(self._database.conn, self._path, "IMMEDIATE"):
            yield self._database

    # ------------------------------------------------------------ sources

    def add_source(self, source: NewSource, *, at: datetime | None = None) -> SourceRow:
        """Register a store and give its row; one known by kind and path is brought up to date.

        `at` None: now.
        """
        with self._write() as db:
            source_id = registering.add_source(db, source, at or datetime.now(UTC))
            return sources.get_source(db.conn, source_id)

    def remove_source(self, source_id: int) -> None:
        """Follow a store no longer; its messages stay. Raises `RecordMissing`."""
        with self._write() as db:
            registering.remove_source(db, source_id)

    def save_batch(
        self,
        source_id: int,
        conversations: Iterable[NewConversation],
        messages: Iterable[NewMessage],
        removed: Iterable[RemovedMessage] = (),
    ) -> IngestCounts:
        """Save one batch of what a source told, and count the messages really changed by it.

        A message is the same when conversation and uid are; of one told twice the last
        counts. Conversations of one key told by two sources of one kind are one. Raises
        `RecordMissing` when the source is gone or never named a message's conversation.
        """
        # Drained first: reading a store must not keep the archive locked, nor its errors
        # be taken for ours.
        batch = list(conversations), list(messages), list(removed)
        with self._write() as db:
            return ingesting.save_batch(db, source_id, *batch)

    def remove_expired(self, at: datetime) -> int:
        """Remove messages whose timer has run out by `at`, and every summary that read them.

        Gives how many messages were removed. A summary that is being made of one meanwhile
        is kept without its words. The file is overwritten at once where no reader forbids it,
        else with a later change.
        """
        with self._write() as db:
            removed = expiring.remove_expired(db, at)
        if removed:
            with translate_errors(self._path):
                expiring.overwrite_file(self._database)
        return removed

    def finish_sync(self, source_id: int, cursor: str, synced_at: datetime, warnings: int) -> None:
        """End a sync that read its store to the end; `warnings` parts of it were skipped.

        Conversations read for the first time get their first mark here, and not before:
        a process killed between two batches leaves nothing unread by mistake.
        """
        with self._write() as db:
            ingesting.finish_sync(db, source_id, cursor, synced_at, warnings)

    def fail_sync(self, source_id: int, error: str, at: datetime) -> None:
        """Note why a sync failed (no text of a message); the next one reads the same again."""
        with self._write() as db:
            registering.fail_sync(db, source_id, error, at)

    # ------------------------------------------------------------ unread

    def mark_read(self, conversation_id: int, *, up_to: int | None = None, at: datetime) -> int:
        """The user's word: everything up to message `up_to` (None: the newest) is read.

        Gives how many messages became read. Raises `RecordMissing` for an unknown
        conversation or message.
        """
        with self._write() as db:
            return marking.mark_read(db, conversation_id, up_to, at)

    def undo_mark(self, conversation_id: int, at: datetime) -> int:
        """Take back the user's newest mark that did something; 0 when there is none.

        Gives how many messages became unread. Raises `RecordMissing`.
        """
        with self._write() as db:
            return marking.undo_mark(db, conversation_id, at)

    def set_excluded(self, conversation_id: int, excluded: bool) -> None:
        """Leave a conversation out (nothing in it is unread), or take it back in."""
        with self._write() as db:
            marking.set_excluded(db, conversation_id, excluded)

    # ------------------------------------------------------------ summaries

    def save_summary(self, summary: NewSummary) -> int:
        """Keep a summary whole and give its id; it is the conversation's newest from now on.

        Takes the place of a pending one. A finished gist supersedes older open to-dos whose
        messages it read; one that was done and is found again stays done.
        """
        with self._write() as db:
            return summarizing.save_summary(db, summary)

    def set_todo_done(self, todo_id: int, done: bool, at: datetime) -> None:
        """Tick a to-do off, or open it again. Raises `RecordMissing`."""
        with self._write() as db:
            summarizing.set_todo_done(db, todo_id, done, at)

    # ------------------------------------------------------------ digests, runs, requests

    def save_digest(self, digest: NewDigest) -> None:
        """Keep the digest of a day; an earlier one of that day is replaced."""
        with self._write() as db:
            bookkeeping.save_digest(db, digest)

    def start_run(self, kind: str, at: datetime) -> int:
        """Note that this process starts a run; gives its id."""
        with self._write() as db:
            return bookkeeping.start_run(db, kind, at)

    def end_run(
        self,
        run_id: int,
        at: datetime,
        outcome: Literal["done", "failed", "interrupted"],
        details: Mapping[str, object],
    ) -> None:
        """Note how a run ended; `details` are counts and names of errors."""
        with self._write() as db:
            bookkeeping.end_run(db, run_id, at, outcome, details)

    def abort_runs(self, at: datetime) -> int:
        """Mark what dead processes were running as interrupted; gives how many runs."""
        with self._write() as db:
            return bookkeeping.abort_runs(db, at)

    def add_request(self, kind: str, payload: Mapping[str, object], at: datetime) -> int:
        """Ask the daemon for work; gives the request's id."""
        with self._write() as db:
            return bookkeeping.add_request(db, kind, payload, at)

    def take_request(self, at: datetime) -> RequestRow | None:
        """Take the oldest request that nobody alive works on, for this process alone."""
        with self._write() as db:
            request_id = bookkeeping.take_request(db, at)
            return None if request_id is None else ledger.get_request(db.conn, request_id)

    def end_request(self, request_id: int, at: datetime, outcome: str) -> None:
        """Note what became of a request. Raises `RecordMissing`."""
        with self._write() as db:
            bookkeeping.end_request(db, request_id, at, outcome)

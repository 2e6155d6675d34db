"""The archive's one writer: every public method is one transaction; rules stand in its modules.

The other writing modules (`ingesting`, `marking`, `forgetting` ...) hold the statements.
Reading is `storage.reader`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sqlite_utils import Database

from storage import (
    bookkeeping,
    erasing,
    expiring,
    failing,
    forgetting,
    indexing,
    ingesting,
    leaving_out,
    ledger,
    left_out,
    marking,
    registering,
    retention,
    sources,
    summarizing,
)
from storage.backing_up import back_up, settle_backup
from storage.connection import (
    SCHEMA_VERSION,
    connect_writer,
    hold_transaction,
    read_version,
    refuse_newer,
    translate_errors,
    write_much,
)
from storage.entries import (
    NewConversation,
    NewDigest,
    NewMessage,
    NewSource,
    NewSummary,
    RemovedMessage,
)
from storage.migrations import migrate
from storage.records import (
    FailureRecord,
    Forgotten,
    IngestCounts,
    ReadingStart,
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

        Raises `ArchiveNewer` for one that a newer program made, and leaves it untouched. A copy
        of an older one lies beside it until the migrated one is known to be sound.
        """
        connection = connect_writer(path, busy_timeout_s)
        try:
            database = Database(connection, execute_plugins=False)
            if read_version(connection) < SCHEMA_VERSION:
                with hold_transaction(connection, path, "IMMEDIATE"):
                    # Asked again: another process may have migrated while we waited.
                    version = read_version(connection)
                    refuse_newer(version, path)
                    if 0 < version < SCHEMA_VERSION:
                        back_up(path)
                    migrate(database)
            with translate_errors(path):
                settle_backup(connection, path)
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

    @contextmanager
    def write_much(self) -> Iterator[None]:
        """Batch after batch in the block, quicker, with more memory and a longer log."""
        with write_much(self._database.conn):
            yield

    def index_messages(self, limit: int) -> int:
        """Bring at most `limit` stored messages into the search index.

        Gives how many are still to come; 0: the index is complete. Search finds the newest of
        those, too (`Reader.search`). Nothing is written when nothing is to be done.
        """
        with translate_errors(self._path):
            if not indexing.count_unindexed(self._database.conn):
                return 0
        with self._write() as db:
            indexing.index_step(db.conn, limit)
            return indexing.count_unindexed(db.conn)

    def remove_expired(self, at: datetime) -> int:
        """Remove messages whose timer has run out by `at`, and every summary that read them.

        Gives how many messages were removed. A summary that is being made of one meanwhile
        is kept without its words. The files are overwritten at once where no reader forbids
        it and the search index is small, else by `erase`.
        """
        with self._write() as db:
            removed = expiring.remove_expired(db, at)
        if removed:
            self._overwrite_soon()
        return removed

    def finish_sync(
        self,
        source_id: int,
        cursor: str,
        synced_at: datetime,
        warnings: int,
        *,
        start: ReadingStart | None = None,
        note_after: timedelta = timedelta(0),
    ) -> None:
        """End a sync that read its store to the end; `warnings` parts of it were skipped.

        Conversations read for the first time get their first mark here, and not before:
        a process killed between two batches leaves nothing unread by mistake. Where a
        conversation was taken in since the `start` of the reading the cursor is not kept. When
        nothing changed and the last sync is noted as less than `note_after` ago, nothing is
        written.
        """
        with translate_errors(self._path):
            told = (source_id, cursor, synced_at, warnings)
            if ingesting.is_noted(self._database.conn, *told, note_after):
                return
        with self._write() as db:
            ingesting.finish_sync(db, *told, start)

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

    # ------------------------------------------------------------ leaving out, forgetting

    def set_excluded(
        self, conversation_id: int, excluded: bool, *, at: datetime | None = None
    ) -> None:
        """Leave a conversation out (nothing in it is unread), or take it back in.

        What is stored stays, but for messages with a timer. `at` None: now.
        """
        with self._write() as db:
            leaving_out.set_excluded(db, conversation_id, excluded, at or datetime.now(UTC))

    def note_matches(self, source_kind: str, matches: Mapping[str, str], at: datetime) -> None:
        """Leave out conversations whose titles matched: patterns by key of the conversation."""
        with self._write() as db:
            leaving_out.note_matches(db, source_kind, matches, at)

    def add_pattern(self, pattern: str, at: datetime) -> list[int]:
        """Leave out conversations of such titles; gives the ids of those that are there."""
        with self._write() as db:
            return leaving_out.add_pattern(db, pattern, at)

    def remove_pattern(self, pattern: str) -> bool:
        """Take in again what matched; False when there was no such pattern."""
        with self._write() as db:
            return leaving_out.remove_pattern(db, pattern)

    def drop_other_patterns(self, patterns: Iterable[str]) -> None:
        """Take in again what a pattern left out that is neither of these nor one added here."""
        with self._write() as db:
            leaving_out.drop_other_patterns(db, patterns)

    def take_in(self, left_out_id: int) -> None:
        """Leave one conversation out no longer, a forgotten one too. Raises `RecordMissing`."""
        with self._write() as db:
            leaving_out.take_in(db, left_out_id)

    def forget(
        self,
        conversation_id: int,
        cut_digest: forgetting.CutDigest,
        *,
        at: datetime,
        is_followed: bool = False,
    ) -> Forgotten:
        """Remove a conversation with all that rests on it, from the files' free pages, too.

        Unless `is_followed`, no reading brings it back, and exports that tell of it alone are
        unregistered. Killed in between, the next `erase` goes on. Raises `RecordMissing`.
        """
        with self._write() as db:
            followed = forgetting.begin(
                db, conversation_id, cut_digest, at, is_followed=is_followed
            )
        removed = self._remove_messages_of(conversation_id)
        return Forgotten(removed, tuple(followed), is_erased=self.erase())

    def remove_old(self, default_days: int, *, at: datetime, today: date) -> int:
        """Remove messages and digests that are kept no longer; gives how many messages.

        `default_days` holds for sources that say nothing of their own; 0 keeps for good.
        `today` is the local day. Many transactions; overwrites the files as `remove_expired`.
        """
        with self._write() as db:
            digests = retention.remove_digests(db, default_days, today)
        removed = 0
        while True:
            with self._write() as db:
                step = retention.remove_step(db, default_days, at)
            if not step:
                break
            removed += step
        if removed or digests:
            self._overwrite_soon()
        return removed

    def erase(self) -> bool:
        """Finish every removal that was begun, and make the files forget what it removed.

        False when a reader holds old pages for longer than the busy timeout; to be called
        again then. Writes the file anew (its size once more on the disk) after a conversation
        was forgotten.
        """
        pending = left_out.list_erasures(self._database.conn)
        for conversation_id in filter(None, pending):
            self._remove_messages_of(conversation_id)
        return self._make_files_forget(pending, is_whole=any(pending))

    def vacuum(self) -> bool:
        """`erase`, and make the file as small as it can be; False as there."""
        self.erase()
        return self._make_files_forget([], is_whole=True)

    def _remove_messages_of(self, conversation_id: int) -> int:
        removed = 0
        while True:
            with self._write() as db:
                step = forgetting.remove_step(db, conversation_id)
            if not step:
                return removed
            removed += step

    def _overwrite_soon(self) -> None:
        """Overwrite the files; where an index is large its trigrams wait for `erase`."""
        with translate_errors(self._path):
            if erasing.is_index_small(self._database.conn):
                self._make_files_forget([0], is_whole=False)
            else:
                erasing.overwrite_file(self._database)

    def _make_files_forget(self, erasures: list[int], *, is_whole: bool) -> bool:
        with translate_errors(self._path):
            erasing.fold_indexes(self._database)
            if is_whole:
                erasing.rebuild_file(self._database)
            if not erasing.overwrite_file(self._database):
                return False
        with self._write() as db:
            erasing.end_erasures(db, erasures)
        return True

    # ------------------------------------------------------------ summaries

    def save_summary(self, summary: NewSummary) -> int:
        """Keep a summary whole and give its id; it is the conversation's newest from now on.

        Takes the place of a pending one; one that is not pending clears the conversation's
        failure. A finished gist supersedes older open to-dos whose
        messages it read; one that was done and is found again stays done.
        """
        with self._write() as db:
            return summarizing.save_summary(db, summary)

    def save_failure(self, failure: FailureRecord) -> None:
        """Keep that the model could not be run on a conversation; a gist of it clears that."""
        with self._write() as db:
            failing.save_failure(db.conn, failure)

    def set_todo_done(self, todo_id: int, done: bool, at: datetime) -> None:
        """Tick a to-do off, or open it again. Raises `RecordMissing`."""
        with self._write() as db:
            summarizing.set_todo_done(db, todo_id, done, at)

    # ------------------------------------------------------------ digests, runs, requests

    def save_digest(self, digest: NewDigest) -> None:
        """Keep the digest of a day; an earlier one of that day is replaced.

        Raises `RecordMissing` where it tells of a conversation that was forgotten or left out
        while it was composed.
        """
        with self._write() as db:
            bookkeeping.require_told(db, digest)
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

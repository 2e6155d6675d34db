"""The archive's read side: opens it read-only and gives records; cannot write, imports no library.

`sources`, `inbox`, `history`, `summaries`, `ledger` and `search` hold the statements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from storage import (
    failing,
    history,
    inbox,
    indexing,
    ledger,
    left_out,
    rooms,
    search,
    sources,
    summaries,
)
from storage.connection import connect_reader, hold_transaction, translate_errors
from storage.records import (
    ActivityRow,
    ConversationRow,
    DigestRow,
    FailureRecord,
    LeftOutRow,
    MessageRow,
    RequestRow,
    RoomRow,
    RunRow,
    SearchHit,
    SourceRow,
    SummaryRow,
    ToDoRow,
    Totals,
)


class Reader:
    """The archive, open for reading. Not shared between threads: each opens its own.

    Reading never waits for a writer and never keeps one waiting. Each method sees the
    archive as one commit left it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 10.0) -> Self:
        """The archive at `path`.

        Raises `RecordMissing` when there is none yet, `ArchiveNewer`, `ArchiveOlder`
        (not migrated yet: open it for writing once), `ArchiveBroken`, `ArchiveUnreadable`.
        """
        return cls(path, connect_reader(path, busy_timeout_s))

    def close(self) -> None:
        """Closing twice is fine."""
        self._connection.close()

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
    def _read(self) -> Iterator[sqlite3.Connection]:
        with hold_transaction(self._connection, self._path, "DEFERRED") as connection:
            yield connection

    # ------------------------------------------------------------ the whole archive

    def data_version(self) -> int:
        """A number that changes with every commit of another connection; cheap to poll."""
        with translate_errors(self._path):
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def check_integrity(self) -> list[str]:
        """What is damaged, without contents; [] when all is sound. Slow: reads every page."""
        with self._read() as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        found = [fault for fault in faults if fault != "ok"]
        return found + [
            f"row {row['rowid']} of {row['table']} points to nothing" for row in orphans
        ]

    def totals(self) -> Totals:
        """Counts over the whole archive."""
        with self._read() as connection:
            return inbox.count_totals(connection)

    def count_unindexed(self) -> int:
        """How many messages a search does not find yet."""
        with self._read() as connection:
            return indexing.count_unindexed(connection)

    # ------------------------------------------------------------ sources

    def sources(self) -> list[SourceRow]:
        """Registered stores, the oldest registration first."""
        with self._read() as connection:
            return sources.list_sources(connection)

    def get_source(self, source_id: int) -> SourceRow:
        """Raises `RecordMissing`."""
        with self._read() as connection:
            return sources.get_source(connection, source_id)

    def owner_names(self, conversation_id: int) -> tuple[str, ...]:
        """The owner's names in the conversation's sources; () when none was told."""
        with self._read() as connection:
            return sources.list_owner_names(connection, conversation_id)

    # ------------------------------------------------------------ leaving out, forgetting

    def left_out(self) -> list[LeftOutRow]:
        """Conversations that are not read, the oldest first."""
        with self._read() as connection:
            return left_out.list_left_out(connection)

    def patterns(self) -> list[str]:
        """Of titles that are not read, as given on the command line."""
        with self._read() as connection:
            return left_out.list_patterns(connection)

    def erasures(self) -> list[int]:
        """What `Archive.erase` has to do: ids of conversations, 0 for single messages."""
        with self._read() as connection:
            return left_out.list_erasures(connection)

    def stream_messages(self, conversation_id: int) -> Iterator[MessageRow]:
        """All messages of a conversation, oldest first, a few at a time in memory.

        Nothing else can be read before the last one is taken.
        """
        with self._read() as connection:
            yield from history.stream_messages(connection, conversation_id)

    def all_summaries(self, conversation_id: int) -> list[SummaryRow]:
        """Every summary of a conversation, the newest first."""
        with self._read() as connection:
            return summaries.list_summaries(connection, conversation_id)

    # ------------------------------------------------------------ merging of exports

    def rooms(self, source_kind: str) -> list[RoomRow]:
        """Every conversation of a kind of source."""
        with self._read() as connection:
            return rooms.list_rooms(connection, source_kind)

    def messages_between(
        self, conversation_id: int, start: datetime, end: datetime, *, limit: int
    ) -> list[MessageRow]:
        """The first `limit` messages of [start, end], oldest first."""
        with self._read() as connection:
            return rooms.list_between(connection, conversation_id, start, end, limit)

    def messages_by_uids(self, conversation_id: int, uids: Sequence[str]) -> list[MessageRow]:
        """Those of `uids` that are in the conversation, in no order."""
        with self._read() as connection:
            return rooms.list_by_uids(connection, conversation_id, uids)

    def count_texts(self, conversation_id: int, start: datetime, end: datetime) -> int:
        """How many texts were sent in [start, end]."""
        with self._read() as connection:
            return rooms.count_texts(connection, conversation_id, start, end)

    def senders(self, conversation_id: int) -> frozenset[str]:
        """Who wrote anything but lines of the system."""
        with self._read() as connection:
            return rooms.list_senders(connection, conversation_id)

    def last_message_id(self) -> int:
        """0 when there is no message at all."""
        with self._read() as connection:
            return rooms.find_last_id(connection)

    # ------------------------------------------------------------ conversations

    def conversations(
        self, *, unread_only: bool = False, limit: int | None = None
    ) -> list[ConversationRow]:
        """Urgent ones first, then those with unread messages, then the newest; None: all."""
        with self._read() as connection:
            return inbox.list_conversations(connection, unread_only=unread_only, limit=limit)

    def get_conversation(self, conversation_id: int) -> ConversationRow:
        """Raises `RecordMissing`."""
        with self._read() as connection:
            return inbox.get_conversation(connection, conversation_id)

    def find_conversations(self, text: str) -> list[ConversationRow]:
        """Those of this title; [] when there are none.

        The title exactly, else but for case, else a part of it; "#12" is the one of that id.
        """
        with self._read() as connection:
            return inbox.find_conversations(connection, text)

    def messages(
        self,
        conversation_id: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 200,
    ) -> list[MessageRow]:
        """At most `limit` messages, oldest first.

        The newest ones, or those before, after or around (with it in the middle) the
        message of that id; of the three at most one. Raises `RecordMissing` for that id.
        """
        with self._read() as connection:
            return history.list_messages(
                connection,
                conversation_id,
                before=before,
                after=after,
                around=around,
                limit=limit,
            )

    def unread_messages(
        self, conversation_id: int, *, context: int = 0
    ) -> tuple[list[MessageRow], list[MessageRow]]:
        """Context and unread messages, both oldest first.

        Context: of the `context` texts and media directly before each unread message, those
        that are read and do not disappear.
        """
        with self._read() as connection:
            return history.list_unread(connection, conversation_id, context=context)

    def find_next_expiry(self) -> datetime | None:
        """When the next message's timer runs out, passed or not; None when no timer runs."""
        with self._read() as connection:
            return history.find_next_expiry(connection)

    def get_message(self, message_id: int) -> MessageRow:
        """Raises `RecordMissing`."""
        with self._read() as connection:
            return history.get_message(connection, message_id)

    def messages_by_ids(self, ids: Sequence[int]) -> list[MessageRow]:
        """Those of `ids` that are still there, oldest first."""
        with self._read() as connection:
            return history.list_messages_by_ids(connection, ids)

    def activity(self, start: datetime, end: datetime) -> list[ActivityRow]:
        """What was written from `start` up to, not including, `end`; busiest conversation first.

        Excluded conversations, system lines and deleted messages are left out.
        """
        with self._read() as connection:
            return history.list_activity(connection, start, end)

    def search(self, query: str, limit: int = 50) -> list[SearchHit]:
        """Messages and sentences of the newest summaries holding every word, newest first.

        [] for a query without words.
        """
        with self._read() as connection:
            return search.search_archive(connection, query, limit)

    # ------------------------------------------------------------ summaries

    def find_summary(self, conversation_id: int) -> SummaryRow | None:
        """The newest summary of a conversation."""
        with self._read() as connection:
            return summaries.find_summary(connection, conversation_id)

    def get_summary(self, summary_id: int) -> SummaryRow:
        """Any summary, older ones too. Raises `RecordMissing`."""
        with self._read() as connection:
            return summaries.get_summary(connection, summary_id)

    def find_failure(self, conversation_id: int) -> FailureRecord | None:
        """How often the model could not be run on a conversation, of whatever input."""
        with self._read() as connection:
            return failing.find_failure(connection, conversation_id)

    def failures(self) -> list[FailureRecord]:
        """Those of unread conversations whose newest summary is of the input that failed."""
        with self._read() as connection:
            return failing.list_failures(connection)

    def todos(self, *, open_only: bool = True) -> list[ToDoRow]:
        """To-dos that no later summary superseded: open before done, the owner's first."""
        with self._read() as connection:
            return summaries.list_todos(connection, open_only=open_only)

    # ------------------------------------------------------------ digests, runs, requests

    def digests(self, limit: int = 30) -> list[DigestRow]:
        """The newest day first."""
        with self._read() as connection:
            return ledger.list_digests(connection, limit)

    def find_digest(self, day: date) -> DigestRow | None:
        """The digest of one local day."""
        with self._read() as connection:
            return ledger.find_digest(connection, day)

    def runs(self, limit: int = 20) -> list[RunRow]:
        """The newest first."""
        with self._read() as connection:
            return ledger.list_runs(connection, limit)

    def requests(self, *, open_only: bool = True) -> list[RequestRow]:
        """The oldest first; open ones are those not ended, taken or not."""
        with self._read() as connection:
            return ledger.list_requests(connection, open_only=open_only)

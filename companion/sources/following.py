"""Follows a live database that keeps neither read marks nor dates of change in its rows.

Which rows are new the ROWID tells. Edits, deletions and read flips are made in place, and
chats only count what is unread; so the newest rows and the unread ones are read again each
time and compared with what was told of them (formats.md, general rules 2 and 3); of those behind
them a block now and then. Knows no messenger's tables: a `LiveDatabase` does.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Skipped,
)
from companion.sources.rechecking import BLOCK_ROWS, Checked, Moment, parse_checked
from companion.sources.tables import Tables, cut

WATCHED_ROWS = 1000
"""How many of the newest rows are looked at again by every reading; an edit behind them is noticed
late (`rechecking`), and a deletion not at all."""

_VERSION = 1

Told = MessageFound | Skipped


class LiveDatabase(ABC):
    """A messenger's database behind an open connection; rows are known by their ROWID."""

    def __init__(self, tables: Tables, messages: str, chat: str) -> None:
        """`messages`: the table that has a row for each message; `chat`: its column that says of
        which chat the row is.
        """
        self._tables = tables
        self._messages = messages
        self._chat = chat

    def find_newest(self) -> int:
        """The highest ROWID of all messages; 0 when there are none."""
        return self._tables.find_newest(self._messages)

    def list_newest(self, count: int) -> list[int]:
        """The `count` highest ROWIDs, descending."""
        return self._tables.list_newest(self._messages, count)

    def list_rowids(self, after: int, upto: int) -> Iterator[list[int]]:
        """ROWIDs above `after` and not above `upto`, ascending, in chunks."""
        return self._tables.list_rowids(self._messages, after, upto)

    def list_rowids_in(self, chat: str, upto: int) -> list[int]:
        """ROWIDs of one chat, not above `upto`, ascending; may look at every row."""
        query = f"""SELECT ROWID FROM {self._messages}
                    WHERE CAST({self._chat} AS TEXT) = ? AND ROWID <= ? ORDER BY ROWID"""
        return [row[0] for row in self._tables.connection.execute(query, (chat, upto))]

    def list_keys(self) -> Mapping[str, str]:
        """The key of the conversation that each chat belongs to, where that may change: somebody
        turns out to be a person with another address. Here it never does.
        """
        return {}

    @abstractmethod
    def list_unread(self) -> set[int]:
        """The rows that count as unread by the store's own word."""

    def list_changed(self) -> list[int]:
        """Rows the store itself lists as changed lately, however old; here none."""
        return []

    @abstractmethod
    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        """What each of those rows is, ascending, from one short transaction; a row that is gone
        or is no message of a conversation is left out. At most `CHUNK_ROWS`.
        """

    @abstractmethod
    def describe(self, key: str) -> ConversationFound:
        """The conversation of a message just told."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A row that is looked at again."""

    key: str
    """Of its conversation."""

    id: str
    """Of its message; "" for a row that was skipped."""

    digest: str
    """Of all that was told of it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a reading ended, and what the next one must look at again."""

    identity: str
    """Of the database and of the settings that shape its messages."""

    rowid: int = 0
    """The newest row looked at."""

    watched: Mapping[int, Watched] = field(default_factory=dict)
    """By ROWID."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """As `LiveDatabase.list_keys` gave them."""

    checked: Checked | None = None
    """None: nothing behind the newest rows is looked at again yet."""

    def to_json(self) -> str:
        """Rows stand under the key of their conversation, which most of them share."""
        by_key: dict[str, list[tuple[int, str, str]]] = {}
        for rowid, row in self.watched.items():
            by_key.setdefault(row.key, []).append((rowid, row.id, row.digest))
        fields = {
            "version": _VERSION,
            "identity": self.identity,
            "rowid": self.rowid,
            "watched": by_key,
            "keys": self.keys,
            "checked": self.checked and self.checked.to_fields(),
        }
        return json.dumps(fields, separators=(",", ":"))


def parse_cursor(text: str | None) -> Cursor | None:
    """The cursor; None for None and for one of another version, which means: read all."""
    if not text:
        return None
    try:
        fields = json.loads(text)
        if fields.pop("version") != _VERSION:
            return None
        watched = {
            int(rowid): Watched(key, str(uid), str(digest))
            for key, rows in fields.pop("watched").items()
            for rowid, uid, digest in rows
        }
        checked = fields.pop("checked", None)
        return Cursor(**fields, watched=watched, checked=checked and parse_checked(checked))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


class Following:
    """One reading; `known` is where the last one ended, None for everything."""

    def __init__(
        self, database: LiveDatabase, known: Cursor | None, moment: Moment | None = None
    ) -> None:
        """Looks at the store as a whole; `list_changes` reads messages. `moment`: of before the
        database was opened; without one nothing behind the newest rows is looked at again.

        Belongs into one view (`begin_reading`) with the making of `database`, which knows the
        counts of the chats: those of one moment mean nothing for the messages of another.
        """
        self._database = database
        self._known = known or Cursor(identity="")
        self._moment = moment
        self._newest = database.find_newest()
        self._unread = database.list_unread()
        self._keys = database.list_keys()
        newest = database.list_newest(WATCHED_ROWS)
        self._behind = min(newest, default=1) - 1
        self._to_watch = {*newest, *self._unread, *database.list_changed()}
        self._watched: dict[int, Watched] = {}
        self._told_keys: set[str] = set()
        self._gone = {(row.key, row.id) for row in self._known.watched.values() if row.id}

    def list_changes(self, identity: str) -> Iterator[Change]:
        """What changed, then the cursor. Another `identity` than the known one, or a store in
        which nothing known is left, means a rebuilt store: everything is told again.
        """
        known = self._known
        looked_for = len(self._gone)
        again = sorted(rowid for rowid in {*known.watched, *self._to_watch} if rowid <= known.rowid)
        rows = [row for chunk in cut(again) for row in self._look_at(chunk)]
        is_rebuilt = known.identity != identity or len(self._gone) == looked_for > 0
        if not is_rebuilt:
            yield from self._tell(
                row for row in rows if known.watched.get(row[0]) != _watch(row[1])
            )
            yield from self._tell_moved()
        checked = yield from self._check(None if is_rebuilt else known.checked)
        for chunk in self._database.list_rowids(0 if is_rebuilt else known.rowid, self._newest):
            yield from self._tell(self._look_at(chunk))
        for key, uid in sorted(self._gone):
            yield MessageRemoved(key, uid)
        cursor = Cursor(identity, self._newest, self._watched, self._keys, checked)
        yield CursorAdvanced(cursor.to_json())

    def _tell_moved(self) -> Iterator[Change]:
        """The messages of the chats that belong to another conversation than they did."""
        for chat, old in self._known.keys.items():
            if self._keys.get(chat, old) == old:
                continue
            for chunk in cut(self._database.list_rowids_in(chat, self._known.rowid)):
                rows = list(self._look_at(chunk))
                yield from self._tell(rows)
                for _, told in rows:
                    if isinstance(told, MessageFound):
                        yield MessageRemoved(old, told.id)

    def _check(self, known: Checked | None) -> Generator[Change, None, Checked | None]:
        """Tell the block whose turn it is again, if anything in it is not as it was then."""
        moment = self._moment
        if moment is None:
            return known
        if known is None:
            return Checked(moment)
        if not known.is_due(moment):
            return known
        behind = min(self._behind, self._known.rowid)
        block = known.choose_block(behind)
        start, end = block * BLOCK_ROWS, min((block + 1) * BLOCK_ROWS, behind)
        chunks = self._database.list_rowids(start, end)
        rows = [row for chunk in chunks for row in self._look_at(chunk)]
        digest = _digest(repr(rows))
        if known.digests.get(block) != digest:
            yield from self._tell(rows)
        return known.note(moment, block, digest)

    def _look_at(self, rowids: Sequence[int]) -> Iterator[tuple[int, Told]]:
        """What those rows are now; what is found is not gone."""
        for rowid, told in self._database.tell(rowids, self._unread):
            if self._gone and isinstance(told, MessageFound):
                self._gone.discard((told.conversation_key, told.id))
            if rowid in self._to_watch:
                self._watched[rowid] = _watch(told)
            yield rowid, told

    def _tell(self, rows: Iterable[tuple[int, Told]]) -> Iterator[Change]:
        for _, told in rows:
            if isinstance(told, MessageFound) and told.conversation_key not in self._told_keys:
                self._told_keys.add(told.conversation_key)
                yield self._database.describe(told.conversation_key)
            yield told


def _watch(told: Told) -> Watched:
    digest = _digest(repr(told))
    if isinstance(told, Skipped):
        return Watched("", "", digest)
    return Watched(told.conversation_key, told.id, digest)


def _digest(told: str) -> str:
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()

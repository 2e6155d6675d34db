"""One reading of chat.db: which rows to tell again, which are new, and where it ended.

Rows are told in chunks, each from a short transaction of its own, so that neither the
writer nor memory notices the size of the store. What changes between two chunks is told by
the next reading: what it starts from is looked up before the first row is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from companion.sources.imessage.conversations import Conversations
from companion.sources.imessage.cursor import Cursor
from companion.sources.imessage.database import ChatDatabase
from companion.sources.imessage.names import AddressBook
from companion.sources.imessage.rendering import Renderer, UnreadableMessageError, has_content
from companion.sources.imessage.rows import MessageRow
from companion.sources.interface import Change, CursorAdvanced, MessageRemoved, Skipped
from companion.sources.tables import cut

_CHANGED_WITHIN_NS = 30 * 24 * 3600 * 10**9
"""Edits made on another device may arrive late, behind newer ones: those this much older
than the newest are still noticed."""

_PENDING_ROWS = 1000
"""How far behind the newest row one that is not finished, or has no chat, is waited for."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the whole store looked like at the beginning of the reading."""

    newest: int
    changed: dict[int, int]
    deleted: dict[int, int]
    unread: dict[str, tuple[int, str]]
    """ROWID and conversation of each message that counts as unread, by guid."""

    filtered_count: int
    """Messages unread in chats that Messages filters out."""


class Reading:
    """Reads once; `known` is where the last reading ended, None for everything."""

    def __init__(
        self, database: ChatDatabase, address_book: AddressBook, me: str, known: Cursor | None
    ) -> None:
        """Looks at the store as a whole, in one transaction; `list_changes` reads messages."""
        self._database = database
        self._address_book = address_book
        self._known = known or Cursor(identity="")
        with database.begin_reading():
            self._conversations = Conversations(database, address_book)
            self._state = self._look()
        self._renderer = Renderer(self._conversations, me)
        self._pending: list[int] = []
        self._told_keys: set[str] = set()

    def list_changes(self, identity: str) -> Iterator[Change]:
        """What changed, then the cursor. Another `identity` than the known one, or a newest
        row below the known one, means a rebuilt store: everything is told again.
        """
        known, newest = self._known, self._state.newest
        yield from self._find_removed()
        if known.identity == identity and known.rowid <= newest:
            for chunk in cut(self._find_again()):
                yield from self._tell(self._database.load_messages(chunk), is_again=True)
            start = known.rowid
        else:
            yield from self._describe_left_out()
            start = 0
        for chunk in self._database.list_rowids(start, newest):
            yield from self._tell(self._database.load_messages(chunk))
        for path in self._address_book.unreadable:
            yield Skipped(f"contacts in {path} cannot be read; their addresses are shown instead")
        yield CursorAdvanced(self._compose_cursor(identity).to_json())

    def _look(self) -> _State:
        since = max(self._known.changed.values(), default=0) - _CHANGED_WITHIN_NS
        rowids = self._database.list_unread()
        chats = self._database.find_chats(list(rowids.values()))
        unread, filtered_count = {}, 0
        for guid, rowid in rowids.items():
            chat = self._conversations.find_chat(chats.get(rowid))
            if chat and chat.is_filtered:
                filtered_count += 1
            elif chat:
                unread[guid] = rowid, chat.key
        return _State(
            self._database.find_newest(),
            self._database.list_changed(max(since, 0)),
            self._database.list_deleted(self._known.deleted),
            unread,
            filtered_count,
        )

    def _find_removed(self) -> Iterator[MessageRemoved]:
        """Of the messages told as unread, those that have no row any more."""
        held = [guid for guid in self._known.unread if guid not in self._state.unread]
        there = self._database.find_rowids(held)
        for guid in held:
            if guid not in there:
                yield MessageRemoved(self._known.unread[guid], guid)

    def _find_again(self) -> list[int]:
        """The rows looked at before that may have changed since, ascending."""
        known, state = self._known, self._state
        held = [guid for guid in known.unread if guid not in state.unread]
        again = {
            *(rowid for rowid, at in state.changed.items() if known.changed.get(rowid) != at),
            *state.deleted,
            *known.pending,
            *(rowid for guid, (rowid, _) in state.unread.items() if guid not in known.unread),
            *self._database.find_rowids(held).values(),
        }
        return sorted(rowid for rowid in again if rowid <= known.rowid)

    def _tell(self, rows: Iterable[MessageRow], *, is_again: bool = False) -> Iterator[Change]:
        for row in rows:
            if not row.is_message:
                continue
            chat = self._conversations.find_chat(row.chat_id)
            if row.deleted_from is not None or chat is None:
                yield from self._tell_missing(row, is_again=is_again)
                continue
            if not row.is_finished:
                self._pending.append(row.rowid)
                if is_again or not has_content(row):
                    continue
            try:
                message = self._renderer.render(row, chat)
            except UnreadableMessageError as error:
                yield Skipped(str(error))
                continue
            if chat.key not in self._told_keys:
                self._told_keys.add(chat.key)
                yield self._conversations.describe(chat.key)
            yield message

    def _tell_missing(self, row: MessageRow, *, is_again: bool) -> Iterator[Change]:
        """A row in no chat: moved to Recently Deleted, or its chat is still to come."""
        deleted_from = self._conversations.find_chat(row.deleted_from)
        if deleted_from is None:
            self._pending.append(row.rowid)
        key = deleted_from.key if deleted_from else self._known.unread.get(row.guid)
        if is_again and key is not None:
            yield MessageRemoved(key, row.guid)

    def _describe_left_out(self) -> Iterator[Skipped]:
        if homeless := self._database.count_homeless():
            yield Skipped(f"{homeless} messages belong to no conversation and are not shown")
        if count := self._state.filtered_count:
            yield Skipped(
                f"{count} unread messages in conversations that Messages filters"
                " out (unknown senders, junk) are not counted as unread"
            )

    def _compose_cursor(self, identity: str) -> Cursor:
        known, state = self._known, self._state
        latest = max(state.changed.values(), default=0)
        return Cursor(
            identity=identity,
            rowid=state.newest,
            changed={
                rowid: at for rowid, at in state.changed.items() if at > latest - _CHANGED_WITHIN_NS
            },
            deleted=max(state.deleted.values(), default=known.deleted),
            pending=tuple(row for row in self._pending if row > state.newest - _PENDING_ROWS),
            unread={guid: key for guid, (_, key) in state.unread.items()},
        )

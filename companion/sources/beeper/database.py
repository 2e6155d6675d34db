"""The queries over index.db; how a row reads is not decided here."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence

from companion.sources.beeper.rendering import MessageRow, render
from companion.sources.beeper.rooms import PEOPLE, RECEIPTS, ROOMS, USERS, Rooms
from companion.sources.following import LiveDatabase, Told
from companion.sources.interface import ConversationFound
from companion.sources.tables import NUMBER, RAW, TEXT, Tables

_MESSAGES = "mx_room_messages"
_DEFAULTS = {
    "isSentByMe": f"""CASE WHEN json_valid({_MESSAGES}.message)
                      THEN json_extract({_MESSAGES}.message, '$.isSender') END"""
}
"""Older versions say it inside the message alone."""

_HIDDEN = "('HIDDEN', 'REACTION', 'TOMBSTONE', '')"
"""Types of rows that Beeper does not show as messages."""

_COLUMNS = {
    "roomID": TEXT,
    "eventID": TEXT,
    "senderContactID": TEXT,
    "timestamp": RAW,
    "type": TEXT,
    "hsOrder": NUMBER,
    "isSentByMe": NUMBER,
    "isDeleted": NUMBER,
    "isEdited": NUMBER,
    "inReplyToID": TEXT,
    "text_content": TEXT,
    "message": TEXT,
}


class BeeperDatabase(LiveDatabase):
    """index.db behind an open connection."""

    def __init__(self, connection: sqlite3.Connection, me: str) -> None:
        names = (_MESSAGES, ROOMS, PEOPLE, USERS, RECEIPTS)
        super().__init__(Tables(connection, names, _DEFAULTS), _MESSAGES, "roomID")
        self._rooms = Rooms(self._tables)
        self._me = me
        self._query = f"""SELECT ROWID, {self._tables.select(_MESSAGES, _COLUMNS)}
                          FROM {_MESSAGES} WHERE type NOT IN {_HIDDEN} AND ROWID IN ({{}})
                          ORDER BY ROWID"""

    def list_unread(self) -> set[int]:
        """In each room what others wrote behind the owner's receipt; in a room without one as
        many of the last messages as Beeper counts.
        """
        is_incoming = f"""roomID = ? AND type NOT IN {_HIDDEN} AND COALESCE(isDeleted, 0) = 0
            AND COALESCE({self._tables.column(_MESSAGES, "isSentByMe")}, 0) = 0
            AND COALESCE({self._tables.column(_MESSAGES, "countsAsUnread")}, 1) <> 0"""
        behind = f"SELECT ROWID FROM {_MESSAGES} WHERE {is_incoming} AND hsOrder > ?"
        last = f"""SELECT ROWID FROM {_MESSAGES} WHERE {is_incoming}
                   ORDER BY hsOrder DESC, ROWID DESC LIMIT ?"""
        found: set[int] = set()
        for room in self._rooms.rooms.values():
            if room.read_upto is None:
                query, bound = last, room.unread_count
            else:
                query, bound = behind, room.read_upto
            rows = self._tables.connection.execute(query, (room.key, bound))
            found.update(rowid for (rowid,) in rows)
        return found

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        for values in self._tables.pick(self._query, rowids):
            row = MessageRow._make(values)
            if row.key not in self._rooms.rooms:
                continue
            told = render(row, self._rooms.name_person, self._me, is_read=row.rowid not in unread)
            if told is not None:
                yield row.rowid, told

    def describe(self, key: str) -> ConversationFound:
        return self._rooms.describe(key)

"""The queries over KakaoTalk's database; what their rows mean is not decided here.

What is unread, KakaoTalk counts for each room: the newest messages of others behind the
last one seen, as many as the room says are new (formats.md 1.3).
"""

from __future__ import annotations

import plistlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from xml.parsers.expat import ExpatError

from companion.sources.following import LiveDatabase, Told
from companion.sources.interface import ConversationFound, Skipped
from companion.sources.kakaotalk_mac.rendering import FEED, find_answered, name_message, render
from companion.sources.kakaotalk_mac.rooms import Rooms
from companion.sources.kakaotalk_mac.rows import MessageRow, RoomRow
from companion.sources.sqlite_store import begin_reading
from companion.sources.tables import NUMBER, RAW, TEXT, Tables

REQUIRED_TABLES = ("NTChatMessage", "NTChatRoom", "NTUser")

_MESSAGES = "NTChatMessage"
_TABLES = (*REQUIRED_TABLES, "NTChatContext", "NTChatMeta", "NTOpenLink")
_SHARED_NAME = 3
"""The type of a row of NTChatMeta that holds the title of a group."""

_SYSTEM_ROOM = 9999
"""Types from here on are no rooms of people, nor are ids below 0."""

_ROOM_COLUMNS = {
    "chatId": NUMBER,
    "linkId": NUMBER,
    "type": NUMBER,
    "chatName": TEXT,
    "countOfNewMessage": NUMBER,
    "lastSeenLogId": NUMBER,
    "directChatMemberUserId": NUMBER,
    "displayMemberIds": RAW,
}
_MESSAGE_COLUMNS = {
    "chatId": NUMBER,
    "logId": NUMBER,
    "msgId": NUMBER,
    "authorId": NUMBER,
    "type": NUMBER,
    "sentAt": NUMBER,
    "message": TEXT,
    "attachment": TEXT,
    "supplement": TEXT,
}
_NAMES = ("friendNickName", "displayName", "nickName")
"""The name the owner gave a friend comes before what they call themselves."""


class KakaoDatabase(LiveDatabase):
    """KakaoTalk's database behind an open connection; `me`: the owner's name, "" if not told."""

    def __init__(self, connection: sqlite3.Connection, me: str) -> None:
        super().__init__(Tables(connection, _TABLES), _MESSAGES, "chatId")
        self._connection = connection
        self.owner = self._find_owner()
        rooms = self._list_rooms()
        self._rooms = Rooms(rooms, self._load_names(), self.owner, me)
        self._unread_in = [room for room in rooms if room.unread > 0]

    def list_unread(self) -> set[int]:
        query = f"""SELECT ROWID FROM {_MESSAGES}
                    WHERE chatId = ? AND logId > ? AND authorId <> ? AND type <> {FEED}
                    ORDER BY logId DESC, msgId DESC LIMIT ?"""
        return {
            row[0]
            for room in self._unread_in
            for row in self._connection.execute(
                query, (room.chat_id, room.last_seen, self.owner, room.unread)
            )
        }

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        columns = self._tables.select(_MESSAGES, _MESSAGE_COLUMNS)
        query = f"SELECT ROWID, {columns} FROM {_MESSAGES} WHERE ROWID IN ({{}}) ORDER BY ROWID"
        with begin_reading(self._connection):
            rows = [MessageRow(*row) for row in self._tables.pick(query, rowids)]
            answered = self._find_answered(rows)
        for row in rows:
            room = self._rooms.find(row.chat_id)
            if room is None:
                continue
            is_unread, reply_to = row.rowid in unread, answered.get(row.rowid)
            found = render(row, room, self._rooms, is_unread=is_unread, reply_to=reply_to)
            yield row.rowid, found or Skipped(f"message {row.log_id} has no date")

    def describe(self, key: str) -> ConversationFound:
        return self._rooms.describe(key)

    def _find_answered(self, rows: Sequence[MessageRow]) -> dict[int, str]:
        """The id of the message that each row answers, by ROWID, where it is stored."""
        wanted = {
            row.rowid: (row.chat_id, log_id) for row in rows if (log_id := find_answered(row))
        }
        query = f"SELECT logId, MIN(msgId) FROM {_MESSAGES} WHERE chatId = ? AND logId = ?"
        found = {}
        for rowid, place in wanted.items():
            if place[1] is not None:
                log_id, msg_id = self._connection.execute(query, place).fetchone()
                if log_id is not None:
                    found[rowid] = name_message(log_id, msg_id)
        return found

    def _find_owner(self) -> int:
        """The owner's number; 0 in a database that does not say."""
        if not self._tables.has("NTChatContext"):
            return 0
        row = self._connection.execute("SELECT userId FROM NTChatContext LIMIT 1").fetchone()
        return int(row[0] or 0) if row else 0

    def _list_rooms(self) -> list[RoomRow]:
        columns = self._tables.select("NTChatRoom", _ROOM_COLUMNS)
        meta, links = self._load_meta(), self._load_links()
        return [
            RoomRow(
                chat_id=row["chatId"],
                link_id=row["linkId"],
                type=row["type"],
                name=row["chatName"],
                shared_name=meta.get(row["chatId"], ""),
                link_name=links.get(row["linkId"], ""),
                unread=row["countOfNewMessage"],
                last_seen=row["lastSeenLogId"],
                partner=row["directChatMemberUserId"],
                members=_load_members(row["displayMemberIds"]),
            )
            for row in self._connection.execute(f"SELECT {columns} FROM NTChatRoom")
            if row["chatId"] >= 0 and row["type"] < _SYSTEM_ROOM
        ]

    def _load_meta(self) -> dict[int, str]:
        if not self._tables.has("NTChatMeta", "content"):
            return {}
        query = (
            "SELECT chatId, CAST(content AS TEXT) FROM NTChatMeta WHERE type = ? AND content <> ''"
        )
        return dict(self._connection.execute(query, (_SHARED_NAME,)).fetchall())

    def _load_links(self) -> dict[int, str]:
        if not self._tables.has("NTOpenLink", "linkName"):
            return {}
        query = "SELECT linkId, CAST(linkName AS TEXT) FROM NTOpenLink WHERE linkName <> ''"
        return dict(self._connection.execute(query).fetchall())

    def _load_names(self) -> dict[tuple[int, int], str]:
        columns = self._tables.select("NTUser", dict.fromkeys(_NAMES, TEXT))
        link = self._tables.column("NTUser", "linkId", "0")
        query = f"SELECT userId, {link} AS link, {columns} FROM NTUser"
        return {
            (row["userId"], row["link"]): next(filter(None, (row[name] for name in _NAMES)), "")
            for row in self._connection.execute(query)
        }


def _load_members(raw: object) -> tuple[int, ...]:
    """The ids of a property list; () for anything else."""
    if not isinstance(raw, bytes):
        return ()
    try:
        loaded = plistlib.loads(raw)
    except (plistlib.InvalidFileException, ExpatError, ValueError, OverflowError):
        return ()
    return tuple(id_ for id_ in loaded if isinstance(id_, int)) if isinstance(loaded, list) else ()

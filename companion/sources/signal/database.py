"""The queries over Signal's database; what their rows mean is not decided here.

The schema changes monthly: few columns are read, and what newer versions keep in columns is
looked for in the column `json` otherwise (formats.md 1.8).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from companion.sources.following import LiveDatabase, Told
from companion.sources.interface import ConversationFound, Skipped
from companion.sources.signal.people import People
from companion.sources.signal.rendering import compose_id, find_answered, find_expiry, render
from companion.sources.signal.rows import ConversationRow, MessageRow
from companion.sources.sqlite_store import begin_reading
from companion.sources.tables import NUMBER, RAW, TEXT, Tables

REQUIRED_TABLES = ("messages", "conversations")

_ATTACHMENTS = "message_attachments"
_TABLES = (*REQUIRED_TABLES, _ATTACHMENTS, "items")
_UNREAD = 1
"""Of readStatus, in which 0 is read."""

_ROOT_MESSAGE = -1
"""Of editHistoryIndex: not one of a message's earlier versions."""

_MESSAGE_COLUMNS = {
    "id": TEXT,
    "conversationId": TEXT,
    "type": TEXT,
    "body": TEXT,
    "sent_at": NUMBER,
    "storyId": TEXT,
    "expireTimer": NUMBER,
    "expirationStartTimestamp": NUMBER,
    "isErased": NUMBER,
    "isViewOnce": NUMBER,
    "json": RAW,
}
_CONVERSATION_COLUMNS = {
    "id": TEXT,
    "type": TEXT,
    "name": TEXT,
    "profileFullName": TEXT,
    "e164": TEXT,
    "groupId": TEXT,
    "members": TEXT,
    "json": RAW,
}
_SERVICE_ID, _UUID = ("serviceId", "uuid"), ("sourceServiceId", "sourceUuid", "source")
"""What the columns of service ids were called, the newest name first."""


class SignalDatabase(LiveDatabase):
    """Signal's database behind an open connection; `me`: the owner's name, "" if not told.

    What has disappeared by `now` counts as gone, whether or not Signal was there to remove it.
    """

    def __init__(self, connection: sqlite3.Connection, me: str, now: datetime) -> None:
        super().__init__(Tables(connection, _TABLES), "messages", "conversationId")
        self._connection = connection
        self._now = now
        self.owner = self._find_owner()
        self._people = People(self._list_conversations(), self.owner, me)

    def list_keys(self) -> Mapping[str, str]:
        """Somebody known by number alone may turn out to have a service id."""
        return self._people.keys

    def list_unread(self) -> set[int]:
        if self._tables.has("messages", "readStatus"):
            is_unread = f"readStatus = {_UNREAD}"
        else:
            is_unread = f"{self._tables.column('messages', 'unread', '0')} = 1"
        # Signal's own index on unread messages begins with the conversation.
        query = f"""SELECT ROWID FROM messages WHERE type = 'incoming' AND {is_unread}
                    AND conversationId IN (SELECT id FROM conversations)"""
        return {row[0] for row in self._connection.execute(query)}

    def list_changed(self) -> list[int]:
        """Rows whose timer does not run yet: no other row tells when it begins."""
        if not self._tables.has("messages", "expirationStartTimestamp"):
            return []
        # In the words of an index of Signal's own.
        query = """SELECT ROWID FROM messages WHERE expireTimer IS NOT NULL
                   AND expirationStartTimestamp IS NULL AND expireTimer > 0"""
        return [row[0] for row in self._connection.execute(query)]

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        with begin_reading(self._connection):
            rows = self._load_messages(rowids)
            answered = self._find_answered(rows)
        for row in rows:
            if not self._is_shown(row):
                continue
            is_unread, reply_to = row.rowid in unread, answered.get(row.rowid)
            found = render(row, self._people, is_unread=is_unread, reply_to=reply_to)
            yield row.rowid, found or Skipped(f"message {row.rowid} has no date")

    def describe(self, key: str) -> ConversationFound:
        return self._people.describe(key)

    def _is_shown(self, row: MessageRow) -> bool:
        """Stories, and answers to them in groups, are no part of a conversation."""
        conversation = self._people.find(row.conversation_id)
        if conversation is None or row.type in {"", "story"}:
            return False
        if row.story_id and conversation.type == "group":
            return False
        expiry = find_expiry(row)
        return expiry is None or expiry > self._now

    def _load_messages(self, rowids: Sequence[int]) -> list[MessageRow]:
        author = self._choose("messages", _UUID)
        columns = self._tables.select("messages", _MESSAGE_COLUMNS)
        query = f"""SELECT ROWID, {author} AS author, {columns}
                    FROM messages WHERE ROWID IN ({{}}) ORDER BY ROWID"""
        rows = self._tables.pick(query, rowids)
        files = self._list_files([row["id"] for row in rows])
        return [_make_message(row, files) for row in rows]

    def _list_files(self, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """MIME types by message, where they have a table of their own."""
        if not (ids and self._tables.has(_ATTACHMENTS, "contentType")):
            return {}
        query = f"""SELECT messageId, contentType FROM {_ATTACHMENTS}
                    WHERE messageId IN ({{}}) AND attachmentType = 'attachment'
                    AND editHistoryIndex = {_ROOT_MESSAGE} ORDER BY messageId, orderInMessage"""
        found: dict[str, tuple[str, ...]] = {}
        for id_, mime_type in self._tables.pick(query, ids):
            found[id_] = (*found.get(id_, ()), str(mime_type))
        return found

    def _find_answered(self, rows: Sequence[MessageRow]) -> dict[int, str]:
        """The id of the message that each row answers, by ROWID, where it is stored."""
        wanted = {row.rowid: (row.conversation_id, find_answered(row)) for row in rows}
        times = [sent_at for _, sent_at in wanted.values() if sent_at is not None]
        author = self._choose("messages", _UUID)
        query = f"""SELECT conversationId, sent_at, type, id, {author} FROM messages
                    WHERE sent_at IN ({{}}) AND type IN ('incoming', 'outgoing')"""
        there = {
            (row[0], row[1]): compose_id(*row, people=self._people)
            for row in self._tables.pick(query, times)
            if self._people.find(row[0])
        }
        return {rowid: there[place] for rowid, place in wanted.items() if place in there}

    def _find_owner(self) -> str:
        """The owner's service id; "" in a database that does not say."""
        if not self._tables.has("items", "json"):
            return ""
        row = self._connection.execute("SELECT json FROM items WHERE id = 'uuid_id'").fetchone()
        value = _load(row[0]).get("value") if row else None
        return value.rpartition(".")[0] if isinstance(value, str) else ""

    def _list_conversations(self) -> list[ConversationRow]:
        query = f"""SELECT {self._tables.select("conversations", _CONVERSATION_COLUMNS)},
                    {self._choose("conversations", _SERVICE_ID)} AS service_id
                    FROM conversations"""
        return [_make_conversation(row) for row in self._connection.execute(query)]

    def _choose(self, table: str, names: Sequence[str]) -> str:
        """The first of some columns that says anything, as SQL."""
        columns = (f"NULLIF({TEXT.format(self._tables.column(table, name))}, '')" for name in names)
        return f"COALESCE({', '.join(columns)}, '')"


def _make_message(row: sqlite3.Row, files: Mapping[str, tuple[str, ...]]) -> MessageRow:
    """`row`: the columns in the order of the fields of a `MessageRow`, and last `json`."""
    *columns, raw = row
    details = _load(raw)
    attachments = files.get(row["id"]) or _list_types(details.get("attachments"))
    values: list[Any] = [*columns, attachments, details]
    return MessageRow(*values)


def _make_conversation(row: sqlite3.Row) -> ConversationRow:
    details = _load(row["json"])
    listed = details.get("membersV2")
    members = [
        member.get("aci") or member.get("uuid")
        for member in (listed if isinstance(listed, list) else [])
        if isinstance(member, dict)
    ]
    return ConversationRow(
        id=row["id"],
        type=row["type"],
        name=row["name"],
        profile_name=row["profileFullName"],
        phone=row["e164"],
        service_id=row["service_id"],
        group_id=row["groupId"],
        members=tuple(filter(None, map(str, members))) or tuple(row["members"].split()),
        details=details,
    )


def _list_types(attachments: object) -> tuple[str, ...]:
    items = attachments if isinstance(attachments, list) else []
    return tuple(str(item.get("contentType", "")) for item in items if isinstance(item, dict))


def _load(raw: object) -> Mapping[str, Any]:
    """{} for what is no JSON object."""
    if not isinstance(raw, str | bytes):
        return {}
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}

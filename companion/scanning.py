"""Folds the changes of one store into what `companion scan` prints; records nothing.

Messages are held in a private database of this process until they are counted: a message
told again replaces the one before, and memory does not grow with the store. Their text is
held only when asked for, and then in memory, never on disk.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    MessageKind,
    MessageRemoved,
    Skipped,
    SourceSettings,
)
from companion.sources.registry import get_source

WARNINGS_SHOWN = 1000
"""A file of the wrong shape may have one a line."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_SCHEMA = """
    CREATE TABLE conversation (key TEXT PRIMARY KEY, title TEXT, kind TEXT, participants TEXT);
    CREATE TABLE message (
        key TEXT, id TEXT, sender TEXT, is_me INTEGER, sent_at INTEGER, position INTEGER,
        kind TEXT, is_unread INTEGER, text TEXT, edited INTEGER, reply_to TEXT,
        PRIMARY KEY (key, id)
    ) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class ScannedMessage:
    """A message as the store has it."""

    id: str
    sender: str
    is_me: bool
    sent_at: datetime
    text: str
    kind: MessageKind
    edited: bool
    reply_to: str | None

    def to_json(self) -> dict[str, Any]:
        """The item of cli.md."""
        return {
            "id": self.id,
            "sender": self.sender,
            "is_me": self.is_me,
            "sent_at": self.sent_at.isoformat(),
            "text": self.text,
            "kind": self.kind,
            "edited": self.edited,
            "reply_to": self.reply_to,
        }


@dataclass(frozen=True, slots=True)
class ScannedConversation:
    """A conversation in numbers. Times are in the zone of the settings."""

    title: str
    kind: ConversationKind
    participants: tuple[str, ...]
    """Everyone the store lists or who wrote, sorted; the owner only under a known name."""

    messages: int
    """All but system lines: text, media and deleted ones."""

    system: int
    unread: int | None
    """None where the store does not know."""

    first: datetime | None
    """When the first message was sent, system lines included; None without any."""

    last: datetime | None
    items: tuple[ScannedMessage, ...] | None
    """In conversation order; None unless asked for."""

    def to_json(self) -> dict[str, Any]:
        """The conversation of cli.md."""
        fields: dict[str, Any] = {
            "title": self.title,
            "kind": self.kind,
            "participants": list(self.participants),
            "messages": self.messages,
            "system": self.system,
            "unread": self.unread,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
        }
        if self.items is not None:
            fields["items"] = [item.to_json() for item in self.items]
        return fields


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What one store holds."""

    kind: str
    conversations: tuple[ScannedConversation, ...]
    """In the order of the store."""

    unread: int | None
    """None where the store does not know."""

    warnings: tuple[str, ...]
    """What could not be read, as "line 12: reason"; at most `WARNINGS_SHOWN` and a count."""

    @property
    def messages(self) -> int:
        return sum(conversation.messages for conversation in self.conversations)

    @property
    def system(self) -> int:
        return sum(conversation.system for conversation in self.conversations)

    def to_json(self) -> dict[str, Any]:
        """The document of cli.md."""
        return {
            "kind": self.kind,
            "conversations": [conversation.to_json() for conversation in self.conversations],
            "messages": self.messages,
            "system": self.system,
            "unread": self.unread,
            "warnings": list(self.warnings),
        }


def scan_store(
    path: Path, kind: str | None, settings: SourceSettings, *, with_messages: bool = False
) -> ScanReport:
    """Everything in the store at `path`, read anew. Raises `SourceError` and its kin.

    With `kind` None the kind is found out. Only `with_messages` needs memory for all.
    """
    source = get_source(path, kind, settings=settings)
    knows_unread = source.unread_origin == "store"
    with closing(_Ledger(with_messages=with_messages)) as ledger:
        ledger.enter(source.read())
        conversations = tuple(ledger.list_conversations(settings.zone, knows_unread=knows_unread))
        return ScanReport(
            kind=source.kind,
            conversations=conversations,
            unread=_add_up(conversations, knows_unread=knows_unread),
            warnings=tuple(ledger.list_warnings()),
        )


def _add_up(conversations: Iterable[ScannedConversation], *, knows_unread: bool) -> int | None:
    """All unread messages; None for a store of which not even a single message says."""
    known = [c.unread for c in conversations if c.unread is not None]
    return sum(known) if known or knows_unread else None


class _Ledger:
    """The messages of one reading, the last word on each."""

    def __init__(self, *, with_messages: bool) -> None:
        self._with_messages = with_messages
        # "" is a database in a nameless temporary file that only overflow is written to.
        self._connection = sqlite3.connect(":memory:" if with_messages else "")
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(f"PRAGMA journal_mode = OFF; {_SCHEMA}")
        self._skipped: list[Skipped] = []
        self._skipped_count = 0

    def close(self) -> None:
        self._connection.close()

    def enter(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case MessageFound():
                    self._enter_message(change)
                case ConversationFound():
                    self._enter_conversation(change)
                case MessageRemoved(key, id_):
                    self._connection.execute(
                        "DELETE FROM message WHERE key = ? AND id = ?", (key, id_)
                    )
                case Skipped():
                    self._skipped_count += 1
                    if self._skipped_count <= WARNINGS_SHOWN:
                        self._skipped.append(change)

    def list_conversations(
        self, zone: tzinfo, *, knows_unread: bool
    ) -> Iterator[ScannedConversation]:
        query = """SELECT title, conversation.kind AS kind, participants, conversation.key AS key,
                   COUNT(*) FILTER (WHERE message.kind <> 'system') AS messages,
                   COUNT(*) FILTER (WHERE message.kind = 'system') AS system,
                   SUM(is_unread) AS unread,
                   MIN(sent_at) AS first, MAX(sent_at) AS last
                   FROM conversation LEFT JOIN message USING (key)
                   GROUP BY conversation.rowid ORDER BY conversation.rowid"""
        for row in self._connection.execute(query):
            yield ScannedConversation(
                title=row["title"],
                kind=row["kind"],
                participants=self._list_participants(row["key"], row["participants"]),
                messages=row["messages"],
                system=row["system"],
                unread=(row["unread"] or 0) if knows_unread else row["unread"],
                first=_to_instant(row["first"], zone),
                last=_to_instant(row["last"], zone),
                items=self._list_items(row["key"], zone) if self._with_messages else None,
            )

    def list_warnings(self) -> Iterator[str]:
        for skipped in self._skipped:
            place = "" if skipped.line is None else f"line {skipped.line}: "
            yield f"{place}{skipped.reason}"
        if hidden := self._skipped_count - len(self._skipped):
            yield f"and {hidden} more"

    def _enter_message(self, message: MessageFound) -> None:
        is_counted = not message.is_me and message.kind != "system" and message.is_read is not None
        self._connection.execute(
            "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message.conversation_key,
                message.id,
                message.sender,
                message.is_me,
                (message.sent_at - _EPOCH) // _MICROSECOND,
                message.position,
                message.kind,
                not message.is_read if is_counted else None,
                message.text if self._with_messages else None,
                message.edited,
                message.reply_to,
            ),
        )

    def _enter_conversation(self, found: ConversationFound) -> None:
        self._connection.execute(
            "INSERT INTO conversation VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " title = excluded.title, kind = excluded.kind, participants = excluded.participants",
            (found.key, found.title, found.kind, json.dumps(found.participants)),
        )

    def _list_participants(self, key: str, listed: str) -> tuple[str, ...]:
        query = "SELECT DISTINCT sender FROM message WHERE key = ? AND kind <> 'system'"
        senders = {row["sender"] for row in self._connection.execute(query, (key,))}
        return tuple(sorted((senders | set(json.loads(listed))) - {""}))

    def _list_items(self, key: str, zone: tzinfo) -> tuple[ScannedMessage, ...]:
        query = "SELECT * FROM message WHERE key = ? ORDER BY sent_at, position"
        return tuple(
            ScannedMessage(
                id=row["id"],
                sender=row["sender"],
                is_me=bool(row["is_me"]),
                sent_at=_from_microseconds(row["sent_at"], zone),
                text=row["text"],
                kind=row["kind"],
                edited=bool(row["edited"]),
                reply_to=row["reply_to"],
            )
            for row in self._connection.execute(query, (key,))
        )


def _to_instant(microseconds: int | None, zone: tzinfo) -> datetime | None:
    return None if microseconds is None else _from_microseconds(microseconds, zone)


def _from_microseconds(microseconds: int, zone: tzinfo) -> datetime:
    return (_EPOCH + microseconds * _MICROSECOND).astimezone(zone)

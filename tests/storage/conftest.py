"""An archive on disk, and what a test needs to say to put conversations into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.entries import NewConversation, NewMessage, NewSource, NewSummary, RemovedMessage
from storage.reader import Reader
from storage.records import IngestCounts, MessageRow, UnreadOrigin, UnreadPolicy

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""When the tests' first message was sent; later ones are some minutes after it."""

SYNCED = START + timedelta(days=1)

ROOM = "room"
"""Key of the conversation that most tests are about; told first, its id is 1."""


@dataclass
class Shelf:
    """An archive with one registered store, its writer and its reader open."""

    path: Path
    archive: Archive
    reader: Reader
    source_id: int = 0

    def register(
        self,
        *,
        unread_origin: UnreadOrigin = "mark",
        policy: UnreadPolicy | None = None,
        path: str = "/stores/one.txt",
        me: tuple[str, ...] = (),
    ) -> int:
        """Register a store and make it the one the next batches come from."""
        row = self.archive.add_source(
            NewSource(
                "kakaotalk",
                "KakaoTalk",
                path,
                unread_origin,
                me=me,
                policy=policy or UnreadPolicy(),
            ),
            at=START,
        )
        self.source_id = row.id
        return row.id

    def tell(
        self,
        *messages: NewMessage,
        removed: tuple[RemovedMessage, ...] = (),
        finish: bool = False,
        at: datetime = SYNCED,
    ) -> IngestCounts:
        """Save one batch; the conversations of its messages are told along with it."""
        keys = dict.fromkeys(message.conversation_key for message in messages)
        conversations = [NewConversation(key, f"The {key}", "group") for key in keys]
        counts = self.archive.save_batch(self.source_id, conversations, messages, removed)
        if finish:
            self.archive.finish_sync(self.source_id, "cursor", at, 0)
        return counts

    def unread(self, conversation_id: int = 1) -> list[str]:
        """The uids of the unread messages, oldest first."""
        return [message.uid for message in self.reader.unread_messages(conversation_id)[1]]

    def message(self, uid: str, conversation_id: int = 1) -> MessageRow:
        """The message of that uid."""
        rows = self.reader.messages(conversation_id, limit=10_000)
        return next(row for row in rows if row.uid == uid)

    @staticmethod
    def at(minute: float) -> datetime:
        """Some minutes after START."""
        return START + timedelta(minutes=minute)

    @staticmethod
    def make_message(minute: float, text: str = "hello", **values: object) -> NewMessage:
        """A message of ROOM sent some minutes after START; its uid is the minute unless told."""
        told: dict[str, object] = {
            "conversation_key": ROOM,
            "uid": f"{minute:g}",
            "sender": "Mina",
            "is_me": False,
            "sent_at": Shelf.at(minute),
            "text": text,
        }
        return NewMessage(**told | values)  # type: ignore[arg-type]

    @staticmethod
    def make_summary(message_ids: tuple[int, ...], **values: object) -> NewSummary:
        """A finished gist of conversation 1 that says nothing beyond its messages."""
        told: dict[str, object] = {
            "conversation_id": 1,
            "input_hash": "hash",
            "language": "en",
            "origin": "model",
            "gist": "done",
            "topic": "",
            "highlights": (),
            "sentences": (),
            "todos": (),
            "covered": len(message_ids),
            "skipped": 0,
            "unread": len(message_ids),
            "message_ids": message_ids,
            "flags": (),
            "model": "tiny",
            "options": {},
            "elapsed_s": 0.5,
            "made_at": SYNCED,
        }
        return NewSummary(**told | values)  # type: ignore[arg-type]


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    """Where no archive is yet, in a folder that is not there either."""
    return tmp_path / "private" / "archive.db"


@pytest.fixture
def shelf(archive_path: Path) -> Iterator[Shelf]:
    """An empty archive with one store that knows no read state, as an export."""
    with Archive.open(archive_path) as archive, Reader.open(archive_path) as reader:
        shelf = Shelf(archive_path, archive, reader)
        shelf.register()
        yield shelf

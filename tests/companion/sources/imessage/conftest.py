"""A writer of chat.db in the schema of a real macOS 15 store, in WAL mode as Messages keeps it."""

from __future__ import annotations

import plistlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.imessage import IMessageSource
from companion.sources.interface import Change, MessageFound, SourceSettings

DATA = Path(__file__).parents[3] / "data" / "imessage"
SCHEMA = DATA / "imessage-data-foundry-1.0.0" / "schema_sequoia_real.sql"

NOW = 794_145_600_000_000_000
"""2 March 2026, 12:00 UTC, in nanoseconds since 2001."""


def archive(text: str) -> bytes:
    """An `attributedBody` around a text, as Messages writes it."""
    raw = text.encode()
    if len(raw) < 0x80:
        size = bytes([len(raw)])
    elif len(raw) < 0x10000:
        size = b"\x81" + len(raw).to_bytes(2, "little")
    else:
        size = b"\x82" + len(raw).to_bytes(4, "little")
    return (
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00"
        b"\x84\x84\x08NSObject\x00\x85\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
        + size
        + raw
        + b"\x86\x84\x02iI\x01\x01\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96"
        b"\x96\x1d__kIMMessagePartAttributeName\x86\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07"
        b"NSValue\x00\x94\x84\x01*\x84\x99\x99\x00\x86\x86\x86"
    )


def summarize_edits(
    sent: Sequence[int] = (0,),
    versions: Mapping[int, Sequence[str]] | None = None,
    unsent: Sequence[int] = (),
) -> bytes:
    """A `message_summary_info`: parts sent, versions of each edited part, parts unsent."""
    edited = {
        str(part): [{"d": 690_513_474.0 + at, "t": archive(text)} for at, text in enumerate(texts)]
        for part, texts in (versions or {}).items()
    }
    summary = {"otr": {str(part): {"lo": 0, "le": 1} for part in sent}, "ust": True}
    if edited:
        summary["ec"] = edited
    if unsent:
        summary["rp"] = list(unsent)
    return plistlib.dumps(summary, fmt=plistlib.FMT_BINARY)


class ChatStore:
    """A chat.db under construction; each addition is committed at once, as by Messages."""

    def __init__(self, path: Path, schema: str | None = None) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        for name, count in (
            ("delete_attachment_path", 1),
            ("before_delete_attachment_path", 2),
            ("after_delete_message_plugin", 2),
        ):
            self._connection.create_function(name, count, lambda *_: None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(f"BEGIN; {schema or SCHEMA.read_text()}; COMMIT;")

    def add_handle(self, address: str, service: str = "iMessage", person: str = "") -> int:
        return self._insert("handle", id=address, service=service, person_centric_id=person or None)

    def add_chat(
        self,
        identifier: str,
        members: Sequence[int] = (),
        *,
        guid: str = "",
        display_name: str = "",
        **columns: object,
    ) -> int:
        """A chat: a group where its identifier begins with "chat", else a pair."""
        is_group = identifier.startswith("chat")
        chat = self._insert(
            "chat",
            guid=guid or f"iMessage;{'+' if is_group else '-'};{identifier}",
            style=43 if is_group else 45,
            chat_identifier=identifier,
            display_name=display_name,
            **columns,
        )
        for handle in members:
            self._insert("chat_handle_join", chat_id=chat, handle_id=handle)
        return chat

    def add_message(self, chat: int | None, text: str | None = None, **columns: object) -> int:
        """A finished, read message; `columns` overrides and adds, chat None leaves it out."""
        values: dict[str, object] = {
            "text": text,
            "date": NOW,
            "is_finished": 1,
            "is_read": 1,
            "is_from_me": 0,
        }
        values |= columns
        self._connection.execute("BEGIN")
        rowid = self._insert("message", guid=values.pop("guid", "new"), **values)
        if "guid" not in columns:
            self.change(rowid, guid=f"guid-{rowid}")
        if chat is not None:
            self._insert("chat_message_join", chat_id=chat, message_id=rowid)
        self._connection.execute("COMMIT")
        return rowid

    def add_attachment(self, message: int, **columns: object) -> None:
        attachment = self._insert("attachment", guid=f"file-of-{message}-{columns}", **columns)
        self._insert("message_attachment_join", message_id=message, attachment_id=attachment)

    def change(self, message: int, **columns: object) -> None:
        marks = ", ".join(f"{name} = ?" for name in columns)
        self.execute(f"UPDATE message SET {marks} WHERE ROWID = ?", (*columns.values(), message))

    def move_to_recently_deleted(self, chat: int, message: int) -> None:
        self._insert(
            "chat_recoverable_message_join",
            chat_id=chat,
            message_id=message,
            delete_date=NOW,
        )
        self.execute("DELETE FROM chat_message_join WHERE message_id = ?", (message,))

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def read(self, cursor: str | None = None, me: tuple[str, ...] = ()) -> list[Change]:
        """Every change our source tells."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        return list(IMessageSource(self.path, settings).read(cursor))

    def read_messages(self, me: tuple[str, ...] = ()) -> list[MessageFound]:
        return [change for change in self.read(me=me) if isinstance(change, MessageFound)]

    def _insert(self, table: str, **columns: object) -> int:
        marks = ", ".join("?" * len(columns))
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            tuple(columns.values()),
        )
        return cursor.lastrowid or 0


MakeStore = Callable[..., ChatStore]


@pytest.fixture(scope="session", name="archive")
def _archive() -> Callable[[str], bytes]:
    return archive


@pytest.fixture(scope="session", name="summarize_edits")
def _summarize_edits() -> Callable[..., bytes]:
    return summarize_edits


@pytest.fixture(scope="session")
def open_new_store() -> Callable[[Path], ChatStore]:
    """Makes a chat.db of macOS 15 in a folder; the caller closes it."""
    return lambda folder: ChatStore(folder / "chat.db")


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    """Makes one chat.db, of a given schema or of macOS 15, that stays open as on a Mac."""
    made: list[ChatStore] = []

    def make(schema: str | None = None) -> ChatStore:
        made.append(ChatStore(tmp_path / "chat.db", schema))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> ChatStore:
    """An empty chat.db of macOS 15."""
    return make_store()

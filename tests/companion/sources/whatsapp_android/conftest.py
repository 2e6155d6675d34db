"""A writer of msgstore.db in the schema of a real store of 2023, as the phone keeps it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import Change, MessageFound, SourceSettings
from companion.sources.whatsapp_android import WhatsAppAndroidSource

DATA = (
    Path(__file__).parents[3]
    / "data"
    / "whatsapp-android"
    / "frozenspider+chat-history-manager-rust"
)
NOW_MS = 1_772_452_800_000
"""2 March 2026, 12:00 UTC."""

ANA = "34600111222@s.whatsapp.net"

NEWER = """
CREATE TABLE jid_map (lid_row_id INTEGER PRIMARY KEY NOT NULL, jid_row_id INTEGER NOT NULL,
    sort_id INTEGER);
CREATE TABLE lid_display_name (lid_row_id INTEGER PRIMARY KEY NOT NULL,
    display_name TEXT NOT NULL, username TEXT);
CREATE TABLE group_participant_user (_id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_jid_row_id INTEGER NOT NULL, user_jid_row_id INTEGER NOT NULL, rank INTEGER);
"""


def read_schema(name: str) -> str:
    """The tables of a sample, without its rows."""
    lines = (DATA / name).read_text().splitlines()
    return "\n".join(line for line in lines if line.startswith("CREATE TABLE"))


class MessageStoreFile:
    """A msgstore.db under construction; each addition is committed at once."""

    def __init__(self, path: Path, schema: str | None = None) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        schema = schema or f"{read_schema('msgstore.sql')}; {NEWER}"
        self._connection.executescript(f"BEGIN; {schema}; COMMIT;")

    def add_jid(self, raw: str) -> int:
        user, _, server = raw.partition("@")
        return self.insert("jid", user=user, server=server, raw_string=raw)

    def add_chat(self, jid: str = ANA, subject: str | None = None, **columns: object) -> int:
        values: dict[str, object] = {"subject": subject, "unseen_message_count": 0}
        return self.insert("chat", jid_row_id=self.add_jid(jid), **values | columns)

    def add_message(self, chat: int, text: str | None = None, **columns: object) -> int:
        """An incoming text, the last one of its chat; `columns` overrides and adds."""
        (newest,) = self._connection.execute("SELECT MAX(_id) FROM message").fetchone()
        rowid = (newest or 0) + 1
        values = {
            "_id": rowid,
            "chat_row_id": chat,
            "from_me": 0,
            "key_id": f"3A{rowid:018X}",
            "sender_jid_row_id": 0,
            "timestamp": NOW_MS + rowid,
            "message_type": 0,
            "text_data": text,
            "sort_id": rowid,
        }
        return self.insert("message", **values | columns)

    def add_event(self, chat: int, action: int, *others: int, **columns: object) -> int:
        """A line of the system about some people."""
        values = {"message_type": 7, "from_me": 1, **columns}
        message = self.add_message(chat)
        self.change(message, **values)
        self.insert("message_system", message_row_id=message, action_type=action)
        for jid in others:
            self.insert(
                "message_system_chat_participant", message_row_id=message, user_jid_row_id=jid
            )
        return message

    def edit(self, message: int, text: str, at_ms: int = NOW_MS) -> None:
        """WhatsApp gives an edited message a new id and keeps the one it had at first."""
        self.execute(
            "INSERT OR REPLACE INTO message_edit_info SELECT _id, COALESCE((SELECT original_key_id"
            " FROM message_edit_info WHERE message_row_id = _id), key_id), ?, ? FROM message"
            " WHERE _id = ?",
            (at_ms, at_ms, message),
        )
        self.change(message, text_data=text, key_id=f"edit of {message} at {at_ms}")

    def revoke(self, message: int, at_ms: int = NOW_MS) -> None:
        """A message deleted for everyone gets a new id as well."""
        self.execute(
            "INSERT INTO message_revoked SELECT _id, key_id, NULL, ? FROM message WHERE _id = ?",
            (at_ms, message),
        )
        self.change(message, text_data=None, message_type=15, key_id=f"revocation of {message}")

    def change(self, message: int, **columns: object) -> None:
        self._update("message", message, columns)

    def change_chat(self, chat: int, **columns: object) -> None:
        self._update("chat", chat, columns)

    def insert(self, table: str, **columns: object) -> int:
        marks = ", ".join("?" * len(columns))
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            tuple(columns.values()),
        )
        return cursor.lastrowid or 0

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def read(self, cursor: str | None = None, me: tuple[str, ...] = ()) -> list[Change]:
        """Every change our source tells."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        return list(WhatsAppAndroidSource(self.path, settings).read(cursor))

    def read_messages(self, me: tuple[str, ...] = ()) -> list[MessageFound]:
        return [change for change in self.read(me=me) if isinstance(change, MessageFound)]

    def _update(self, table: str, rowid: int, columns: dict[str, object]) -> None:
        marks = ", ".join(f"{name} = ?" for name in columns)
        self.execute(f"UPDATE {table} SET {marks} WHERE _id = ?", (*columns.values(), rowid))


MakeStore = Callable[..., MessageStoreFile]


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    """The sample with its rows, as SQL."""
    return DATA


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    """Makes one msgstore.db, of a given schema or that of the sample, that stays open."""
    made: list[MessageStoreFile] = []

    def make(schema: str | None = None) -> MessageStoreFile:
        made.append(MessageStoreFile(tmp_path / "msgstore.db", schema))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> MessageStoreFile:
    """An empty msgstore.db."""
    return make_store()


@pytest.fixture
def write_contacts(tmp_path: Path) -> Callable[..., None]:
    """Writes a wa.db beside the store: (address, name in the address book, own name) each."""

    def write(*rows: tuple[str, str | None, str | None]) -> None:
        connection = sqlite3.connect(tmp_path / "wa.db")
        connection.executescript(read_schema("wa.sql"))
        connection.executemany(
            "INSERT INTO wa_contacts (jid, is_whatsapp_user, display_name, wa_name)"
            " VALUES (?, 1, ?, ?)",
            rows,
        )
        connection.commit()
        connection.close()

    return write

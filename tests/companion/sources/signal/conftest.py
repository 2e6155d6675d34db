"""A writer of Signal Desktop's database, plain or encrypted, with the columns that matter here."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlcipher3 import dbapi2

from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, MessageFound, SourceSettings
from companion.sources.signal import SignalSource
from companion.sources.signal.database import SignalDatabase
from companion.sources.sqlite_store import begin_reading, open_store

KEY = "0123456789abcdef" * 4
OWNER, MINA, JUN = "aci-owner", "aci-mina", "aci-jun"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

SCHEMA = """
CREATE TABLE items (id TEXT PRIMARY KEY, json TEXT);
CREATE TABLE conversations (
    id STRING PRIMARY KEY ASC, json TEXT, active_at INTEGER, type STRING, members TEXT, name TEXT,
    profileName TEXT, profileFamilyName TEXT, profileFullName TEXT, e164 TEXT, serviceId TEXT,
    groupId TEXT
);
CREATE TABLE messages (
    rowid INTEGER PRIMARY KEY ASC, id STRING UNIQUE, json TEXT, readStatus INTEGER,
    sent_at INTEGER, conversationId STRING, received_at INTEGER, source TEXT,
    hasAttachments INTEGER, expireTimer INTEGER, expirationStartTimestamp INTEGER, type STRING,
    body TEXT, isErased INTEGER, isViewOnce INTEGER, sourceServiceId TEXT, storyId STRING,
    isStory INTEGER GENERATED ALWAYS AS (type IS 'story'), seenStatus NUMBER DEFAULT 0,
    received_at_ms INTEGER
);
CREATE INDEX messages_receipt ON messages (sent_at);
CREATE TABLE message_attachments (
    messageId TEXT NOT NULL, editHistoryIndex INTEGER NOT NULL, attachmentType TEXT NOT NULL,
    orderInMessage INTEGER NOT NULL, contentType TEXT NOT NULL,
    PRIMARY KEY (messageId, editHistoryIndex, attachmentType, orderInMessage)
);
"""


def to_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class SignalStore:
    """A database under construction; each addition is committed at once, as by Signal."""

    def __init__(self, path: Path, key: str | None = None) -> None:
        """`key` None leaves it plain."""
        self.path = path
        if key is None:
            self._connection: Any = sqlite3.connect(path, isolation_level=None)
        else:
            self._connection = dbapi2.connect(str(path), isolation_level=None)
            self._connection.execute(f"PRAGMA key = \"x'{key}'\"")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        owner = json.dumps({"id": "uuid_id", "value": f"{OWNER}.2"})
        self.insert("items", id="uuid_id", json=owner)
        self.add_person(OWNER, profileFullName="Sky")
        self.add_person(MINA, name="Mina")
        self.add_person(JUN, profileFullName="Jun Kim")
        self.add_group("group", "Lunch", [OWNER, MINA, JUN])
        self._messages = 0

    def add_person(self, service_id: str, *, details: object = None, **columns: object) -> str:
        """Somebody with a conversation, whose id is "with " and the service id."""
        id_ = f"with {service_id}"
        raw = json.dumps(details or {})
        values: dict[str, object] = {"id": id_, "type": "private", "json": raw}
        self.insert("conversations", **values, serviceId=service_id, **columns)
        return id_

    def add_group(
        self, id_: str, name: str | None, members: Sequence[str], **columns: object
    ) -> str:
        details = {"membersV2": [{"aci": member, "role": 1} for member in members]}
        raw = json.dumps(details)
        self.insert("conversations", id=id_, type="group", name=name, json=raw, **columns)
        return id_

    def add_message(
        self,
        body: str | None = None,
        conversation: str = f"with {MINA}",
        *,
        details: object = None,
        sender: str | None = MINA,
        **columns: object,
    ) -> str:
        """A read message; gives its id. Each is sent a minute after the one before."""
        self._messages += 1
        number = self._messages
        values: dict[str, object] = {
            "id": f"id-{number}",
            "type": "incoming",
            "readStatus": 0,
            "sent_at": to_ms(START + timedelta(minutes=number)),
            "json": json.dumps(details if details is not None else {}),
        }
        values |= columns
        self.insert(
            "messages",
            body=body,
            conversationId=conversation,
            sourceServiceId=sender,
            **values,
        )
        return str(values["id"])

    def receive(self, body: str, conversation: str = f"with {MINA}", **columns: Any) -> str:
        """An unread message."""
        return self.add_message(body, conversation, readStatus=1, seenStatus=1, **columns)

    def send(self, body: str, conversation: str = f"with {MINA}", **columns: Any) -> str:
        """A message of the owner's."""
        return self.add_message(body, conversation, type="outgoing", sender=None, **columns)

    def change(self, id_: str, **columns: object) -> None:
        marks = ", ".join(f"{name} = ?" for name in columns)
        self.execute(f"UPDATE messages SET {marks} WHERE id = ?", (*columns.values(), id_))

    def insert(self, table: str, **columns: object) -> None:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def follow(
        self, cursor: str | None = None, *, me: str = "", now: datetime = START
    ) -> list[Change]:
        """Every change of a plain database, told by what reads the encrypted ones."""
        with open_store(self.path) as connection:
            with begin_reading(connection):
                database = SignalDatabase(connection, me, now)
                reading = Following(database, parse_cursor(cursor))
            return list(reading.list_changes("identity"))

    def list_messages(self, *, me: str = "", now: datetime = START) -> list[MessageFound]:
        changes = self.follow(me=me, now=now)
        return [change for change in changes if isinstance(change, MessageFound)]

    def read(self, cursor: str | None = None, me: tuple[str, ...] = ()) -> list[Change]:
        """Every change our source tells."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        return list(SignalSource(self.path, settings).read(cursor))


def encrypt(text: str, password: str, *, rounds: int, prefix: bytes) -> str:
    """As Electron's safeStorage does, in hexadecimal digits."""
    key = hashlib.pbkdf2_hmac("sha1", password.encode(), b"saltysalt", rounds, 16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(b" " * 16)).encryptor()
    count = 16 - len(text) % 16
    padded = text.encode() + bytes([count]) * count
    return (prefix + encryptor.update(padded) + encryptor.finalize()).hex()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SignalStore]:
    """A plain database: conversations with Mina and Jun, and the group "Lunch"."""
    store = SignalStore(tmp_path / "db.sqlite")
    yield store
    store.close()


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[SignalStore]:
    """An encrypted database in Signal's folder, its key in config.json as old versions kept it."""
    folder = tmp_path / "Signal"
    (folder / "sql").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"key": KEY, "window": {}}))
    store = SignalStore(folder / "sql" / "db.sqlite", KEY)
    yield store
    store.close()


@pytest.fixture(scope="session", name="encrypt")
def _encrypt() -> Callable[..., str]:
    return encrypt


@pytest.fixture(scope="session")
def open_new_store() -> Callable[[Path], SignalStore]:
    """Makes a plain database in a folder; the caller closes it."""
    return lambda folder: SignalStore(folder / "db.sqlite")

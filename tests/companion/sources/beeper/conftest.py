"""A writer of index.db as Beeper Desktop keeps it, in WAL mode.

The tables have the columns that public readers of the file name, and no others.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.beeper import BeeperSource
from companion.sources.interface import Change, MessageFound, SourceSettings

NOW_MS = 1_790_000_000_000
ME, ANA = "@kim:beeper.com", "@signal_ana:local-signal.localhost"

SCHEMA = """
CREATE TABLE threads (threadID VARCHAR NOT NULL PRIMARY KEY, accountID VARCHAR,
    thread JSON NOT NULL, timestamp INTEGER DEFAULT 0, is_label INTEGER NOT NULL DEFAULT 0);
CREATE TABLE participants (account_id TEXT NOT NULL, room_id TEXT NOT NULL, id TEXT NOT NULL,
    full_name TEXT, nickname TEXT, img_url TEXT, is_self INTEGER, is_network_bot INTEGER,
    has_exited INTEGER, PRIMARY KEY (room_id, id));
CREATE TABLE users (userID VARCHAR NOT NULL, accountID VARCHAR, user JSON NOT NULL);
CREATE TABLE mx_read_receipts (roomID VARCHAR NOT NULL, userID VARCHAR NOT NULL,
    relatesToID VARCHAR NOT NULL, hsOrder INTEGER, timestamp INTEGER NOT NULL,
    PRIMARY KEY (roomID, userID));
CREATE TABLE mx_room_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, roomID TEXT NOT NULL,
    eventID TEXT NOT NULL UNIQUE, senderContactID TEXT NOT NULL, timestamp INTEGER NOT NULL,
    isEdited INTEGER NOT NULL DEFAULT 0, isDeleted INTEGER NOT NULL DEFAULT 0,
    inReplyToID TEXT, type TEXT NOT NULL, hsOrder INTEGER NOT NULL, isSentByMe INTEGER NOT NULL,
    countsAsUnread INTEGER, message JSON NOT NULL, text_content TEXT);
CREATE INDEX room_order ON mx_room_messages (roomID, hsOrder);
"""
OLD_SCHEMA = """
CREATE TABLE threads (threadID TEXT NOT NULL PRIMARY KEY, accountID TEXT, thread TEXT NOT NULL);
CREATE TABLE mx_room_messages (eventID TEXT NOT NULL, roomID TEXT NOT NULL, senderContactID TEXT,
    timestamp INTEGER NOT NULL, type TEXT NOT NULL, hsOrder INTEGER NOT NULL,
    isDeleted INTEGER NOT NULL DEFAULT 0, message TEXT NOT NULL, PRIMARY KEY (roomID, eventID));
"""


class IndexFile:
    """An index.db under construction; each addition is committed at once, as by Beeper."""

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(f"BEGIN; {schema}; COMMIT;")

    def add_room(
        self, key: str = "!ana", *, account: str = "local-signal_x", **thread: object
    ) -> str:
        """A direct chat with Ana, if its people are not said otherwise."""
        facts = json.dumps({"type": "single", "title": "Ana", **thread})
        self._insert("threads", threadID=key, accountID=account, thread=facts)
        return key

    def add_person(self, room: str, uid: str, name: str | None, **columns: object) -> None:
        self._insert(
            "participants", account_id="x", room_id=room, id=uid, full_name=name, **columns
        )

    def read_upto(self, room: str, order: int, user: str = ME) -> None:
        self.execute(
            "INSERT OR REPLACE INTO mx_read_receipts VALUES (?, ?, '$e', ?, ?)",
            room, user, order, NOW_MS,
        )  # fmt: skip

    def add_message(
        self,
        room: str,
        text: str | None = None,
        fields: Mapping[str, object] | None = None,
        **columns: object,
    ) -> int:
        """A text of Ana's, the last one of the store; `columns` overrides and adds, `fields`
        does so inside its JSON.
        """
        (newest,) = self._connection.execute("SELECT MAX(ROWID) FROM mx_room_messages").fetchone()
        number = (newest or 0) + 1
        message = ({} if text is None else {"text": text}) | dict(fields or {})
        values = {
            "roomID": room,
            "eventID": f"$event-{number}",
            "senderContactID": ANA,
            "timestamp": NOW_MS + number,
            "type": "TEXT",
            "hsOrder": number,
            "message": json.dumps(message),
        }
        return self._insert("mx_room_messages", **values | columns)

    def send(self, room: str, text: str) -> int:
        return self.add_message(room, text, senderContactID=ME, isSentByMe=1)

    def receive(
        self,
        room: str,
        text: str | None = None,
        fields: Mapping[str, object] | None = None,
        **columns: object,
    ) -> int:
        columns = {"isSentByMe": 0, "countsAsUnread": 1, **columns}
        return self.add_message(room, text, fields, **columns)

    def change(self, rowid: int, **columns: object) -> None:
        marks = ", ".join(f"{name} = ?" for name in columns)
        self.execute(
            f"UPDATE mx_room_messages SET {marks} WHERE ROWID = ?", *columns.values(), rowid
        )

    def execute(self, sql: str, *values: object) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def read(self, cursor: str | None = None, me: tuple[str, ...] = ()) -> list[Change]:
        """Every change our source tells."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        return list(BeeperSource(self.path, settings).read(cursor))

    def read_messages(self) -> list[MessageFound]:
        return [change for change in self.read() if isinstance(change, MessageFound)]

    def _insert(self, table: str, **columns: object) -> int:
        marks = ", ".join("?" * len(columns))
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            tuple(columns.values()),
        )
        return cursor.lastrowid or 0


MakeStore = Callable[..., IndexFile]


@pytest.fixture(scope="session")
def open_new_store() -> Callable[[Path], IndexFile]:
    """Makes an index.db in a folder; the caller closes it."""
    return lambda folder: IndexFile(folder / "index.db")


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    """Makes one index.db, of a given schema or today's, that stays open as under Beeper."""
    made: list[IndexFile] = []

    def make(schema: str = SCHEMA) -> IndexFile:
        made.append(IndexFile(tmp_path / "index.db", schema))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def make_old_store(make_store: MakeStore) -> Callable[[], IndexFile]:
    """Makes an index.db of an early version, with the few columns it had."""
    return lambda: make_store(OLD_SCHEMA)


@pytest.fixture
def store(make_store: MakeStore) -> IndexFile:
    """An index.db with a direct chat `!ana`."""
    store = make_store()
    room = store.add_room()
    store.add_person(room, ME, "Kim", is_self=1)
    store.add_person(room, ANA, "Ana", is_self=0)
    return store

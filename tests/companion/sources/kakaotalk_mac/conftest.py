"""A writer of KakaoTalk's database in the tables of formats.md 1.3, plain or encrypted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlcipher3 import dbapi2

from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, MessageFound, SourceSettings
from companion.sources.kakaotalk_mac import KakaoTalkMacSource
from companion.sources.kakaotalk_mac.database import KakaoDatabase
from companion.sources.kakaotalk_mac.keys import Account, derive_file_name, derive_passphrase
from companion.sources.sqlcipher_store import make_passphrase
from companion.sources.sqlite_store import begin_reading, open_store

ACCOUNT = Account("01234567-89AB-CDEF-0123-456789ABCDEF", 7000)
OWNER, MINA, JUN = 7000, 100, 200
LOG = 2**53
"""Ids of KakaoTalk are beyond what a float can tell apart."""

SCHEMA = """
CREATE TABLE NTChatContext (userId INTEGER PRIMARY KEY);
CREATE TABLE NTUser (
    userId INTEGER NOT NULL, linkId INTEGER NOT NULL DEFAULT 0, displayName TEXT,
    friendNickName TEXT, nickName TEXT, PRIMARY KEY (userId, linkId)
);
CREATE TABLE NTChatRoom (
    chatId INTEGER NOT NULL, linkId INTEGER NOT NULL DEFAULT 0, type INTEGER NOT NULL DEFAULT 0,
    chatName TEXT, activeMembersCount INTEGER, lastLogId INTEGER, lastUpdatedAt INTEGER,
    countOfNewMessage INTEGER, lastSeenLogId INTEGER, directChatMemberUserId INTEGER,
    displayMemberIds BLOB, PRIMARY KEY (chatId, linkId)
);
CREATE TABLE NTChatMeta (chatId INTEGER, type INTEGER, groupNickname TEXT, content TEXT);
CREATE TABLE NTOpenLink (linkId INTEGER PRIMARY KEY, linkName TEXT);
CREATE TABLE NTChatMessage (
    chatId INTEGER NOT NULL, logId INTEGER NOT NULL, msgId INTEGER NOT NULL, prevId INTEGER,
    authorId INTEGER NOT NULL, type INTEGER NOT NULL, sentAt INTEGER, message TEXT,
    attachment TEXT, supplement TEXT, PRIMARY KEY (chatId, logId, msgId)
);
"""


class KakaoStore:
    """A database under construction; each addition is committed at once, as by KakaoTalk."""

    def __init__(self, path: Path, compatibility: int | None) -> None:
        """`compatibility`: of SQLCipher; None leaves it plain."""
        self.path = path
        if compatibility is None:
            self._connection: Any = sqlite3.connect(path, isolation_level=None)
        else:
            self._connection = dbapi2.connect(str(path), isolation_level=None)
            key = make_passphrase(derive_passphrase(ACCOUNT), compatibility)
            for statement in key.statements:
                self._connection.execute(statement)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(SCHEMA)
        self.insert("NTChatContext", userId=OWNER)
        self._messages = 0

    def add_user(self, number: int, name: str | None, **columns: object) -> int:
        self.insert("NTUser", userId=number, displayName=name, **columns)
        return number

    def add_room(self, number: int, type_: int = 0, **columns: object) -> int:
        values = {"countOfNewMessage": 0, "lastSeenLogId": 0, "directChatMemberUserId": 0}
        self.insert("NTChatRoom", chatId=number, type=type_, **values | columns)
        return number

    def add_message(
        self, room: int, text: str | bytes | None, author: int = MINA, **columns: object
    ) -> int:
        """A text; gives its logId, which counts up from LOG."""
        self._messages += 1
        number = self._messages
        values: dict[str, object] = {
            "logId": LOG + number,
            "msgId": number,
            "type": 1,
            "sentAt": 1_764_000_000 + number,
            "attachment": "{}",
            "supplement": "",
        }
        values |= columns
        self.insert("NTChatMessage", chatId=room, authorId=author, message=text, **values)
        log_id = values["logId"]
        assert isinstance(log_id, int)
        return log_id

    def receive(self, room: int, text: str | None, author: int = MINA, **columns: object) -> int:
        """A text that counts as new."""
        log_id = self.add_message(room, text, author, **columns)
        self.execute(
            "UPDATE NTChatRoom SET countOfNewMessage = countOfNewMessage + 1 WHERE chatId = ?",
            (room,),
        )
        return log_id

    def see(self, room: int, log_id: int) -> None:
        """The owner saw everything up to a message."""
        self.execute(
            "UPDATE NTChatRoom SET lastSeenLogId = ?, countOfNewMessage = ("
            "SELECT COUNT(*) FROM NTChatMessage m WHERE m.chatId = NTChatRoom.chatId"
            " AND m.logId > ? AND m.authorId <> ?) WHERE chatId = ?",
            (log_id, log_id, OWNER, room),
        )

    def insert(self, table: str, **columns: object) -> None:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def follow(self, cursor: str | None = None, me: str = "") -> list[Change]:
        """Every change of a plain database, told by what reads the encrypted ones."""
        with open_store(self.path) as connection:
            with begin_reading(connection):
                reading = Following(KakaoDatabase(connection, me), parse_cursor(cursor))
            return list(reading.list_changes("identity"))

    def list_messages(self, me: str = "") -> list[MessageFound]:
        return [change for change in self.follow(me=me) if isinstance(change, MessageFound)]

    def read(self, cursor: str | None = None, me: tuple[str, ...] = ()) -> list[Change]:
        """Every change our source tells."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        return list(KakaoTalkMacSource(self.path, settings).read(cursor))


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Callable[..., KakaoStore]]:
    """Makes a database in a folder of its own, with its account beside it, and leaves it open."""
    made: list[KakaoStore] = []

    def make(compatibility: int | None = 3, *, name: str = "") -> KakaoStore:
        folder = tmp_path / "store"
        folder.mkdir(exist_ok=True)
        told = {"uuid": ACCOUNT.device, "userId": ACCOUNT.number}
        (folder / "auth.json").write_text(json.dumps(told))
        store = KakaoStore(folder / (name or derive_file_name(ACCOUNT)), compatibility)
        store.add_user(OWNER, "하늘")
        store.add_user(MINA, "Mina")
        store.add_user(JUN, "Jun")
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: Callable[..., KakaoStore]) -> KakaoStore:
    """A plain database with a pair, room 1 with Mina, and a group, room 2."""
    store = make_store(None)
    store.add_room(1, directChatMemberUserId=MINA)
    store.add_room(2, 1)
    store.insert("NTChatMeta", chatId=2, type=3, content="Lunch")
    return store


@pytest.fixture(scope="session")
def open_new_store() -> Callable[[Path], KakaoStore]:
    """Makes a plain database in a folder; the caller closes it."""
    return lambda folder: KakaoStore(folder / "kakao.db", None)

"""A writer of ChatStorage.sqlite as WhatsApp for Mac keeps it: Core Data tables, in WAL mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import Change, MessageFound, SourceSettings
from companion.sources.whatsapp_mac import WhatsAppMacSource

NOW = 794_145_600.0
"""2 March 2026, 12:00 UTC, in seconds since 2001."""

ANA, LUIS = "34600111222@s.whatsapp.net", "34600333444@s.whatsapp.net"
GROUP = "120363000000000001@g.us"

SCHEMA = """
CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
CREATE TABLE ZWACHATSESSION (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER,
    ZARCHIVED INTEGER, ZHIDDEN INTEGER, ZREMOVED INTEGER, ZSESSIONTYPE INTEGER,
    ZUNREADCOUNT INTEGER, ZGROUPINFO INTEGER, ZLASTMESSAGE INTEGER, ZLASTMESSAGEDATE TIMESTAMP,
    ZCONTACTIDENTIFIER VARCHAR, ZCONTACTJID VARCHAR, ZPARTNERNAME VARCHAR);
CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFLAGS INTEGER,
    ZGROUPEVENTTYPE INTEGER, ZISFROMME INTEGER, ZMESSAGESTATUS INTEGER, ZMESSAGETYPE INTEGER,
    ZSORT INTEGER, ZCHATSESSION INTEGER, ZGROUPMEMBER INTEGER, ZMEDIAITEM INTEGER,
    ZPARENTMESSAGE INTEGER, ZMESSAGEDATE TIMESTAMP, ZSENTDATE TIMESTAMP, ZFROMJID VARCHAR,
    ZPUSHNAME VARCHAR, ZSTANZAID VARCHAR, ZTEXT VARCHAR, ZTOJID VARCHAR);
CREATE INDEX Z_WAMessage_compoundIndex ON ZWAMESSAGE (ZCHATSESSION, ZSORT);
CREATE TABLE ZWAMEDIAITEM (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER,
    ZFILESIZE INTEGER, ZMESSAGE INTEGER, ZLATITUDE FLOAT, ZLONGITUDE FLOAT,
    ZMEDIALOCALPATH VARCHAR, ZTITLE VARCHAR, ZVCARDNAME VARCHAR, ZVCARDSTRING VARCHAR,
    ZMETADATA BLOB);
CREATE TABLE ZWAGROUPMEMBER (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER,
    ZISACTIVE INTEGER, ZISADMIN INTEGER, ZCHATSESSION INTEGER, ZMEMBERJID VARCHAR,
    ZCONTACTNAME VARCHAR);
CREATE TABLE ZWAPROFILEPUSHNAME (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER,
    ZJID VARCHAR, ZPUSHNAME VARCHAR);
INSERT INTO Z_METADATA VALUES (1, 'F1E2D3C4', NULL);
"""
BOOK = """CREATE TABLE ZWAADDRESSBOOKCONTACT (Z_PK INTEGER PRIMARY KEY, ZFULLNAME VARCHAR,
          ZWHATSAPPID VARCHAR, ZPHONENUMBER VARCHAR, ZLID VARCHAR)"""
PAIRS = """CREATE TABLE ZWAPHONENUMBERLIDPAIR (Z_PK INTEGER PRIMARY KEY, ZLID VARCHAR,
           ZPHONENUMBER VARCHAR)"""


class ChatStorageFile:
    """A ChatStorage.sqlite under construction; each addition is committed at once."""

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(f"BEGIN; {schema}; COMMIT;")

    def add_chat(self, jid: str = ANA, name: str | None = "Ana", **columns: object) -> int:
        return self._insert(
            "ZWACHATSESSION",
            ZCONTACTJID=jid,
            ZPARTNERNAME=name,
            **{"ZREMOVED": 0, "ZUNREADCOUNT": 0, **columns},
        )

    def add_member(
        self, chat: int, jid: str, name: str | None = None, *, is_active: int = 1
    ) -> int:
        return self._insert(
            "ZWAGROUPMEMBER",
            ZCHATSESSION=chat,
            ZMEMBERJID=jid,
            ZCONTACTNAME=name,
            ZISACTIVE=is_active,
        )

    def add_push_name(self, jid: str, name: str) -> None:
        self._insert("ZWAPROFILEPUSHNAME", ZJID=jid, ZPUSHNAME=name)

    def add_message(self, chat: int | None, text: str | None = None, **columns: object) -> int:
        """An incoming text, the last one of its chat; `columns` overrides and adds."""
        (newest,) = self._connection.execute("SELECT MAX(Z_PK) FROM ZWAMESSAGE").fetchone()
        rowid = (newest or 0) + 1
        values = {
            "Z_PK": rowid,
            "ZCHATSESSION": chat,
            "ZTEXT": text,
            "ZISFROMME": 0,
            "ZMESSAGETYPE": 0,
            "ZMESSAGEDATE": NOW + rowid,
            "ZSORT": rowid,
            "ZSTANZAID": f"3A{rowid:018X}",
        }
        return self._insert("ZWAMESSAGE", **values | columns)

    def add_media(self, chat: int, message_type: int, **columns: object) -> int:
        """An incoming message with a media item of these columns."""
        item = self._insert("ZWAMEDIAITEM", **{"ZFILESIZE": 1, **columns})
        return self.add_message(chat, ZMESSAGETYPE=message_type, ZMEDIAITEM=item)

    def change(self, message: int, **columns: object) -> None:
        self._update("ZWAMESSAGE", message, columns)

    def change_chat(self, chat: int, **columns: object) -> None:
        self._update("ZWACHATSESSION", chat, columns)

    def delete(self, message: int) -> None:
        self.execute("DELETE FROM ZWAMESSAGE WHERE Z_PK = ?", (message,))

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def read(self, cursor: str | None = None, me: tuple[str, ...] = ()) -> list[Change]:
        """Every change our source tells."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        return list(WhatsAppMacSource(self.path, settings).read(cursor))

    def read_messages(self, me: tuple[str, ...] = ()) -> list[MessageFound]:
        return [change for change in self.read(me=me) if isinstance(change, MessageFound)]

    def _insert(self, table: str, **columns: object) -> int:
        marks = ", ".join("?" * len(columns))
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            tuple(columns.values()),
        )
        return cursor.lastrowid or 0

    def _update(self, table: str, rowid: int, columns: dict[str, object]) -> None:
        marks = ", ".join(f"{name} = ?" for name in columns)
        self.execute(f"UPDATE {table} SET {marks} WHERE Z_PK = ?", (*columns.values(), rowid))


MakeStore = Callable[..., ChatStorageFile]


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    """Makes one ChatStorage.sqlite, of a given schema or today's, that stays open as on a Mac."""
    made: list[ChatStorageFile] = []

    def make(schema: str = SCHEMA) -> ChatStorageFile:
        made.append(ChatStorageFile(tmp_path / "ChatStorage.sqlite", schema))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> ChatStorageFile:
    """An empty ChatStorage.sqlite."""
    return make_store()


@pytest.fixture
def write_contacts(tmp_path: Path) -> Callable[..., None]:
    """Writes the address book and the pairs of identities beside the store."""

    def write(
        book: Sequence[tuple[str | None, ...]] = (), pairs: Sequence[tuple[str, str]] = ()
    ) -> None:
        for name, schema, marks, rows in (
            ("ContactsV2.sqlite", BOOK, "NULL, ?, ?, ?, ?", book),
            ("LID.sqlite", PAIRS, "NULL, ?, ?", pairs),
        ):
            connection = sqlite3.connect(tmp_path / name)
            connection.execute(schema)
            table = schema.split()[2]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            connection.commit()
            connection.close()

    return write

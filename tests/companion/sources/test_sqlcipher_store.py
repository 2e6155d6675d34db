"""Encrypted foreign databases are read to the newest commit, and nothing decrypted is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from companion.errors import NotAStore, StoreBroken, StoreLocked, StoreUnreadable
from companion.sources import sqlite_store
from companion.sources.sqlcipher_store import (
    CipherKey,
    make_passphrase,
    make_raw_key,
    may_be_encrypted,
    open_cipher_store,
)
from companion.sources.sqlite_store import begin_reading, find_columns

KEY, OTHER_KEY = make_raw_key("ab" * 32), make_raw_key("cd" * 32)
SECRET = "meet me behind the library"

WRITER = """
import sys
from sqlcipher3 import dbapi2
store = dbapi2.connect(sys.argv[1], timeout=0, isolation_level=None)
store.execute(sys.argv[2])
store.execute("PRAGMA synchronous = OFF")
for number in range(1000):
    store.execute("INSERT INTO note VALUES (?)", (number,))
print("done")
"""


def write(path: Path, key: CipherKey = KEY, *, journal: str = "WAL", tables: int = 1) -> Any:
    """The open writer of a store with one note, and `tables` tables."""
    connection = dbapi2.connect(str(path), isolation_level=None)
    for statement in key.statements:
        connection.execute(statement)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE note (text)")
    for number in range(1, tables):
        connection.execute(f"CREATE TABLE note{number} (text)")
    connection.execute("INSERT INTO note VALUES (?)", (SECRET,))
    connection.execute("COMMIT")
    return connection


def read(path: Path, *keys: CipherKey) -> list[str]:
    with open_cipher_store(
        path, keys or (KEY,), extra="signal", next_step="find the right key"
    ) as connection:
        return [row["text"] for row in connection.execute("SELECT text FROM note")]


def look(folder: Path) -> list[tuple[str, int, bytes]]:
    """All that can be seen of a folder from outside."""
    return [
        (file.name, file.stat().st_mtime_ns, file.read_bytes()) for file in sorted(folder.iterdir())
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def wal(folder: Path) -> Iterator[Any]:
    connection = write(folder / "a.db")
    yield connection
    connection.close()


def test_a_live_store_is_read_to_its_newest_commit(folder: Path, wal: Any) -> None:
    wal.execute("INSERT INTO note VALUES ('newest')")
    assert read(folder / "a.db") == [SECRET, "newest"]
    assert sorted(file.name for file in folder.iterdir()) == ["a.db", "a.db-shm", "a.db-wal"]


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_a_store_at_rest_is_left_exactly_as_it_was(folder: Path, journal: str) -> None:
    write(folder / "a.db", journal=journal, tables=200).close()
    before = look(folder)
    assert [name for name, *_ in before] == ["a.db"]
    assert read(folder / "a.db") == [SECRET]
    assert look(folder) == before


def test_nothing_decrypted_is_ever_on_disk_and_no_copy_outlives_the_reading(
    folder: Path, wal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    wal.close()
    query = "SELECT text FROM note ORDER BY text || random()"
    with open_cipher_store(folder / "a.db", [KEY], extra="signal", next_step="-") as connection:
        assert [row["text"] for row in connection.execute(query)] == [SECRET]
        copies = [file for file in private.rglob("*") if file.is_file()]
        assert copies
        for file in copies:
            assert b"library" not in file.read_bytes()
            assert b"SQLite format" not in file.read_bytes()
    assert list(private.iterdir()) == []


def test_a_rollback_store_is_read_in_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    write(folder / "a.db", journal="DELETE").close()
    with open_cipher_store(folder / "a.db", [KEY], extra="signal", next_step="-"):
        assert list(private.iterdir()) == []


def test_the_first_key_that_fits_unlocks(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    passphrase = make_passphrase("it's a secret", 3)
    write(folder / "a.db", passphrase).close()
    assert read(folder / "a.db", make_passphrase("it's a secret", 4), passphrase) == [SECRET]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("is_open", [True, False])
def test_a_key_that_does_not_fit_is_told_with_the_remedy_and_without_the_key(
    folder: Path, wal: Any, is_open: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    if not is_open:
        wal.close()
    before = look(folder)
    with pytest.raises(StoreUnreadable, match="not opened by its key; find the right key") as told:
        read(folder / "a.db", OTHER_KEY)
    assert "cd" * 32 not in repr(told.value) + repr(OTHER_KEY)
    if not is_open:  # readers of an open one leave their marks in its -shm
        assert look(folder) == before
    assert capfd.readouterr() == ("", "")


def test_a_writer_commits_a_thousand_times_while_we_read(folder: Path, wal: Any) -> None:
    with open_cipher_store(folder / "a.db", [KEY], extra="signal", next_step="-") as reader:
        command = [sys.executable, "-c", WRITER, str(folder / "a.db"), *KEY.statements]
        with (
            begin_reading(reader),
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer,
        ):
            reader.execute("SELECT * FROM note").fetchall()
            told, _ = writer.communicate()
            assert told == "done\n"
            (seen,) = reader.execute("SELECT COUNT(*) FROM note").fetchone()
            assert seen == 1
        (seen,) = reader.execute("SELECT COUNT(*) FROM note").fetchone()
        assert seen == 1001


def test_nothing_can_be_written(folder: Path, wal: Any) -> None:
    with (
        pytest.raises(StoreLocked),
        open_cipher_store(folder / "a.db", [KEY], extra="signal", next_step="-") as reader,
    ):
        reader.execute("DELETE FROM note")
    assert read(folder / "a.db") == [SECRET]


def test_a_locked_store_is_given_up_after_a_bounded_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "BUSY_S", 0.05)
    writer = write(folder / "a.db", journal="DELETE")
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreLocked, match="locked by another program"):
        read(folder / "a.db")
    writer.close()


def test_damage_behind_the_first_page_is_told(folder: Path) -> None:
    writer = write(folder / "a.db", journal="DELETE")
    writer.executemany("INSERT INTO note VALUES (?)", [("x" * 1000,)] * 50)
    writer.close()
    raw = bytearray((folder / "a.db").read_bytes())
    raw[-3000] ^= 1
    (folder / "a.db").write_bytes(raw)
    with pytest.raises(StoreBroken):
        read(folder / "a.db")


def test_a_missing_file_is_no_store(folder: Path) -> None:
    with pytest.raises(NotAStore, match="does not exist"):
        read(folder / "none.db")


def test_columns_are_found_as_in_plain_stores(folder: Path, wal: Any) -> None:
    with open_cipher_store(folder / "a.db", [KEY], extra="signal", next_step="-") as connection:
        assert find_columns(connection, "note") == {"text"}


def test_only_whole_pages_that_are_no_plain_database_may_be_encrypted(folder: Path) -> None:
    write(folder / "a.db", journal="DELETE").close()
    assert may_be_encrypted(folder / "a.db")
    for name, content in (
        ("plain.db", b"SQLite format 3\0" + bytes(4080)),
        ("cut.db", (folder / "a.db").read_bytes()[:-1]),
        ("empty.db", b""),
    ):
        (folder / name).write_bytes(content)
        assert not may_be_encrypted(folder / name)
    assert not may_be_encrypted(folder)
    assert not may_be_encrypted(folder / "none.db")


@pytest.mark.parametrize("digits", ["", "ab" * 31, "ab" * 33, "xy" * 32, "ab" * 31 + "'b"])
def test_a_raw_key_is_64_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        make_raw_key(digits)


def test_a_missing_driver_says_exactly_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    with pytest.raises(StoreUnreadable, match="extra 'signal'") as told:
        read(folder / "a.db")
    assert told.value.next_step == (
        f"run `{sys.executable} -m pip install sqlcipher3 cryptography` and try again"
    )

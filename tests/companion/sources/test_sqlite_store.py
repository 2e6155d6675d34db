"""Foreign databases are read as they are, to the newest commit, and nothing is left beside them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.errors import NotAStore, SourceError, StoreBroken, StoreLocked, StoreUnreadable
from companion.sources import sqlite_store
from companion.sources.sqlite_store import (
    begin_reading,
    find_columns,
    has_columns,
    has_tables,
    open_store,
)

WRITER = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
for number in range(200):
    store.execute("INSERT INTO note VALUES (?)", (number,))
    print(number, flush=True)
    sys.stdin.readline()
"""


def count(path: Path) -> int:
    with open_store(path) as connection:
        (number,) = connection.execute("SELECT COUNT(*) FROM note").fetchone()
        return int(number)


def look(folder: Path) -> list[tuple[str, int, int, bytes]]:
    """All that can be seen of a folder from outside."""
    return [
        (file.name, file.stat().st_size, file.stat().st_mtime_ns, file.read_bytes())
        for file in sorted(folder.iterdir())
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def wal(folder: Path) -> Iterator[sqlite3.Connection]:
    """The open writer of a WAL store with one note."""
    connection = sqlite3.connect(folder / "a.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE note (Number INTEGER)")
    connection.execute("INSERT INTO note VALUES (0)")
    yield connection
    connection.close()


@pytest.fixture
def rollback(folder: Path) -> Iterator[sqlite3.Connection]:
    """The open writer of a store with a rollback journal and one note."""
    connection = sqlite3.connect(folder / "a.db", isolation_level=None)
    connection.execute("CREATE TABLE note (Number INTEGER)")
    connection.execute("INSERT INTO note VALUES (0)")
    yield connection
    connection.close()


def test_a_live_store_is_read_to_its_newest_commit(folder: Path, wal: sqlite3.Connection) -> None:
    wal.execute("INSERT INTO note VALUES (1)")
    assert count(folder / "a.db") == 2
    assert sorted(file.name for file in folder.iterdir()) == ["a.db", "a.db-shm", "a.db-wal"]


def test_a_store_at_rest_is_left_exactly_as_it_was(folder: Path, wal: sqlite3.Connection) -> None:
    wal.close()
    before = look(folder)
    assert [name for name, *_ in before] == ["a.db"]
    assert count(folder / "a.db") == 1
    assert look(folder) == before


def test_a_copy_with_its_log_is_read_with_its_log(folder: Path, wal: sqlite3.Connection) -> None:
    copy = folder / "copy"
    copy.mkdir()
    wal.execute("INSERT INTO note VALUES (1)")
    for name in ("a.db", "a.db-wal"):
        shutil.copyfile(folder / name, copy / name)
    before = look(copy)
    assert count(copy / "a.db") == 2
    assert look(copy) == before


def test_a_store_with_a_rollback_journal_is_left_exactly_as_it_was(
    folder: Path, rollback: sqlite3.Connection
) -> None:
    before = look(folder)
    assert count(folder / "a.db") == 1
    assert look(folder) == before


@pytest.mark.parametrize("name", ["a b.db", "a?mode=rwc.db", "a#1.db", "a%20b.db", "대화.db"])
def test_any_file_name_is_opened(name: str, folder: Path, rollback: sqlite3.Connection) -> None:
    shutil.copyfile(folder / "a.db", folder / name)
    assert count(folder / name) == 1


def test_a_link_leads_to_the_log_of_its_target(
    folder: Path, wal: sqlite3.Connection, tmp_path: Path
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(folder / "a.db")
    wal.execute("INSERT INTO note VALUES (1)")
    assert count(link) == 2
    wal.close()
    assert count(link) == 2


def test_a_writer_is_never_held_up_and_every_commit_is_seen_at_once(
    folder: Path, wal: sqlite3.Connection
) -> None:
    command = [sys.executable, "-c", WRITER, str(folder / "a.db")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        with open_store(folder / "a.db") as reader:
            for number in range(200):
                assert writer.stdout.readline() == f"{number}\n"
                (seen,) = reader.execute("SELECT COUNT(*) FROM note").fetchone()
                assert seen == number + 2
                with begin_reading(reader):
                    reader.execute("SELECT * FROM note").fetchone()
                    writer.stdin.write("go on\n")
                    writer.stdin.flush()
    assert writer.returncode == 0


def test_a_view_does_not_move_while_it_lasts(folder: Path, wal: sqlite3.Connection) -> None:
    with open_store(folder / "a.db") as reader:
        query = "SELECT COUNT(*) FROM note"
        with begin_reading(reader):
            before = reader.execute(query).fetchone()[0]
            wal.execute("INSERT INTO note VALUES (1)")
            assert reader.execute(query).fetchone()[0] == before
        assert reader.execute(query).fetchone()[0] == before + 1


def test_nothing_can_be_written(folder: Path, wal: sqlite3.Connection) -> None:
    with pytest.raises(SourceError), open_store(folder / "a.db") as reader:
        reader.execute("DELETE FROM note")
    assert count(folder / "a.db") == 1


def test_a_locked_store_is_given_up_after_a_bounded_wait(
    folder: Path, rollback: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "BUSY_S", 0.05)
    rollback.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreLocked, match="locked by another program; wait"):
        count(folder / "a.db")
    with pytest.raises(StoreLocked):
        has_tables(folder / "a.db", ["note"])
    rollback.execute("ROLLBACK")
    assert count(folder / "a.db") == 1


def test_an_interrupted_change_asks_for_its_own_program(
    folder: Path, rollback: sqlite3.Connection
) -> None:
    crashed = folder / "crashed"
    crashed.mkdir()
    rollback.execute("PRAGMA cache_size = 1")
    rollback.execute("BEGIN")
    rollback.executemany("INSERT INTO note VALUES (zeroblob(10000))", [()] * 20)
    for name in ("a.db", "a.db-journal"):
        shutil.copyfile(folder / name, crashed / name)
    with pytest.raises(StoreLocked, match="open that program once"):
        count(crashed / "a.db")


@pytest.mark.parametrize(
    ("content", "recognised"),
    [
        (b"just a text file, no database at all", False),
        (b"SQLite format 3\x00" + b"\xff" * 4096, True),
    ],
)
def test_what_is_no_database_is_broken(content: bytes, recognised: bool, folder: Path) -> None:
    path = folder / "a.db"
    path.write_bytes(content)
    assert sqlite_store.is_database(path) is recognised
    assert not has_tables(path, ["note"])
    with pytest.raises(StoreBroken, match="fresh copy"):
        count(path)


def test_a_missing_file_and_a_folder_are_no_stores(folder: Path) -> None:
    assert not has_tables(folder / "none.db", ["note"])
    assert not has_tables(folder, ["note"])
    with pytest.raises(NotAStore, match="does not exist"):
        count(folder / "none.db")
    with pytest.raises(NotAStore, match="is a folder"):
        count(folder)


def test_a_forbidden_store_asks_for_the_right_to_read(
    folder: Path, rollback: sqlite3.Connection, forbidden: None
) -> None:
    with pytest.raises(StoreUnreadable, match="permission denied; give your user"):
        count(folder / "a.db")
    with pytest.raises(StoreUnreadable):
        has_tables(folder / "a.db", ["note"])


def test_columns_are_told_in_lower_case_and_none_for_no_table(
    folder: Path, wal: sqlite3.Connection
) -> None:
    with open_store(folder / "a.db") as reader:
        assert find_columns(reader, "note") == {"number"}
        assert find_columns(reader, "nothing") == frozenset()
    assert has_tables(folder / "a.db", ["note"])
    assert not has_tables(folder / "a.db", ["note", "nothing"])


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        ({"note": ("number",)}, True),
        ({"note": ()}, True),
        ({"note": ("number", "text")}, False),
        ({"note": ("number",), "nothing": ()}, False),
    ],
)
def test_a_table_with_a_common_name_is_told_by_its_columns(
    wanted: dict[str, tuple[str, ...]], has: bool, folder: Path, wal: sqlite3.Connection
) -> None:
    assert has_columns(folder / "a.db", wanted) is has


def test_text_that_is_not_utf_8_is_read_with_replacements(
    folder: Path, wal: sqlite3.Connection
) -> None:
    wal.execute("INSERT INTO note VALUES (CAST(X'61FF62' AS TEXT))")
    with open_store(folder / "a.db") as reader:
        rows = reader.execute("SELECT Number FROM note ORDER BY ROWID DESC").fetchall()
    assert rows[0]["number"] == "a\ufffdb"


def test_no_copy_outlives_the_reading(
    folder: Path, wal: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    wal.close()
    with open_store(folder / "a.db"):
        (copy,) = private.iterdir()
        assert copy.stat().st_mode & 0o077 == 0
    assert list(private.iterdir()) == []


def test_a_schema_that_is_not_text_is_told_as_damage(
    folder: Path, rollback: sqlite3.Connection
) -> None:
    rollback.execute("CREATE TABLE words (wordword)")
    rollback.close()
    path = folder / "a.db"
    path.write_bytes(path.read_bytes().replace(b"(wordword", b"\xfe\xff((((((("))
    with pytest.raises(StoreBroken, match="its schema is not text; take a fresh copy"):
        count(path)
    assert not has_tables(path, ["words"])

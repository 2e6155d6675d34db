"""Tables are read alike whichever of the wanted columns a version keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from companion.errors import StoreBroken
from companion.sources.tables import CHUNK_ROWS, NUMBER, RAW, TEXT, Tables, cut

ROWS = 2 * CHUNK_ROWS + 1


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A table of notes, every second of which was taken away again."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("CREATE TABLE note (Body TEXT, size INTEGER, raw)")
        rows = ((None, None, number) for number in range(2 * ROWS))
        connection.executemany("INSERT INTO note VALUES (?, ?, ?)", rows)
        connection.execute("DELETE FROM note WHERE ROWID % 2 = 1")
        yield connection


@pytest.fixture
def tables(connection: sqlite3.Connection) -> Tables:
    return Tables(connection, ["note", "gone"], {"is_kept": "1"})


def test_a_table_and_a_column_are_known_whatever_their_case(tables: Tables) -> None:
    assert tables.has("note")
    assert tables.has("note", "BODY")
    assert not tables.has("note", "is_kept")
    assert not tables.has("gone")


def test_what_is_null_or_absent_reads_as_its_default(tables: Tables) -> None:
    columns = {"body": TEXT, "size": NUMBER, "raw": RAW, "is_kept": NUMBER, "author": TEXT}
    row = tables.connection.execute(f"SELECT {tables.select('note', columns)} FROM note").fetchone()
    assert dict(row) == {"body": "", "size": 0, "raw": 1, "is_kept": 1, "author": ""}
    assert tables.column("note", "author", "'nobody'") == "'nobody'"


def test_rows_come_in_chunks_ascending_each_once(tables: Tables) -> None:
    chunks = list(tables.list_rowids("note", 2, 2 * ROWS - 2))
    assert [len(chunk) for chunk in chunks] == [CHUNK_ROWS, CHUNK_ROWS - 1]
    assert [rowid for chunk in chunks for rowid in chunk] == list(range(4, 2 * ROWS - 1, 2))
    assert list(tables.list_rowids("note", 2 * ROWS, 3 * ROWS)) == []


def test_rows_of_a_damaged_table_do_not_go_round_in_a_ring(tmp_path: Path) -> None:
    path = tmp_path / "ring.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE note (text)")
        connection.executemany("INSERT INTO note VALUES (?)", [("first",), ("second",)])
    raw = bytearray(path.read_bytes())
    for text, rowid in ((b"first", 5), (b"second", 3)):
        raw[raw.index(text) - 3] = rowid  # sqlite.org/fileformat2.html, 1.6
    path.write_bytes(raw)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        chunks = Tables(connection, ["note"]).list_rowids("note", 0, 9)
        with pytest.raises(StoreBroken, match="rows of note are out of order"):
            list(chunks)


def test_the_newest_rows_are_those_of_the_highest_rowid(tables: Tables) -> None:
    assert tables.find_newest("note") == 2 * ROWS
    assert tables.list_newest("note", 3) == [2 * ROWS, 2 * ROWS - 2, 2 * ROWS - 4]
    tables.connection.execute("DELETE FROM note")
    assert tables.find_newest("note") == 0
    assert tables.list_newest("note", 3) == []


def test_rows_are_picked_by_a_list(tables: Tables) -> None:
    query = "SELECT ROWID FROM note WHERE ROWID IN ({}) ORDER BY ROWID"
    assert [row[0] for row in tables.pick(query, [6, 3, 2])] == [2, 6]


def test_a_list_is_cut_without_loss() -> None:
    assert [len(chunk) for chunk in cut(range(ROWS))] == [CHUNK_ROWS, CHUNK_ROWS, 1]
    assert [item for chunk in cut(range(ROWS)) for item in chunk] == list(range(ROWS))
    assert list(cut([])) == []

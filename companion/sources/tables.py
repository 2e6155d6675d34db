"""Queries over foreign tables whose columns come and go with versions; knows no messenger's.

Which columns exist is asked once for each opening, and an absent one reads as its default
(formats.md, general rule 4).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from companion.errors import StoreBroken
from companion.sources.sqlite_store import find_columns

CHUNK_ROWS = 500
"""Rows read in one transaction: a writer never waits long, the number of variables stays
below SQLite's old limit of 999, and memory does not grow with the store."""

TEXT, NUMBER, RAW = "COALESCE(CAST({} AS TEXT), '')", "COALESCE(CAST({} AS INTEGER), 0)", "{}"
"""How a column is read: NULL as "", NULL as 0, or as it is."""

_Item = TypeVar("_Item", int, str)


class Tables:
    """Some tables of a database behind an open connection."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        tables: Iterable[str],
        defaults: Mapping[str, str] | None = None,
    ) -> None:
        """`defaults`: what an absent column of that name reads as, in SQL; others: NULL."""
        self.connection = connection
        self._columns = {table: find_columns(connection, table) for table in tables}
        self._defaults = defaults or {}

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether this version keeps the table, and the column in it if one is named."""
        columns = self._columns[table]
        return bool(columns) if column is None else column.lower() in columns

    def column(self, table: str, name: str, default: str = "NULL") -> str:
        """A column as SQL, or its default where this version has none."""
        return f"{table}.{name}" if self.has(table, name) else self._defaults.get(name, default)

    def select(self, table: str, columns: Mapping[str, str]) -> str:
        """The columns of a result as SQL, each in its form (`TEXT`, ...) and under its name."""
        return ", ".join(
            f"{form.format(self.column(table, name))} AS {name}" for name, form in columns.items()
        )

    def find_newest(self, table: str) -> int:
        """The highest ROWID; 0 when there are no rows."""
        (newest,) = self.connection.execute(f"SELECT MAX(ROWID) FROM {table}").fetchone()
        return newest or 0

    def list_newest(self, table: str, count: int) -> list[int]:
        """The `count` highest ROWIDs, descending."""
        query = f"SELECT ROWID FROM {table} ORDER BY ROWID DESC LIMIT ?"
        return [row[0] for row in self.connection.execute(query, (count,))]

    def list_rowids(self, table: str, after: int, upto: int) -> Iterator[list[int]]:
        """ROWIDs above `after` and not above `upto`, ascending, in chunks.

        Raises `StoreBroken` where they do not ascend: the tree of a damaged table may be a ring.
        """
        query = f"""SELECT ROWID FROM {table} WHERE ROWID > ? AND ROWID <= ?
                    ORDER BY ROWID LIMIT {CHUNK_ROWS}"""
        while rows := self.connection.execute(query, (after, upto)).fetchall():
            rowids = [row[0] for row in rows]
            if min(rowids) <= after:
                raise StoreBroken(
                    f"the database is damaged: the rows of {table} are out of order",
                    next_step="take a fresh copy of it, or restore it from a backup",
                )
            yield rowids
            after = rowids[-1]

    def pick(self, query: str, items: Sequence[int] | Sequence[str]) -> list[sqlite3.Row]:
        """The rows of a query whose `{}` takes the list of items; at most `CHUNK_ROWS` items."""
        statement = query.format(", ".join("?" * len(items)))
        lenient = self.connection.text_factory
        self.connection.text_factory = str  # of C: a function of Python's is called for each value
        try:
            return self.connection.execute(statement, tuple(items)).fetchall()
        except self.connection.OperationalError:
            pass  # text that is not UTF-8 among them; what else may be wrong is so again
        finally:
            self.connection.text_factory = lenient
        return self.connection.execute(statement, tuple(items)).fetchall()


def cut(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """The items in chunks of `CHUNK_ROWS`."""
    for start in range(0, len(items), CHUNK_ROWS):
        yield items[start : start + CHUNK_ROWS]

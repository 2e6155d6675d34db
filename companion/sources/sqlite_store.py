"""Opens SQLite stores that other programs write: read-only, in place, leaving no trace.

Knows no messenger's tables. A live store is read through its own write-ahead log, never
with `immutable=1`, which would skip the newest messages (formats.md, general rule 1).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from urllib.parse import quote

from companion.errors import NotAStore, SourceError, StoreBroken, StoreLocked, StoreUnreadable
from companion.sources.permission import describe_refusal

BUSY_S = 5.0
"""How long a reading waits for another program to let go of the store."""

_MAGIC = b"SQLite format 3\0"
_WAL_VERSIONS = b"\x02\x02"
"""Bytes 18 and 19 of a database in WAL mode (sqlite.org/fileformat2.html)."""

_COPY_TRIES = 3

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REFUSED = {sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN}


@contextmanager
def open_store(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection in autocommit mode, closed at the end; rows are `sqlite3.Row`.

    Text that is not UTF-8 comes with U+FFFD in it. Errors of SQLite and of the system,
    those inside the `with` block included, come out as `SourceError`s with a next step.

    Opening a WAL store that no program has open would leave an empty `-wal` and `-shm`
    beside it, since a read-only connection may not take them away again; such a store
    cannot change while it rests, so a copy in a private temporary folder is read instead.
    """
    with translate_errors(path), ExitStack() as stack:
        connection = connect(find_place(path.resolve(), stack, _is_wal))
        stack.callback(connection.close)
        connection.execute("PRAGMA query_only = 1")
        yield connection


def connect(place: Path, driver: ModuleType = sqlite3) -> sqlite3.Connection:
    """A connection as `open_store` gives it, that has read nothing yet.

    `driver`: a module of the interface of `sqlite3`, whose classes stand in for its own.
    """
    connection: sqlite3.Connection = driver.connect(
        f"file:{quote(str(place))}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None
    )
    connection.row_factory = driver.Row
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection


@contextmanager
def begin_reading(connection: sqlite3.Connection) -> Iterator[None]:
    """One consistent view for the statements in the block; keep it short, never yield in it.

    While it lasts a writer of a rollback-journal store cannot commit, and one of a WAL store
    cannot shrink its log.
    """
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:  # some errors have ended it already
            connection.execute("ROLLBACK")


def find_columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The lower-case column names of a table; empty where there is no such table."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return frozenset(row["name"].lower() for row in rows)


def has_tables(path: Path, tables: Iterable[str]) -> bool:
    """Whether `path` is a SQLite database with all these tables, for a probe.

    Raises `StoreUnreadable` and `StoreLocked`, nothing else.
    """
    return has_columns(path, dict.fromkeys(tables, ()))


def has_columns(path: Path, wanted: Mapping[str, Iterable[str]]) -> bool:
    """Whether `path` is a SQLite database with these tables and these lower-case columns in
    each, for a probe of tables with common names. Raises as `has_tables` does.
    """
    if not is_database(path):
        return False
    try:
        with open_store(path) as connection:
            found = {table: find_columns(connection, table) for table in wanted}
    except (NotAStore, StoreBroken):
        return False
    return all(found[table] and found[table].issuperset(wanted[table]) for table in wanted)


def is_database(path: Path) -> bool:
    """Whether `path` is a regular file that begins as SQLite databases do."""
    with translate_errors(path):
        return path.is_file() and _read_header(path).startswith(_MAGIC)


@contextmanager
def translate_errors(path: Path, sqlite_error: type[Exception] = sqlite3.Error) -> Iterator[None]:
    """Turns errors of SQLite and of the system about `path` into `SourceError`s."""
    try:
        yield
    except sqlite_error as error:
        raise _translate(error, path) from error
    except UnicodeDecodeError as error:  # how sqlite3 reports words of a schema that are not UTF-8
        raise StoreBroken(
            f"{path} is damaged: its schema is not text",
            next_step="take a fresh copy of it, or restore it from a backup",
        ) from error
    except PermissionError as error:
        raise describe_refusal(path) from error
    except FileNotFoundError as error:
        raise NotAStore(
            f"{path} does not exist", next_step="check the path, or remove the source"
        ) from error
    except IsADirectoryError as error:
        raise NotAStore(
            f"{path} is a folder, not a database", next_step="name the database in it"
        ) from error
    except OSError as error:
        raise StoreUnreadable(
            f"{path} cannot be read: {error.strerror or type(error).__name__}",
            next_step="check the disk and the room on it, and run it again",
        ) from error


def _translate(error: Exception, path: Path) -> SourceError:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary in _LOCKED:
        return StoreLocked(
            f"{path} is locked by another program",
            next_step="wait until that program is done, or close it, and run it again",
        )
    if primary == sqlite3.SQLITE_READONLY:
        return StoreLocked(
            f"{path} was left in the middle of a change by another program",
            next_step="open that program once, so that it repairs its store, and run it again",
        )
    if primary in _REFUSED:
        return describe_refusal(path)
    return StoreBroken(
        f"{path} is damaged or not the database it seems to be ({error})",
        next_step="take a fresh copy of it, or restore it from a backup",
    )


def find_place(path: Path, stack: ExitStack, is_wal: Callable[[Path], bool]) -> Path:
    """`path` itself, or a copy of a WAL store at rest that lives as long as `stack`.

    `is_wal` is asked only about a store that is open nowhere.
    """
    if _is_open(path) or not is_wal(path):
        return path
    for _ in range(_COPY_TRIES):
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="companion-")))
        before = _stamp(path)
        for file in _list_files(path):
            shutil.copyfile(file, folder / file.name)
        if _is_open(path):
            return path
        if _stamp(path) == before:
            return folder / path.name
    raise StoreLocked(
        f"{path} keeps changing while it is copied", next_step="wait a moment and run it again"
    )


def stamp_at_rest(path: Path) -> list[int] | None:
    """What changes with any change of a store that nobody has open; None where somebody has.

    Another stamp need not mean another content.
    """
    with translate_errors(path):
        real = path.resolve()
        if _is_open(real) or beside(real, "-journal").exists():
            return None
        return [real.stat().st_ino, *(number for stamp in _stamp(real) for number in stamp)]


def stamp_files(path: Path) -> str:
    """What changes with any commit to a store, be it open or not; more changes it, too."""
    with translate_errors(path):
        return repr(_stamp(path.resolve()))


def _is_open(path: Path) -> bool:
    """Whether a WAL store is open somewhere: every open one has both files beside it."""
    return beside(path, "-wal").exists() and beside(path, "-shm").exists()


def _is_wal(path: Path) -> bool:
    return _read_header(path)[18:20] == _WAL_VERSIONS


def _read_header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(100)


def _stamp(path: Path) -> list[tuple[int, int]]:
    statuses = [file.stat() for file in _list_files(path)]
    return [(status.st_size, status.st_mtime_ns) for status in statuses]


def _list_files(path: Path) -> list[Path]:
    return [file for file in (path, beside(path, "-wal")) if file.exists()]


def beside(path: Path, suffix: str) -> Path:
    """The file SQLite keeps beside a database: its log, say, for "-wal"."""
    return path.with_name(path.name + suffix)

"""Opens the archive's file and names what SQLite refuses; knows no table.

SQLite's documentation of WAL (sqlite.org/wal.html) and of result codes (sqlite.org/rescode.html)
is the source of what is done here.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from storage.errors import (
    ArchiveBroken,
    ArchiveLocked,
    ArchiveNewer,
    ArchiveOlder,
    ArchiveUnreadable,
    KeyUnusable,
    NoDiskSpace,
    RecordMissing,
    StorageError,
)
from storage.unlocking import connect, find_key, list_error_classes

SCHEMA_VERSION = 7
"""How many migrations this program knows; kept in the file as `user_version`."""

_MUCH_CACHE_KIB = 49_152
_MUCH_LOG_PAGES = 32_768
"""48 and 128 MiB: pages that batch after batch changes are in memory, and go to the file rarely."""

_KEPT_LOG_BYTES = 4 << 20
"""What the log's file may be when it is empty."""

_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_LOCKED_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_BROKEN_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REFUSED_CODES = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


def connect_writer(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection that may write, its file made when missing, private to the owner.

    The file is SQLite's alone to open. Closing any other descriptor of it would drop every
    POSIX lock that this process holds on it, those of other connections too, and another
    process could then delete the WAL they write to (sqlite.org/howtocorrupt.html, 2.2).
    """
    with translate_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = connect(path, find_key(path), is_writing=True, timeout_s=busy_timeout_s)
        try:
            # Before anything is written: a newer one is left as it is.
            refuse_newer(read_version(connection), path)
            _close_to_others(path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    return connection


def connect_reader(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection that cannot write.

    Raises `RecordMissing` when there is no archive, or one that is being made right now.
    """
    if not path.exists():
        raise _nothing_stored(path)
    with translate_errors(path):
        connection = connect(path, find_key(path), is_writing=False, timeout_s=busy_timeout_s)
        try:
            connection.execute("PRAGMA query_only = ON")
            version = read_version(connection)
            refuse_newer(version, path)
            if version == 0:
                raise _nothing_stored(path)
            if version < SCHEMA_VERSION:
                raise ArchiveOlder(
                    f"{path} was made by an older Companion",
                    next_step="run `companion sync` once, or restart the daemon, to update it",
                )
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def hold_transaction(
    connection: sqlite3.Connection, path: Path, mode: Literal["DEFERRED", "IMMEDIATE"]
) -> Iterator[sqlite3.Connection]:
    """One transaction: all of it is kept or, after any exception, none.

    Writers begin IMMEDIATE: one that only found out at its first write that another was
    faster could not wait, it would have to fail (sqlite.org/isolation.html).
    """
    with translate_errors(path):
        connection.execute(f"BEGIN {mode}")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # A full disk or a broken file may have ended the transaction already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def write_much(connection: sqlite3.Connection) -> Iterator[None]:
    """Many pages are written in the block, which is no transaction; gives the memory back."""
    (cache,) = connection.execute("PRAGMA cache_size").fetchone()
    (log_pages,) = connection.execute("PRAGMA wal_autocheckpoint").fetchone()
    connection.execute(f"PRAGMA cache_size = -{_MUCH_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_MUCH_LOG_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_KEPT_LOG_BYTES}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {cache}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {log_pages}")
        connection.execute("PRAGMA shrink_memory")


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite and the system refuse into `StorageError`s; a mistake stays one."""
    try:
        yield
    except list_error_classes() as error:
        found = _find_error(path, getattr(error, "sqlite_errorcode", None))
        if found is None:
            raise
        raise found from error
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise _no_space(path) if is_full else _unreadable(path) from error


def read_version(connection: sqlite3.Connection) -> int:
    """The schema's version; 0 for a file in which nothing was made yet."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def refuse_newer(version: int, path: Path) -> None:
    """Raises `ArchiveNewer` for a schema that this program does not know."""
    if version > SCHEMA_VERSION:
        raise ArchiveNewer(
            f"{path} was made by a newer Companion (schema {version}, this one knows "
            f"{SCHEMA_VERSION})",
            next_step="update Companion; the archive was left as it is",
        )


def _close_to_others(path: Path) -> None:
    """Make the file 0600 before its first byte is written; `-wal` and `-shm` get its mode."""
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):  # side files come and go with other processes
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _find_error(path: Path, code: int | None) -> StorageError | None:
    """The error of an extended result code, whose low byte is the primary one."""
    if code is None:
        return None
    primary = code & 0xFF
    if {code, primary} & _FULL_CODES:
        return _no_space(path)
    if primary in _LOCKED_CODES:
        return ArchiveLocked(
            f"{path} is kept busy by another program",
            next_step="close what else uses it, or wait, and do it again",
        )
    if primary == sqlite3.SQLITE_NOTADB and find_key(path) is not None:
        return KeyUnusable(
            f"{path} is not opened by the key that is kept for it, or is damaged",
            next_step="bring the key back that it was encrypted with, or restore a backup of both",
        )
    if primary in _BROKEN_CODES:
        return ArchiveBroken(
            f"{path} is damaged, or no archive",
            next_step="move it away and restore a backup, or add the stores again",
        )
    return _unreadable(path) if primary in _REFUSED_CODES else None


def _no_space(path: Path) -> NoDiskSpace:
    return NoDiskSpace(
        f"no space is left on the disk of {path}",
        next_step="free some space and do it again; nothing was half written",
    )


def _unreadable(path: Path) -> ArchiveUnreadable:
    return ArchiveUnreadable(
        f"{path} cannot be opened, read or written",
        next_step="give yourself the right to read and write it and its folder",
    )


def _nothing_stored(path: Path) -> RecordMissing:
    return RecordMissing(
        f"nothing is stored yet ({path})", next_step="add a store with `companion add PATH`"
    )

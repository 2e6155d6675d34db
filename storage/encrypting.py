"""Makes a plain archive an encrypted one, and the other way round; keeps no key.

All is written into a file beside, which takes the archive's place in one step: whoever is
killed leaves the old archive or the new one, and beside it at most a file that the next try
replaces.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.connection import read_version, refuse_newer, translate_errors
from storage.errors import ArchiveBroken, ArchiveLocked
from storage.unlocking import connect, find_key, load_driver, quote_key, set_key

_BLOCK = bytes(1 << 20)


def encrypt_archive(path: Path, key: bytes) -> None:
    """Encrypt the plain archive at `path`, and overwrite what the plain file held.

    Nobody else may have it open: raises `ArchiveLocked`, and `KeyUnusable` without SQLCipher.
    """
    _convert(path, key)


def decrypt_archive(path: Path) -> None:
    """Make the encrypted archive at `path` a plain one; raises as `encrypt_archive`.

    The key must be the one that this process was provided with.
    """
    _convert(path, None)


def find_converted(path: Path) -> Path:
    """Where the archive that is to take the place of the one at `path` is written."""
    return path.with_name(f"{path.name}.converting")


def _convert(path: Path, key: bytes | None) -> None:
    new = find_converted(path)
    with translate_errors(path):
        _remove(new)
        with closing(_connect_alone(path)) as connection:
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            try:
                _copy(connection, new, key)
                _check(connection, new, key)
            except BaseException:
                _remove(new)
                raise
            # Still locked: who waits for the old file finds no archive in it to write to.
            _replace(path, new)
            set_key(path, key)
        _remove(new)


def _connect_alone(path: Path) -> sqlite3.Connection:
    """A connection that keeps all others out until it is closed; no log is beside the file.

    SQLite leaves WAL mode for the last connection alone (sqlite.org/wal.html, 4).
    """
    load_driver()
    key = find_key(path)
    connection = connect(path, key, is_writing=True, is_cipher=True)
    try:
        refuse_newer(read_version(connection), path)
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        if mode != "delete":
            raise ArchiveLocked(
                f"{path} is open in another program",
                next_step="close Companion's screen and whatever else uses it, and do it again",
            )
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # the mode keeps the lock
    except BaseException:
        connection.close()
        raise
    return connection


def _copy(connection: sqlite3.Connection, new: Path, key: bytes | None) -> None:
    version = read_version(connection)
    secret = "" if key is None else quote_key(key)
    connection.execute("ATTACH ? AS new KEY ?", [str(new), secret])
    connection.execute("SELECT sqlcipher_export('new')").fetchone()
    connection.execute(f"PRAGMA new.user_version = {version}")
    connection.execute("DETACH new")


def _check(connection: sqlite3.Connection, new: Path, key: bytes | None) -> None:
    """Raises `ArchiveBroken` unless the copy is sound and has every row."""
    with closing(connect(new, key, is_writing=True, is_cipher=True)) as copy:
        faults = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        if faults != ["ok"] or _count_rows(copy) != _count_rows(connection):
            raise ArchiveBroken(
                f"{new} could not be made a sound copy of the archive, which was left as it is",
                next_step="run `companion doctor`, then try again",
            )


def _count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """By name of every table that has pages of its own, those of the search index too."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for (name,) in tables
    }


def _replace(path: Path, new: Path) -> None:
    """Put `new` in the archive's place, for good; then the old one's bytes are overwritten."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    # Opened before it has no name any more, and unbuffered: its blocks are written where they are.
    with path.open("r+b", buffering=0) as old:
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        _overwrite(old.fileno())


def _overwrite(descriptor: int) -> None:
    left = os.fstat(descriptor).st_size
    while left > 0:
        left -= os.write(descriptor, _BLOCK[:left])
    os.fsync(descriptor)


def _remove(new: Path) -> None:
    """With the journal that SQLite may keep beside it."""
    for suffix in ("-journal", "-wal", "-shm", ""):
        new.with_name(f"{new.name}{suffix}").unlink(missing_ok=True)

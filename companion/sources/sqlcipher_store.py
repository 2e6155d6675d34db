"""Opens SQLCipher stores that other programs write: read-only, in place, leaving no trace.

Pages are decrypted in memory alone: where a store at rest is copied (`sqlite_store` says
why), the copy is as encrypted as the store. Knows no messenger's tables or keys.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from companion.errors import StoreUnreadable
from companion.sources.extras import load_extra
from companion.sources.sqlite_store import (
    beside,
    connect,
    find_place,
    is_database,
    translate_errors,
)

_HEAD_BYTES = 64 * 1024
"""No page is larger, so the first one is whole in it."""

_LEAST_PAGE_BYTES = 1024
"""SQLCipher's own choice up to version 3; since then it is a multiple."""

_RAW_KEY = re.compile(r"[0-9a-fA-F]{64}")
_QUIET = "PRAGMA cipher_log_level = NONE"
"""A key that does not fit is an answer, not a line on the user's screen."""


@dataclass(frozen=True, slots=True)
class CipherKey:
    """What unlocks a store; it is shown nowhere and kept in memory alone."""

    statements: tuple[str, ...] = field(repr=False)


def make_raw_key(digits: str) -> CipherKey:
    """A key of 32 bytes in hexadecimal digits; raises `ValueError` for anything else."""
    if not _RAW_KEY.fullmatch(digits):
        raise ValueError("a raw key has 64 hexadecimal digits")
    return CipherKey((f"PRAGMA key = \"x'{digits}'\"",))


def make_passphrase(passphrase: str, compatibility: int) -> CipherKey:
    """A passphrase for stores of that major version of SQLCipher."""
    quoted = passphrase.replace("'", "''")
    return CipherKey((f"PRAGMA key = '{quoted}'", f"PRAGMA cipher_compatibility = {compatibility}"))


@contextmanager
def open_cipher_store(
    path: Path, keys: Sequence[CipherKey], *, extra: str, next_step: str
) -> Iterator[sqlite3.Connection]:
    """A connection as `sqlite_store.open_store` gives it, unlocked by the first key that fits.

    Raises `StoreUnreadable` where none does, with `next_step`, and where the driver that the
    `extra` of ours brings is not installed; beside these what `open_store` raises.
    """
    driver = load_extra("sqlcipher3.dbapi2", extra)
    with translate_errors(path, driver.Error), ExitStack() as stack:
        place = find_place(path.resolve(), stack, lambda store: _is_wal(driver, store, keys))
        connection = _unlock(driver, place, keys)
        if connection is None:
            raise StoreUnreadable(f"{path} is not opened by its key", next_step=next_step)
        stack.callback(connection.close)
        connection.execute("PRAGMA query_only = 1")
        yield connection


def may_be_encrypted(path: Path) -> bool:
    """Whether `path` is a regular file of whole pages that is no plain database, for a probe."""
    with translate_errors(path):
        if not path.is_file() or is_database(path):
            return False
        size_bytes = path.stat().st_size
        return size_bytes > 0 and size_bytes % _LEAST_PAGE_BYTES == 0


def _unlock(
    driver: ModuleType, place: Path, keys: Sequence[CipherKey]
) -> sqlite3.Connection | None:
    """A connection that one of the keys unlocked, tried in their order."""
    for key in keys:
        connection = connect(place, driver)
        try:
            for statement in (_QUIET, *key.statements, "PRAGMA temp_store = MEMORY"):
                connection.execute(statement)
            connection.execute("PRAGMA user_version").fetchone()  # decrypts the first page
        except driver.Error as error:
            connection.close()
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_NOTADB:
                raise
        else:
            return connection
    return None


def _is_wal(driver: ModuleType, store: Path, keys: Sequence[CipherKey]) -> bool:
    """Whether a store open nowhere is in WAL mode, which its encrypted first page says.

    Opening a copy of that page alone shows it: SQLite makes the log of a WAL store at once.
    """
    with TemporaryDirectory(prefix="companion-") as folder:
        head = Path(folder) / "head.db"
        with store.open("rb") as file:
            head.write_bytes(file.read(_HEAD_BYTES))
        os.truncate(head, store.stat().st_size)  # a hole: SQLite wants the size to be right
        connection = _unlock(driver, head, keys)
        if connection is None:
            return False
        with closing(connection):
            return beside(head, "-wal").exists()

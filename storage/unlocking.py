"""Opens archives, encrypted ones by the key that whoever starts the process provides.

Knows of no keyring, passphrase or file of keys: a provider is asked once in a process. SQLCipher
is loaded where a key is given, and nowhere else.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

from storage.errors import KeyUnusable

KEY_BYTES = 32

KeyProvider = Callable[[Path], bytes | None]
"""Gives the key of the archive at a path, None where it is plain; may raise `KeyUnusable`."""

_DRIVER = "sqlcipher3.dbapi2"
_PLAIN_HEADER = b"SQLite format 3\0"


class _Keys:
    """What this process knows; a provider may look into the file, so it is asked but once.

    Closing a descriptor of ours drops all locks that SQLite holds on the file
    (sqlite.org/howtocorrupt.html, 2.2): before the first connection there are none.
    """

    lock = threading.Lock()
    provider: KeyProvider | None = None
    found: dict[Path, bytes | None] = {}  # noqa: RUF012 (one per process is what it is for)


def provide_keys(provider: KeyProvider | None) -> None:
    """Ask `provider` from now on, and for every archive anew; None: all are plain."""
    with _Keys.lock:
        _Keys.provider = provider
        _Keys.found.clear()


def find_key(path: Path) -> bytes | None:
    """The key of an archive, None where it is plain. Raises what the provider raises."""
    with _Keys.lock:
        if path not in _Keys.found and _Keys.provider is not None:
            _Keys.found[path] = _Keys.provider(path)
        return _Keys.found.get(path)


def set_key(path: Path, key: bytes | None) -> None:
    """The archive at `path` is one of this key, or plain, without asking the provider."""
    with _Keys.lock:
        _Keys.found[path] = key


def is_plain(path: Path) -> bool:
    """Whether there is a database that nothing encrypts.

    For providers alone, and processes that have no connection to it (see `_Keys`).
    """
    try:
        with path.open("rb") as file:
            return file.read(len(_PLAIN_HEADER)) == _PLAIN_HEADER
    except FileNotFoundError:
        return False


def connect(
    path: Path,
    key: bytes | None,
    *,
    is_writing: bool,
    timeout_s: float = 10.0,
    is_cipher: bool = False,
) -> sqlite3.Connection:
    """A connection whose rows are told by name; each statement commits unless one begins.

    SQLCipher's class is another one with the same methods; with `is_cipher` a plain archive is
    opened by it, too. A key that does not fit shows with the first statement that reads, as a
    file that is no database.
    """
    driver = load_driver() if is_cipher or key is not None else sqlite3
    place = str(path) if is_writing else f"{path.absolute().as_uri()}?mode=ro"
    connection = driver.connect(place, uri=not is_writing, timeout=timeout_s, isolation_level=None)
    connection.row_factory = driver.Row
    if key is not None:
        # A key that does not fit is an answer, not a line on the user's screen.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f'PRAGMA key = "{quote_key(key)}"')
    return cast("sqlite3.Connection", connection)


def load_driver() -> ModuleType:
    """SQLCipher's; raises `KeyUnusable` where it is not installed."""
    try:
        return import_module(_DRIVER)
    except ImportError as error:
        raise KeyUnusable(
            "an encrypted archive needs the extra 'encrypt' of Companion, which is not installed",
            next_step=f"run `{sys.executable} -m pip install sqlcipher3 keyring` and try again",
        ) from error


def list_error_classes() -> tuple[type[Exception], ...]:
    """What the drivers in use raise: SQLCipher's errors are none of `sqlite3`."""
    driver = sys.modules.get(_DRIVER)
    return (sqlite3.Error,) if driver is None else (sqlite3.Error, driver.Error)


def quote_key(key: bytes) -> str:
    """As SQLCipher wants a key that is no passphrase (zetetic.net/sqlcipher/sqlcipher-api)."""
    return f"x'{key.hex()}'"

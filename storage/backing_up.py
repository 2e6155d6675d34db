"""Keeps a copy of the archive while its schema changes, for as long as it may be needed.

The copy holds every message: it is private, and gone as soon as the changed archive is known
to be sound.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.errors import ArchiveBroken
from storage.unlocking import connect, find_key


def find_backup(path: Path) -> Path:
    """Where the copy of the archive at `path` lies, beside it."""
    return path.with_name(f"{path.name}.backup")


def back_up(path: Path) -> None:
    """Copy the archive as it was committed last, under its key; nobody else may write meanwhile.

    A copy that an earlier try left is replaced. Nothing of one that cannot be finished stays.
    """
    backup = find_backup(path)
    _remove(backup)
    os.close(os.open(backup, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        # By a connection of its own: SQLite copies nothing out of a transaction that writes.
        with (
            closing(connect(path, find_key(path), is_writing=False)) as source,
            closing(connect(backup, find_key(path), is_writing=True)) as copy,
        ):
            source.backup(copy)
    except BaseException:
        _remove(backup)
        raise


def settle_backup(connection: sqlite3.Connection, path: Path) -> None:
    """Remove the copy, if there is one, when the archive is sound; raises `ArchiveBroken` else.

    A process that was killed right after the change left that to us.
    """
    backup = find_backup(path)
    if not backup.exists():
        return
    faults = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if faults != ["ok"] or connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise ArchiveBroken(
            f"{path} is damaged since it was brought up to date",
            next_step=f"end Companion, remove {path.name}-wal and -shm, put {backup.name} in the "
            "place of the archive, and report it",
        )
    _remove(backup)


def _remove(backup: Path) -> None:
    """With what SQLite kept beside it when a process was killed while it copied."""
    for suffix in ("-journal", "-wal", "-shm", ""):
        backup.with_name(f"{backup.name}{suffix}").unlink(missing_ok=True)

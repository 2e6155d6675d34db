"""Keeps the process's temporary files in the home: a copy of a store is as private as ours."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from companion.paths import Paths, make_private

_VARIABLES = ("TMPDIR", "SQLITE_TMPDIR")
"""The first for Python and the programs it starts, the second for SQLite (tempfiles.html)."""


class _Process:
    """What this process claimed; nothing in a program that uses our modules without our `main`."""

    folder: Path | None = None
    made: ClassVar[list[Path]] = []
    """Folders above it that were not there before, the outermost first."""


def claim_folder(paths: Paths) -> None:
    """Let all temporary files from now on go into a folder of this process in the home.

    The folder is made by `make_folder`, when a command needs the home, and not before.
    """
    _Process.folder = paths.temporary / str(os.getpid())
    for variable in _VARIABLES:
        os.environ[variable] = str(_Process.folder)


def make_folder() -> None:
    """Make the claimed folder, mode 0700, and remove those that killed processes left behind."""
    if _Process.folder is not None:
        # On a full disk much can be looked at; who needs a file there fails by himself.
        with suppress(OSError):
            _make(_Process.folder)


def _make(folder: Path) -> None:
    for parent in reversed(folder.parents):
        if not parent.exists():
            parent.mkdir(mode=0o700)
            _Process.made.append(parent)
    make_private(folder.parent)
    for leftover in folder.parent.iterdir():
        if not _is_alive(leftover.name):
            _remove(leftover)
    folder.mkdir(mode=0o700, exist_ok=True)


def drop_folder() -> None:
    """Remove the folder at the process's end, and the home where nothing else came into it."""
    folder = _Process.folder
    if folder is None or not folder.exists():
        return
    _remove(folder)
    for parent in reversed(_Process.made):
        with suppress(OSError):  # something is in it by now
            parent.rmdir()


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        import shutil  # costs as much as all the rest of this, and is hardly ever needed

        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(name: str) -> bool:
    """Whether the process of that number runs; one that took over a number keeps the files."""
    if not name.isdecimal():
        return False
    try:
        os.kill(int(name), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Accounts for every file of the home and for the seal on the network; changes nothing."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from companion.errors import PrivacyRefusal
from companion.paths import Paths

_ARCHIVE = "messages, summaries, to-dos, digests"
_OF_STATE = {
    "daemon.lock": "nothing; held while the daemon runs",
    "pass.lock": "nothing; held while the model runs",
    "daemon.json": "what the daemon does: counts and errors",
    "wake": "nothing; written to wake the daemon",
    "pause": "when the pause ends",
}


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the home, or a folder of it with a size of 0."""

    path: Path
    size_bytes: int
    mode: int
    """Permission bits alone."""

    holds: str
    """What is in it, in words."""

    @property
    def is_open(self) -> bool:
        """Whether anybody but the owner may read or write it."""
        return bool(self.mode & 0o066)


def list_files(paths: Paths) -> list[KeptFile]:
    """Every file and folder of the home, folders before what is in them; links are not followed."""
    roots = sorted({paths.data, paths.config, paths.cache, paths.state})
    outer = [root for root in roots if not any(root.is_relative_to(o) for o in roots if o != root)]
    return [
        _look_at(path, paths) for root in outer if root.exists() for path in (root, *_walk(root))
    ]


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in (*folders, *sorted(files)):
            yield Path(folder) / name


def _look_at(path: Path, paths: Paths) -> KeptFile:
    status = path.lstat()
    is_file = stat.S_ISREG(status.st_mode)
    size_bytes = status.st_size if is_file else 0
    mode = stat.S_IMODE(status.st_mode) if not path.is_symlink() else 0
    return KeptFile(path, size_bytes, mode, _describe(path, paths) if is_file else "folder")


def _describe(path: Path, paths: Paths) -> str:
    archive = paths.archive_file.name
    if path.parent == paths.data and path.name.startswith(archive):
        kinds = {
            "": _ARCHIVE,
            "-wal": f"log of the archive: {_ARCHIVE}",
            "-shm": "index of the log",
        }
        return kinds.get(path.name.removeprefix(archive), f"copy of the archive: {_ARCHIVE}")
    if path == paths.key_file:
        return "where the archive's key is, or the key under a passphrase"
    if path == paths.config_file:
        return "settings"
    if path.is_relative_to(paths.temporary):
        return "temporary; removed when its process ends"
    if path.is_relative_to(paths.state):
        return _OF_STATE.get(path.name, "state of the program")
    return "models" if path.is_relative_to(paths.cache) else "not of Companion"


def try_network() -> str | None:
    """Why a socket to the outside was refused just now; None when it was not."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except PrivacyRefusal as refusal:
        return refusal.what
    return None

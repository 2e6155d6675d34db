"""Locks between the processes of one home: who is the daemon, who runs the model."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from companion.errors import DaemonRunning

_POLL_S = 0.1
_GRACE_S = 0.5
"""Longer than `is_held` needs: a look at the lock must not pass for a daemon."""


@contextmanager
def hold_daemon_lock(path: Path) -> Iterator[None]:
    """Be the one daemon of this home inside the block.

    The lock is the kernel's (flock): it goes with the process however that ends, so a
    killed daemon leaves nothing to clean. Writes the process id into the file, for people.
    Raises `DaemonRunning` when another holds it.
    """
    with path.open("a+") as file:
        path.chmod(0o600)
        if not _lock_within(file.fileno(), _GRACE_S):
            raise DaemonRunning(
                f"another daemon runs for this home (process {read_holder(path) or 'unknown'})",
                next_step="use it as it is, or stop it first",
            )
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def hold_pass_lock(path: Path, *, limit_s: float) -> Iterator[bool]:
    """Be the one that runs the model over the archive, waiting at most `limit_s` for the other.

    Yields False when the wait was in vain; the block then must not touch the model.
    """
    with path.open("a+") as file:
        path.chmod(0o600)
        yield _lock_within(file.fileno(), limit_s)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock; False when the file does not exist."""
    if not path.exists():
        return False
    with path.open("r") as file:
        if _try_lock(file.fileno(), shared=True):
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
            return False
        return True


def read_holder(path: Path) -> int | None:
    """Process id written by the holder, None when there is none to read."""
    if not path.exists():
        return None
    word = path.read_text(encoding="ascii", errors="replace").strip()
    return int(word) if word.isdigit() else None


def _lock_within(descriptor: int, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while not (held := _try_lock(descriptor)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return held


def _try_lock(descriptor: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Measures how long a user waits for the first answer of a process; the archive is given."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from companion.errors import CompanionError
from companion.paths import HOME_VARIABLE, paths_under
from storage.reader import Reader

_TRIES = 3
_LIMIT_S = 60.0
_LINES, _CELLS = 40, 120


class StartFailed(CompanionError):
    """A process that was to be timed did not come so far."""


@dataclass(frozen=True, slots=True)
class StartFigures:
    """Seconds from the start of Python; each the best of `_TRIES`, as others may be busy."""

    messages: int
    """In the archive that is looked into."""

    help_s: float
    """`companion --help`, to its end."""

    status_s: float
    """`companion status`, to its end."""

    screen_s: float
    """`companion tui`, until the first conversation stands on the terminal."""


def measure_starts(archive_file: Path, home: Path) -> StartFigures:
    """Move the archive, which nobody has open and which has something unread, into a new home,
    and look into it there.
    """
    paths = paths_under(home)
    paths.create()
    archive_file.rename(paths.archive_file)
    with Reader.open(paths.archive_file) as reader:
        messages = reader.totals().messages
        title = reader.conversations(unread_only=True)[0].title
    environ = {**os.environ, HOME_VARIABLE: str(home), "TERM": "xterm-256color"}
    return StartFigures(
        messages,
        help_s=_find_best(partial(_time_command, "--help", environ)),
        status_s=_find_best(partial(_time_command, "status", environ)),
        screen_s=_find_best(partial(_time_screen, title, environ)),
    )


def describe_starts(figures: StartFigures) -> dict[str, object]:
    """The section `start` of `companion bench --json`."""
    return {
        "messages": figures.messages,
        "help_seconds": round(figures.help_s, 3),
        "status_seconds": round(figures.status_s, 3),
        "screen_seconds": round(figures.screen_s, 3),
    }


def _find_best(measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(_TRIES))


def _time_command(word: str, environ: Mapping[str, str]) -> float:
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "companion", word],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    spent_s = time.monotonic() - began_s
    if done.returncode:
        raise _failed(word)
    return spent_s


def _time_screen(title: str, environ: Mapping[str, str]) -> float:
    began_s = time.monotonic()
    process_id, terminal = pty.fork()
    if process_id == 0:
        try:
            termios.tcsetwinsize(0, (_LINES, _CELLS))
            command = [sys.executable, "-m", "companion", "tui"]
            os.execve(command[0], command, environ)  # noqa: S606 (there is no shell to want)
        finally:
            os._exit(1)  # what follows is the parent's
    try:
        shown = b""
        while title.encode() not in shown:
            left_s = began_s + _LIMIT_S - time.monotonic()
            if left_s <= 0 or not select.select([terminal], [], [], left_s)[0]:
                raise _failed("tui")
            shown += os.read(terminal, 1 << 16)
        return time.monotonic() - began_s
    except OSError as error:  # a terminal without its process, on Linux
        raise _failed("tui") from error
    finally:
        os.kill(process_id, signal.SIGKILL)
        os.waitpid(process_id, 0)
        os.close(terminal)


def _failed(word: str) -> StartFailed:
    return StartFailed(
        f"`companion {word}` gave no answer", next_step="run it yourself to see what it says"
    )

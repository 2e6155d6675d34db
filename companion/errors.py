"""Errors a user can act on: what, why and the next step; no text of a message enters one."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import ClassVar

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_INTERRUPTED = 130


class CompanionError(Exception):
    """An expected failure, shown as one line on stderr and never as a traceback.

    `what` names the thing and the reason ("chat.db is locked by another program"),
    `next_step` is an imperative ("close it and run the command again"). Neither may hold
    text of a message: both end in logs.
    """

    exit_code: ClassVar[int] = EXIT_FAILED

    def __init__(self, what: str, *, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}; {self.next_step}"


class UsageError(CompanionError):
    """The command was called with something that cannot mean anything."""

    exit_code = EXIT_USAGE


class ConfigError(CompanionError):
    """The config file holds a setting that does not exist or cannot be."""


class HomeUnusable(CompanionError):
    """A folder of ours cannot be made: no rights, no room, or a file in its place."""


class PrivacyRefusal(CompanionError):
    """The network, or a folder others can read: refused on purpose."""

    exit_code = EXIT_REFUSED


def tell_place(error: BaseException) -> str:
    """The kind of an unexpected error and where it arose: "ValueError in words.py:12".

    Its own words could hold text of a message.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"


class SourceError(CompanionError):
    """A store cannot be read; other stores are not affected."""


class NotAStore(SourceError):
    """No source recognises this path."""


class StoreUnreadable(SourceError):
    """The operating system refuses to open the store."""


class StoreLocked(SourceError):
    """Another program holds the store; trying again later will do."""


class StoreBroken(SourceError):
    """The file is of this kind, but so damaged that nothing of it can be read."""


class PluginFailed(SourceError):
    """A source that is not ours cannot be used, or raised what no source may."""


class NotFound(CompanionError):
    """Nothing of the given name is in the archive."""


class DaemonRunning(CompanionError):
    """Another instance holds the lock."""

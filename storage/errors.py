"""Owns what can go wrong with the archive, in words a person can act on; it holds no behaviour."""

from __future__ import annotations

from typing import ClassVar


class StorageError(Exception):
    """An expected failure of the archive.

    `what` names the thing and the reason, on one line and without text of any message;
    `next_step` says what to do now.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step


class ArchiveLocked(StorageError):
    """Another process kept the archive to itself for longer than we wait."""


class ArchiveNewer(StorageError):
    """A newer program made this archive; nothing of it was touched."""


class ArchiveOlder(StorageError):
    """An older program made this archive: it can be read once it was opened for writing."""


class ArchiveBroken(StorageError):
    """The file is damaged, or no archive at all."""


class KeyUnusable(StorageError):
    """The archive is encrypted, and its key is not to be had, is wrong, or cannot be used here."""


class ArchiveUnreadable(StorageError):
    """The operating system refuses to open, read or write the file."""


class NoDiskSpace(StorageError):
    """The disk is full; the archive is as it was before."""


class RecordMissing(StorageError):
    """What was asked for is not in the archive, or there is no archive yet."""

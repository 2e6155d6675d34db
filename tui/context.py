"""What every screen works with: the archive's read side, the actions, the clock and the words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from storage.errors import RecordMissing, StorageError
from storage.reader import Reader
from tui.interface import Actions
from tui.words import Words


class ArchiveView:
    """The archive as the screens see it: it may not exist yet, and appear at any moment.

    One connection serves the screen's own thread; a worker thread opens one of its own,
    since SQLite connections do not change threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: Reader | None = None
        self.failure: StorageError | None = None
        """Why an archive that is there cannot be read."""

    def find_reader(self) -> Reader | None:
        """The screen thread's connection; None as long as there is no archive to read."""
        if self._reader is None:
            self.failure = None
            try:
                self._reader = Reader.open(self._path)
            except RecordMissing:
                return None
            except StorageError as error:
                self.failure = error
        return self._reader

    def open_reader(self) -> Reader:
        """A connection of the calling thread's own, to be closed by it; the archive must exist."""
        return Reader.open(self._path)

    def find_version(self) -> int | None:
        """A number that changes with every commit of another process; None without an archive."""
        reader = self.find_reader()
        return None if reader is None else reader.data_version()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to every screen and widget that needs more than what it is told to show."""

    archive: ArchiveView
    actions: Actions
    zone: tzinfo
    now: Callable[[], datetime]
    """The present, aware."""

    words: Words
    banner: str = ""
    """Shown beside the name on every screen: "demo"; "" for none."""

    def today(self) -> date:
        """The local date of the present."""
        return self.now().astimezone(self.zone).date()

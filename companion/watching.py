"""Tells which stores changed on disk; the only file that knows watchdog, and it reads no store.

A commit to a WAL database touches only `chat.db-wal`, so the folder is watched and every
name that begins with the store's counts. What file events miss, a slow poll finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from watchdog.events import (
    DirModifiedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

_CHANGES: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
]
"""Never "opened" or "closed": our own reading would set them off."""


class Watcher:
    """Watches the folders of stores and calls `on_change(name)` on a thread of its own.

    Names are the caller's: any hashable that says which store it was.
    """

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change = on_change
        self._observer = Observer()
        self._paths: dict[int, Path] = {}

    def start(self) -> None:
        """Begin; paths may be set before and after."""
        self._observer.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._observer.stop()
        self._observer.join()

    def watch(self, paths: Mapping[int, Path]) -> bool:
        """Watch exactly these stores; True when they are others than before.

        A folder that does not exist (yet) is left to the poll.
        """
        wanted = dict(paths)
        if wanted == self._paths:
            return False
        self._observer.unschedule_all()
        self._paths = wanted
        for folder in {_folder_of(path) for path in wanted.values()}:
            if folder.is_dir():
                self._observer.schedule(
                    _Handler(self._tell), str(folder), recursive=False, event_filter=_CHANGES
                )
        return True

    def _tell(self, changed: Path) -> None:
        for name, path in self._paths.items():
            if _concerns(changed, path):
                self._on_change(name)


class _Handler(FileSystemEventHandler):
    def __init__(self, tell: Callable[[Path], None]) -> None:
        self._tell = tell

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, DirModifiedEvent):
            return
        for place in (event.src_path, event.dest_path):
            if place:
                self._tell(Path(place if isinstance(place, str) else place.decode()))


def _folder_of(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _concerns(changed: Path, store: Path) -> bool:
    """Whether a change of one file is a change of the store: itself, its `-wal`, or inside it."""
    if changed.parent == store:
        return True
    return changed.parent == store.parent and changed.name.startswith(store.name)

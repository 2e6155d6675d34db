"""Tells which stores changed on disk; the only file that knows watchdog, and it reads no store.

A commit to a WAL database touches only `chat.db-wal`, so the folder is watched and every
name that begins with the store's counts; of a store that is a folder, everything in it. What
file events miss, a slow poll finds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
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

log = logging.getLogger(__name__)

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
        self._folders: dict[tuple[Path, bool], tuple[int, int]] = {}
        """Watched, with the device and inode that each had then."""

    def start(self) -> None:
        """Begin; paths may be set before and after."""
        self._observer.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._observer.stop()
        self._observer.join()

    def watch(self, paths: Mapping[int, Path]) -> bool:
        """Watch exactly these stores; True when they are others than before, or in other folders.

        A folder that does not exist is left to the poll until a later call finds it, as is one
        that has more folders in it than the system watches.
        """
        wanted = dict(paths)
        folders = _choose_folders(wanted.values())
        if wanted == self._paths and folders == self._folders and self._is_whole():
            return False
        self._observer.unschedule_all()
        self._paths, self._folders = wanted, folders
        for folder, is_whole in folders:
            self._schedule(folder, is_whole=is_whole)
        return True

    def _is_whole(self) -> bool:
        """False when a watch ended with its folder: one made anew may have the inode of the old."""
        return all(emitter.is_alive() for emitter in self._observer.emitters)

    def _schedule(self, folder: Path, *, is_whole: bool) -> None:
        try:
            self._observer.schedule(
                _Handler(self._tell), str(folder), recursive=is_whole, event_filter=_CHANGES
            )
        except OSError as error:  # unplugged meanwhile, or the system's limit of watches
            log.warning("%s is polled only: %s", folder, error.strerror)

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


def _choose_folders(stores: Iterable[Path]) -> dict[tuple[Path, bool], tuple[int, int]]:
    """The folders to watch, and whether with all that is in them: only those that are stores.

    Each with what tells it from another one in its place: device and inode.
    """
    chosen: dict[Path, bool] = {}
    for store in stores:
        if store.is_dir():
            chosen[store] = True
        elif store.parent.is_dir():
            chosen.setdefault(store.parent, False)
    folders = {}
    for folder, is_whole in chosen.items():
        with suppress(FileNotFoundError):  # gone since
            status = folder.stat()
            folders[folder, is_whole] = (status.st_dev, status.st_ino)
    return folders


def _concerns(changed: Path, store: Path) -> bool:
    """Whether a change of one file is a change of the store: itself, its `-wal`, or inside it."""
    if store in changed.parents:
        return True
    return changed.parent == store.parent and changed.name.startswith(store.name)

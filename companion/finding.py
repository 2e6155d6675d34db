"""Finds the stores of this machine in their usual places; reads no message and records nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from companion.errors import SourceError
from companion.sources.extras import find_missing
from companion.sources.interface import UnreadOrigin
from companion.sources.places import Platform, list_places
from companion.sources.registry import load_source_class

_FILES_COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class StoreFound:
    """A store that could be read, judged by its first bytes."""

    kind: str
    label: str
    path: Path
    size_bytes: int | None
    """Of a folder all its files, of the first 20,000 at least; None where that is refused."""

    is_live: bool
    unread_origin: UnreadOrigin
    missing: str | None
    """The command that installs what this kind needs; None where nothing is missing."""

    refusal: str | None
    """Why it cannot be opened now, with the remedy; None where it can."""

    @property
    def can_be_read(self) -> bool:
        """Whether adding it would do."""
        return self.missing is None and self.refusal is None


def find_platform() -> Platform:
    """The system that programs keep their stores by."""
    return "darwin" if sys.platform == "darwin" else "linux"


def find_stores(home: Path, platform: Platform) -> Iterator[StoreFound]:
    """The stores below the user's folder `home`, those that are refused included."""
    taken: set[Path] = set()
    for kind, path in list_places(home, platform):
        found = None if path in taken else _judge(kind, path)
        if found is not None:
            taken.add(path)
            yield found


def _judge(kind: str, path: Path) -> StoreFound | None:
    source = load_source_class(kind)
    refusal = None
    try:
        if not source.probe(path):
            return None
    except SourceError as error:
        refusal = str(error)
    return StoreFound(
        kind=kind,
        label=source.label,
        path=path,
        size_bytes=measure_bytes(path),
        is_live=source.is_live,
        unread_origin=source.unread_origin,
        missing=find_missing(kind),
        refusal=refusal,
    )


def measure_bytes(path: Path) -> int | None:
    """The size of a file, or of the files in a folder, links not followed."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(size for size, _ in zip(_list_sizes(path), range(_FILES_COUNTED), strict=False))
    except OSError:
        return None


def _list_sizes(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):
        for name in names:
            yield (Path(place) / name).lstat().st_size

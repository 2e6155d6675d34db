"""Tells which links lie in a store that is a folder: none of them is followed; opens nothing.

An export may come from anybody, and a link in it may lead to anything the owner can read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from companion.errors import NotAStore
from companion.sources.interface import Skipped


def find_inside(path: Path, name: str) -> Path:
    """The file of that name where `path` is a folder, else `path` itself.

    Raises `NotAStore` for a link in the folder; a link that the user names is theirs to follow.
    """
    if not path.is_dir():
        return path
    file = path / name
    if file.is_symlink():
        raise NotAStore(f"{file} is a link", next_step="give the file that it leads to")
    return file


def report_links(folder: Path, suffix: str = "") -> Iterator[Skipped]:
    """One `Skipped` for each link directly in a folder whose name ends so; none for a file."""
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if entry.is_symlink() and entry.name.endswith(suffix):
                yield Skipped(f"{entry.name} is a link, not followed")

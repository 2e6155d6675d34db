"""Finds the threads among the JSON files of a download by their names; opens none.

A thread is a folder of `message_1.json` (the newest), `message_2.json`, ...; of an encrypted chat
it is one file of any name. A download holds threads in boxes (`messages/inbox/...`), but a box,
one thread or one file is a store as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_BOXES = "inbox|archived_threads|filtered_threads|message_requests|e2ee_cutover"
_NUMBERED = re.compile(
    rf"(?P<folder>(?:.*/)?messages/[^/]+/[^/]+/|(?:(?:{_BOXES})/)?(?:[^/]+/)?)"
    r"message_(?P<number>[0-9]{1,9})\.json"
)
_SINGLE = re.compile(r"(?:(?:[^/]+/)?messages/)?[^/]+")


def group_threads(names: Iterable[str]) -> list[tuple[str, ...]]:
    """The files of each thread, the newest messages first; the surest threads first.

    Files that are not called `message_N.json` come one by one and may be no threads.
    """
    numbered: dict[str, list[tuple[int, str]]] = {}
    singles: list[tuple[str, ...]] = []
    for name in names:
        if match := _NUMBERED.fullmatch(name):
            numbered.setdefault(match["folder"], []).append((int(match["number"]), name))
        elif _SINGLE.fullmatch(name):
            singles.append((name,))
    return [*(tuple(name for _, name in sorted(parts)) for parts in numbered.values()), *singles]


def is_numbered(name: str) -> bool:
    """Whether a file is called as the parts of a thread are, and so is expected to be one."""
    return _NUMBERED.fullmatch(name) is not None


def name_thread(path: Path, name: str) -> str:
    """What the store at `path` calls the thread of a file: its folder, or a file of another name.

    Meta's own name of a thread is that of its folder.
    """
    place = PurePosixPath(name)
    if not is_numbered(name):
        return place.stem
    return place.parent.name or (path.name if path.is_dir() else path.absolute().parent.name)

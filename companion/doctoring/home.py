"""Examines what the home holds: folders, room, archive, and the stores that are registered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from companion.doctoring.check import Check, give_check
from companion.errors import CompanionError
from companion.paths import Paths
from companion.speaking import say_encryption

_FREE_BYTES = 2_000_000_000
"""A model's file and its conversion, with room to breathe."""


def examine_folders(paths: Paths) -> Iterator[Check]:
    """Whether others can look into them."""
    for name in ("data", "config", "cache", "state"):
        folder: Path = getattr(paths, name)
        mode = folder.stat().st_mode & 0o777 if folder.exists() else 0o700
        yield give_check(
            f"folder {name}",
            ok=mode & 0o077 == 0,
            detail=f"{folder} ({mode:04o})",
            remedy=f"chmod 700 {folder}",
        )


def examine_disk(paths: Paths) -> Iterator[Check]:
    """Whether a model could be fetched and converted."""
    free_bytes = shutil.disk_usage(paths.cache).free
    yield give_check(
        "disk",
        ok=free_bytes >= _FREE_BYTES,
        detail=f"{free_bytes / 1e9:.1f} GB free for models",
        remedy=f"free some space where {paths.cache} is",
    )


def examine_archive(paths: Paths) -> Iterator[Check]:
    """Every page of it, its rights, and how far the search index is."""
    from companion.unlocking import find_encryption
    from storage.connection import SCHEMA_VERSION
    from storage.errors import StorageError
    from storage.reader import Reader

    if not paths.archive_file.exists():
        yield Check("archive", True, "nothing stored yet", "")
        return
    try:
        with Reader.open(paths.archive_file) as reader:
            faults = reader.check_integrity()
            totals = reader.totals()
            unindexed = reader.count_unindexed()
    except StorageError as error:
        yield Check("archive", False, str(error), error.next_step)
        return
    encryption = say_encryption(find_encryption(paths))
    size_bytes = paths.archive_file.stat().st_size
    mode = paths.archive_file.stat().st_mode & 0o777
    yield give_check(
        "archive",
        ok=not faults and mode & 0o077 == 0,
        detail=f"{totals.messages} messages, {size_bytes / 1e6:.1f} MB, schema {SCHEMA_VERSION}, "
        f"{mode:04o}, {encryption}, "
        f"{'; '.join(faults) or 'sound'}",
        remedy=f"chmod 600 {paths.archive_file}, or restore it from a backup if it is damaged",
    )
    yield give_check(
        "search index",
        ok=unindexed == 0,
        detail=f"{unindexed} messages to go" if unindexed else "complete",
        remedy="run `companion sync`, which goes on with it",
    )


def examine_sources(paths: Paths) -> Iterator[Check]:
    """Whether each registered store can be opened, and how its last reading ended."""
    from companion.ingesting import open_registered
    from storage.errors import StorageError
    from storage.reader import Reader

    if not paths.archive_file.exists():
        return
    try:
        with Reader.open(paths.archive_file) as reader:
            rows = reader.sources()
    except StorageError:
        return  # the check of the archive says why
    for row in rows:
        name = f"source {row.id}"
        try:
            open_registered(row)
        except CompanionError as error:
            yield Check(name, False, f"{row.label}: {error.what}", error.next_step)
        else:
            skipped = f", {row.warnings} parts skipped" if row.warnings else ""
            yield give_check(
                name,
                ok=row.error is None,
                detail=f"{row.label} at {row.path}: {row.error or 'readable'}{skipped}",
                remedy="run `companion sync` and see what it says",
            )

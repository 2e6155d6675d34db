"""Owns moving model files about: hashing, room on the disk, hard links; it knows no model."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from inference.errors import NoDiskSpace

_BLOCK_BYTES = 1 << 20

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def sha256_of(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file in hexadecimal; `progress` is told the bytes read so far."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done)
    return digest.hexdigest()


def make_folder(path: Path) -> None:
    """Makes the folder, and those above it that are missing, for the owner's eyes only."""
    for missing in reversed([path, *path.parents]):
        # One by one: mkdir(parents=True) would give those above the default mode.
        if not missing.exists():
            missing.mkdir(mode=FOLDER_MODE, exist_ok=True)


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises NoDiskSpace when the disk of `folder` has less room than `needed_bytes`."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise no_room(folder, needed_bytes, free_bytes)


def no_room(folder: Path, needed_bytes: int, free_bytes: int | None = None) -> NoDiskSpace:
    """The error for a disk that is, or has just become, too full."""
    have = "" if free_bytes is None else f", {_megabytes(free_bytes)} are free"
    return NoDiskSpace(
        f"not enough disk space in {folder}: {_megabytes(needed_bytes)} are needed{have}",
        next_step="free some space, or set COMPANION_HOME to a folder on another disk",
    )


def is_disk_full(error: OSError) -> bool:
    """Whether the system refused a write for lack of space or quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def link_or_copy(source: Path, target: Path) -> None:
    """Makes `target` the same file as `source`, by a hard link where the disk allows one.

    A link costs no space and survives the source being deleted. Raises NoDiskSpace.
    """
    try:
        os.link(source, target)
    except OSError:
        # Another disk, or a file system without links.
        require_room(target.parent, source.stat().st_size)
        try:
            shutil.copyfile(source, target)
            target.chmod(FILE_MODE)
        except OSError as error:
            target.unlink(missing_ok=True)
            if is_disk_full(error):
                raise no_room(target.parent, source.stat().st_size) from error
            raise


def sweep_parts(folder: Path) -> None:
    """Deletes the half-made files and folders (`.NAME.part-PROCESS`) of processes that are gone."""
    for part in folder.glob(".*.part-*"):
        process = re.search(r"\.part-(\d+)", part.name)
        if process is None or _is_alive(int(process[1])):
            continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _megabytes(size_bytes: int) -> str:
    return f"{-(-size_bytes // 1_000_000)} MB"

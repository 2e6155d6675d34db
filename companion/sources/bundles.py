"""Opens exports of many JSON files, zipped, unpacked or a single one, and streams their objects.

Nothing is extracted to disk, no link out of a folder is followed, and no messenger's format is
known here.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import zipfile
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, ClassVar, cast

import ijson

from companion.errors import NotAStore, StoreBroken
from companion.sources.decoding import HEAD_BYTES
from companion.sources.exports import ExportSource, translate_os_errors
from companion.sources.interface import Change, ConversationFound, Skipped
from companion.sources.zip_members import (
    ZIP_DAMAGE,
    is_zip_head,
    refuse_danger,
    translate_zip_errors,
)

Fields = dict[str, Any]
"""A JSON object."""

OBJECT_BYTES = 8 << 20
"""Where no object ends for longer than that, there is none that anybody wrote."""

_SUFFIX = ".json"
_PROBED_FOLDERS = 1000
_JSON_DAMAGE = (ijson.JSONError, UnicodeDecodeError)
_SCALARS = frozenset(("string", "number", "boolean", "null"))
_DRIVE = re.compile(r"[A-Za-z]:")
_BLANKS = bytes(byte if byte >= 0x20 or byte in b"\t\n\r" else 0x20 for byte in range(256))


class Bundle(ABC):
    """The JSON files of one export."""

    def __init__(self, path: Path, names: Iterable[str], refused: Iterable[str] = ()) -> None:
        self.path = path

        self.refused = tuple(sorted(refused))
        """Names of what could be read but for being a link or leading out of the export."""

        self.names = tuple(sorted(names))
        """Of its files that end in `.json` and may be read, in order: relative, with slashes.
        A path to a single file gives that one, whatever it is called."""

    @abstractmethod
    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of the file of that name, which must be one of `names`.

        Raises `StoreBroken` for what is encrypted or a bomb, and `OSError`.
        """

    def read_objects(self, name: str, place: str) -> Iterator[Fields | Skipped]:
        """Every object at `place` of one file, in order, in memory of one.

        `place` is ijson's prefix: "item" for the members of an array that is the whole file,
        "messages.item" for those of the array under that key. A `Skipped` stands for what is no
        object, and at the end for all that follows damage.
        """
        count = 0
        try:
            with self.open(name) as stream:
                clean = _CleanStream(stream)
                for value in ijson.items(clean, place):
                    count += 1
                    clean.pending_bytes = 0
                    if isinstance(value, dict):
                        yield value
                    else:
                        yield Skipped(f"{name}: entry {count} is not an object")
        except _TooLongError:
            yield Skipped(f"{name} holds no message for {OBJECT_BYTES >> 20} MiB, left from there")
        except (*_JSON_DAMAGE, *ZIP_DAMAGE):
            yield Skipped(f"{name} is cut off or damaged after {count} entries")

    def read_facts(self, name: str) -> dict[str, Any]:
        """The strings, numbers and flags in the first kilobytes of one file, by ijson's prefix.

        The last value of a place is kept; what follows damage is left out.
        """
        facts: dict[str, Any] = {}
        try:
            with self.open(name) as stream:
                head = _CleanStream(io.BytesIO(stream.read(HEAD_BYTES)))
            events = ijson.parse(head)
            # Not a dict at once: what comes before the damage counts.
            facts.update((place, value) for place, kind, value in events if kind in _SCALARS)
        except (*_JSON_DAMAGE, *ZIP_DAMAGE):  # the head of a file ends anywhere
            pass
        return facts


class BundleSource(ExportSource):
    """An export of JSON files: a zip, the folder unpacked from it, or one file of them.

    A subclass says `kind`, `label`, `export_again`, `depth`, `recognise` and `_read_bundle`.
    """

    export_again: ClassVar[str]
    """An imperative: how to get a new export."""

    depth: ClassVar[int]
    """How many folders down from the one that is given its files lie, itself included.

    No more than needed: a folder around an export must not be taken for it.
    """

    @classmethod
    @abstractmethod
    def recognise(cls, bundle: Bundle) -> bool:
        """Whether the bundle is of this kind, by some kilobytes of its files."""

    @abstractmethod
    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        """Every change of the whole export, without a `CursorAdvanced`."""

    @classmethod
    def is_part(cls, name: str) -> bool:
        """Whether a change of the file of that name in a folder is a reason to read it again."""
        return name.lower().endswith(_SUFFIX)

    @classmethod
    def probe(cls, path: Path) -> bool:
        try:
            with (
                translate_os_errors(path),
                open_bundle(path, cls.depth, cls.export_again, _PROBED_FOLDERS) as bundle,
            ):
                return cls.recognise(bundle)
        except (NotAStore, StoreBroken):
            return False

    def _list_files(self, file: Path) -> Sequence[Path]:
        if not file.is_dir():
            return (file,)
        entries = sorted(_walk(file, self.depth))
        return [file / name for name, is_link in entries if not is_link and self.is_part(name)]

    def _read_changes(self, file: Path) -> Iterator[Change]:
        is_empty = True
        with open_bundle(file, self.depth, self.export_again) as bundle:
            for name in bundle.refused:
                yield Skipped(f"{name} is a link or leads out of the export, not followed")
            for change in self._read_bundle(bundle):
                is_empty = is_empty and not isinstance(change, ConversationFound)
                yield change
        if is_empty:
            raise StoreBroken(
                f"{file} holds no conversation of {self.label}", next_step=self.export_again
            )


@contextmanager
def open_bundle(
    path: Path, depth: int, export_again: str, limit_folders: int | None = None
) -> Iterator[Bundle]:
    """The export at `path`: a folder as far as `depth` folders down, a zip, or one file.

    `limit_folders`: how many folders are looked into at most. Raises `NotAStore` for what is
    none of them, `StoreBroken` for a zip that is cut off or damaged, and `OSError`.
    """
    if path.is_dir():
        entries = list(_walk(path, depth, limit_folders))
        names = (name for name, is_link in entries if not is_link)
        yield _Folder(path, names, (name for name, is_link in entries if is_link))
        return
    if not path.is_file():
        raise NotAStore(f"{path} is no file or folder", next_step="check the path")
    with path.open("rb") as stream:
        is_zip = is_zip_head(stream.read(4))
    if not is_zip:
        yield _Folder(path.parent, [path.name])
        return
    with ExitStack() as stack:
        stack.enter_context(translate_zip_errors(path, export_again))
        archive = stack.enter_context(zipfile.ZipFile(path))
        found = {info.filename: info for info in archive.infolist() if _is_json(info.filename)}
        members = {name: info for name, info in found.items() if _stays_inside(info)}
        yield _Zip(path, archive, members, found.keys() - members.keys(), export_again)


def list_objects(value: object) -> list[Fields]:
    """The objects in a JSON array; [] where the file holds anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def get_object(fields: Fields, key: str) -> Fields:
    """The object under that key; an empty one where the file holds anything else."""
    value = fields.get(key)
    return value if isinstance(value, dict) else {}


def get_text(fields: Fields, key: str) -> str:
    r"""The string under that key, without NUL and with line breaks as \n; "" for anything else."""
    value = fields.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


class _Folder(Bundle):
    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return (self.path / name).open("rb")


class _Zip(Bundle):
    def __init__(
        self,
        path: Path,
        archive: zipfile.ZipFile,
        members: dict[str, zipfile.ZipInfo],
        refused: Iterable[str],
        export_again: str,
    ) -> None:
        super().__init__(path, members, refused)
        self._archive = archive
        self._members = members
        self._export_again = export_again

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        refuse_danger(self.path, self._members[name], self._export_again)
        return cast("BinaryIO", self._archive.open(self._members[name]))


class _TooLongError(Exception):
    """An object does not end within `OBJECT_BYTES`."""


class _CleanStream:
    """The bytes of a JSON file as its parser takes them: what is no UTF-8 becomes U+FFFD.

    A BOM is left out, and control characters, which JSON forbids, become spaces.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.pending_bytes = 0
        """How many were read since somebody set it to 0, when an object ended."""

    def read(self, size: int = -1) -> bytes:
        """Some of the next bytes, not always `size` of them; b"" at the end alone.

        Raises `_TooLongError` where `pending_bytes` is beyond `OBJECT_BYTES`.
        """
        if size == 0:  # ijson asks so what kind of stream this is
            return b""
        while True:
            raw = self._stream.read(size)
            self.pending_bytes += len(raw)
            if self.pending_bytes > OBJECT_BYTES:
                raise _TooLongError
            text = self._decoder.decode(raw, final=not raw)
            if text or not raw:
                return text.encode().translate(_BLANKS)


def _walk(folder: Path, depth: int, limit_folders: int | None = None) -> Iterator[tuple[str, bool]]:
    """Name of each JSON file below, by breadth, and whether it is a link, which nothing follows.

    Links to folders are among them. With a limit, as for a probe, folders below that may not be
    opened are passed over: they tell nothing of whose the rest is.
    """
    folders = deque([("", 1)])
    visited = 0
    while folders and (limit_folders is None or visited < limit_folders):
        below, level = folders.popleft()
        visited += 1
        try:
            entries = sorted(os.scandir(folder / below), key=lambda entry: entry.name)
        except PermissionError:
            if limit_folders is None or not below:
                raise
            continue
        for entry in entries:
            name = f"{below}{entry.name}"
            if entry.is_symlink():
                if _is_json(name) or (level < depth and entry.is_dir()):
                    yield name, True
            elif entry.is_dir(follow_symlinks=False):
                if level < depth:
                    folders.append((f"{name}/", level + 1))
            elif entry.is_file(follow_symlinks=False) and _is_json(name):
                yield name, False


def _is_json(name: str) -> bool:
    """Not one of the shadows that macOS puts beside each file."""
    return name.lower().endswith(_SUFFIX) and not PurePosixPath(name).name.startswith("._")


def _stays_inside(member: zipfile.ZipInfo) -> bool:
    """Whether a member is no link, and its name no path out of the folder it is unpacked to."""
    name = member.filename.replace("\\", "/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    is_absolute = name.startswith("/") or _DRIVE.match(name) is not None
    return not (is_link or is_absolute or ".." in PurePosixPath(name).parts)

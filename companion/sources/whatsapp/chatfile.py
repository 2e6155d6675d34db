"""Opens the one text file of an export, plain or inside a zip; extracts nothing to disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from companion.errors import StoreBroken
from companion.sources.whatsapp.titles import find_title
from companion.sources.zip_members import is_zip_head, refuse_danger, translate_zip_errors

_EXPORT_AGAIN = "export the chat from WhatsApp again and give the new file"


@contextmanager
def open_chat(file: Path) -> Iterator[tuple[BinaryIO, tuple[str, ...]]]:
    """The text as a seekable stream, and the file names that may hold the chat's title.

    Raises `StoreBroken` for a zip that is cut off, encrypted, a bomb, or without a chat; also
    while the stream is read.
    """
    with file.open("rb") as stream:
        if not is_zip_head(stream.read(4)):
            yield stream, (file.parent.name if file.stem == "_chat" else file.stem,)
            return
    with translate_zip_errors(file, _EXPORT_AGAIN), zipfile.ZipFile(file) as archive:
        member = find_member(archive)
        if member is None:
            raise StoreBroken(f"{file} is a zip without a WhatsApp chat", next_step=_EXPORT_AGAIN)
        refuse_danger(file, member, _EXPORT_AGAIN)
        with archive.open(member) as opened:
            # The buffer is what makes reading by lines of a bounded length fast.
            stream = io.BufferedReader(cast("io.RawIOBase", opened))
            yield stream, (file.stem, PurePosixPath(member.filename).stem)


def find_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo | None:
    """The chat: `_chat.txt` (iOS), else a text named as Android names it, else the only text.

    Other texts may be documents that were sent in the chat.
    """
    texts = [
        info
        for info in archive.infolist()
        if info.filename.lower().endswith(".txt")
        and not PurePosixPath(info.filename).name.startswith("._")  # macOS puts such beside each
    ]
    texts.sort(key=lambda info: info.filename.count("/"))
    for info in texts:
        if PurePosixPath(info.filename).name == "_chat.txt":
            return info
    for info in texts:
        if find_title([PurePosixPath(info.filename).stem]) is not None:
            return info
    return texts[0] if len(texts) == 1 else None

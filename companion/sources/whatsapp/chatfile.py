"""Opens the one text file of an export, plain or inside a zip; extracts nothing to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from companion.errors import StoreBroken
from companion.sources.whatsapp.titles import find_title

LIMIT_BYTES = 2 << 30
"""A text export of 2 GiB would hold some 40 million messages: no chat has them."""

_CALM_BYTES = 16 << 20
_LIMIT_RATIO = 100
"""Chats shrink to a third or fifth; a member of more than `_CALM_BYTES` that claims a hundredth
is a bomb: one line of it alone could fill the memory."""

ENCRYPTED = 0x1
"""Flag bit of a member (APPNOTE.TXT 4.4.4)."""

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
    with _translate_zip_errors(file), zipfile.ZipFile(file) as archive:
        member = find_member(archive)
        if member is None:
            raise StoreBroken(f"{file} is a zip without a WhatsApp chat", next_step=_EXPORT_AGAIN)
        _refuse_danger(file, member)
        with archive.open(member) as opened:
            yield cast("BinaryIO", opened), (file.stem, PurePosixPath(member.filename).stem)


def is_zip_head(head: bytes) -> bool:
    """Whether a file that begins so is a zip, whole or not."""
    return head.startswith(b"PK\x03\x04")


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


def _refuse_danger(file: Path, member: zipfile.ZipInfo) -> None:
    """What `zipfile` does not: it checks sizes and sums itself, and never reads past a claim."""
    if member.flag_bits & ENCRYPTED:
        raise StoreBroken(
            f"{file} is encrypted", next_step="unpack it with its password and give the text file"
        )
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > LIMIT_BYTES or (member.file_size > _CALM_BYTES and ratio > _LIMIT_RATIO):
        raise StoreBroken(
            f"{file} claims to hold {member.file_size / 2**20:.0f} MiB of text in "
            f"{member.compress_size / 2**20:.1f} MiB, which no chat does",
            next_step=_EXPORT_AGAIN,
        )


@contextmanager
def _translate_zip_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise StoreBroken(f"{file} is cut off or damaged", next_step=_EXPORT_AGAIN) from error
    except NotImplementedError as error:
        raise StoreBroken(
            f"{file} is packed in a way this Python cannot unpack",
            next_step="unpack it and give the text file",
        ) from error

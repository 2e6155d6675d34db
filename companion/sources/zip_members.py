"""What of a zip may be read, and what its damage is called; opens none and extracts nothing."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from companion.errors import StoreBroken

LIMIT_BYTES = 2 << 30
"""A text export of 2 GiB would hold some 40 million messages: no chat has them."""

_CALM_BYTES = 16 << 20
_LIMIT_RATIO = 100
"""Chats shrink to a third, their JSON to a twentieth; a member of more than `_CALM_BYTES` that
claims a hundredth is a bomb: one line of it alone could fill the memory."""

ENCRYPTED = 0x1
"""Flag bit of a member (APPNOTE.TXT 4.4.4)."""

ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError)
"""What `zipfile` raises while it opens or reads an archive that is cut off or damaged."""


def is_zip_head(head: bytes) -> bool:
    """Whether a file that begins so is a zip, whole or not."""
    return head.startswith(b"PK\x03\x04")


def refuse_danger(file: Path, member: zipfile.ZipInfo, export_again: str) -> None:
    """Raises `StoreBroken` for an encrypted member and for a bomb.

    The rest `zipfile` does: it checks sizes and sums itself, and never reads past a claim.
    """
    if member.flag_bits & ENCRYPTED:
        raise StoreBroken(
            f"{file} is encrypted", next_step="unpack it with its password and give what it holds"
        )
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > LIMIT_BYTES or (member.file_size > _CALM_BYTES and ratio > _LIMIT_RATIO):
        raise StoreBroken(
            f"{file} claims to hold {member.file_size / 2**20:.0f} MiB of text in "
            f"{member.compress_size / 2**20:.1f} MiB, which no chat does",
            next_step=export_again,
        )


@contextmanager
def translate_zip_errors(file: Path, export_again: str) -> Iterator[None]:
    """Raises `StoreBroken` for what `zipfile` finds wrong with `file`."""
    try:
        yield
    except ZIP_DAMAGE as error:
        raise StoreBroken(f"{file} is cut off or damaged", next_step=export_again) from error
    except NotImplementedError as error:
        raise StoreBroken(
            f"{file} is packed in a way this Python cannot unpack",
            next_step="unpack it and give what it holds",
        ) from error

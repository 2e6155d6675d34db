"""Tells a WhatsApp export from any other file by its first kilobytes; reads no messages."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from companion.errors import NotAStore
from companion.sources.decoding import HEAD_BYTES, decode_head
from companion.sources.exports import read_head
from companion.sources.links import find_inside
from companion.sources.whatsapp.chatfile import find_member
from companion.sources.whatsapp.headers import Header, match_header
from companion.sources.whatsapp.senders import split_sender
from companion.sources.zip_members import ENCRYPTED, ZIP_DAMAGE, is_zip_head

CHAT_FILE = "_chat.txt"
"""The text of an iOS export, in its zip and in the folder unpacked from that."""

_OWN_MEMBER = re.compile(rb"_chat\.txt|WhatsApp|\d{8}-[A-Z]+-\d{4}-\d\d-\d\d|-\d{8}-WA\d{4}")
_NAME_LENGTH_AT, _NAME_AT = 26, 30
"""In the local header that begins a zip (APPNOTE.TXT 4.3.7)."""


def probe_chat(path: Path) -> bool:
    """As `Source.probe`; yes also for a damaged or encrypted zip whose names are WhatsApp's."""
    try:
        file = find_inside(path, CHAT_FILE)
    except NotAStore:
        return False
    head = read_head(file)
    return _probe_zip(file, head) if is_zip_head(head) else _probe_lines(decode_head(head))


def _probe_lines(lines: list[str]) -> bool:
    written = [line for line in lines if line.strip()]
    if not written or match_header(written[0]) is None:
        return False
    headers = [header for line in written if (header := match_header(line)) is not None]
    if all(_is_signal(header) for header in headers):
        return False
    return any(
        split_sender(header.rest) is not None or "whatsapp" in header.rest.casefold()
        for header in headers
    )


def _is_signal(header: Header) -> bool:
    """`[2020-01-17, 21:49]`: the text form of signal-export; WhatsApp writes seconds there."""
    shape = header.shape
    return shape.frame == "[" and shape.separator == "-" and not shape.has_seconds


def _probe_zip(file: Path, head: bytes) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            member = find_member(archive)
            if member is None:
                return False
            if member.flag_bits & ENCRYPTED:
                return _OWN_MEMBER.search(member.filename.encode()) is not None
            with archive.open(member) as stream:
                return _probe_lines(decode_head(stream.read(HEAD_BYTES)))
    except (*ZIP_DAMAGE, NotImplementedError, OSError):
        length = int.from_bytes(head[_NAME_LENGTH_AT : _NAME_LENGTH_AT + 2], "little")
        return _OWN_MEMBER.search(head[_NAME_AT : _NAME_AT + length]) is not None

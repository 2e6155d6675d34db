"""Extracts the text from `attributedBody` blobs; styles, mentions and ranges are left alone.

An `NSAttributedString` archived as a typedstream begins with its text: the first `+`-typed
value is the string's UTF-8, after a length of one, two or four bytes (formats.md 1.1).
"""

from __future__ import annotations

_STRING_MARK = b"\x84\x01+"
"""New type encoding, one character long, `+`: a string of bytes follows."""

_LONG = {0x81: 2, 0x82: 4}
"""Bytes of the little-endian length that follows the tag; a smaller tag is the length."""


def extract_text(blob: bytes) -> str | None:
    """The string inside; None for a blob that is cut short or holds none.

    Slots are kept: U+FFFC stands for an attachment, U+FFFD for an app's balloon.
    """
    _, mark, rest = blob.partition(_STRING_MARK)
    if not mark or not rest:
        return None
    size, start = rest[0], 1
    if width := _LONG.get(size):
        size, start = int.from_bytes(rest[1 : 1 + width], "little"), 1 + width
    elif size >= 0x80:
        return None
    raw = rest[start : start + size]
    if len(raw) < size or len(rest) < start:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None

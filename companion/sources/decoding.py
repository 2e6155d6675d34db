r"""Turns the bytes of a text export into numbered lines; knows no messenger's grammar.

Exports are UTF-8 (with or without BOM), UTF-16 with BOM, or cp949 (old Korean Windows).
Lines end at \n alone, after CRLF and CR: `str.splitlines` would also cut at U+2028, U+0085,
\x0b and \x0c, which occur inside messages (formats.md, general rule 5).
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import AnyStr, BinaryIO, Literal, NamedTuple

from companion.sources.interface import Skipped

Encoding = Literal["utf-8", "utf-16", "cp949"]

HEAD_BYTES = 64 * 1024
"""How much of a file a probe looks at."""

LINE_BYTES = 1 << 20
"""A longer line is no message: the longest that a messenger sends has 65,536 characters."""

_BLOCK_BYTES = 1 << 16
"""Decoded at once where nothing is wrong with it, which is much quicker than line by line."""

_EVIDENCE_LINES = 1000
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """One line of an export."""

    number: int
    """1-based, counted at \\n; the parts of a line cut at a lone CR share one."""

    text: str
    """Without its line break; never holds \\n, \\r or NUL."""


def decode_lines(stream: BinaryIO) -> Iterator[Line | Skipped]:
    """Every line of a seekable stream, read from its beginning, in memory of one line.

    Bytes that the encoding does not know become U+FFFD and NUL bytes are left out; a
    `Skipped` with the line's number comes before such a line. A line of NUL bytes alone
    (the torn end of a copy) is left out whole, and so is one of more than `LINE_BYTES`.
    """
    encoding = detect_encoding(stream)
    stream.seek(0)
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)
    if encoding == "utf-16":
        yield from _clean_lines(enumerate(_split_utf16(stream), start=1), encoding)
        return
    start = 1
    for block in _read_blocks(stream):
        lines = _decode_whole(block, encoding)
        if lines is not None:
            yield from map(Line, count(start), lines)
        else:
            yield from _clean_lines(enumerate(_decode_each(block, encoding), start), encoding)
        start += block.count(b"\n") + (not block.endswith(b"\n"))


def decode_head(raw: bytes) -> list[str]:
    """The whole lines among the first bytes of a file, for a probe.

    The last line is left out when `raw` was cut at `HEAD_BYTES`, unless it is the only one.
    [] for what is empty or not text (NUL bytes).
    """
    lines = [line for line in decode_lines(io.BytesIO(raw)) if isinstance(line, Line)]
    if b"\0" in raw and not raw.startswith(_UTF16_BOMS):
        return []
    if len(raw) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()
    return [line.text for line in lines]


def clean_text(text: str) -> str:
    r"""Text of JSON as a database takes it: no halves of surrogate pairs, no NUL, \n alone."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def detect_encoding(stream: BinaryIO) -> Encoding:
    """The encoding of a seekable stream; leaves its position anywhere.

    By BOM, else by vote of the first lines that are not plain ASCII: damage to a few lines
    of a UTF-8 file must not turn the rest into cp949, nor may one lucky line save cp949.
    """
    stream.seek(0)
    start = stream.read(len(codecs.BOM_UTF8))
    if start.startswith(_UTF16_BOMS):
        return "utf-16"
    if start == codecs.BOM_UTF8:
        return "utf-8"
    stream.seek(0)
    utf8 = korean = 0
    for raw in _cut_lines(stream.readline, b"\n"):
        if raw is None or raw.isascii():
            continue
        if _is_valid(raw, "utf-8"):
            utf8 += 1
        elif _is_valid(raw, "cp949"):
            korean += 1
        if utf8 + korean >= _EVIDENCE_LINES:
            break
    return "cp949" if korean > utf8 else "utf-8"


def _read_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, many at a time; of a line of more than `LINE_BYTES` the end may be missing."""
    while block := stream.read(_BLOCK_BYTES):
        rest = b"" if block.endswith(b"\n") else stream.readline(LINE_BYTES)
        yield block + rest
        while len(rest) == LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES)


def _decode_whole(block: bytes, encoding: Encoding) -> list[str] | None:
    """The lines of a block; None where any of them needs a closer look."""
    if len(block) >= LINE_BYTES:
        return None
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError:
        return None
    text = text.replace("\r\n", "\n")
    return None if "\r" in text or "\0" in text else text.removesuffix("\n").split("\n")


def _clean_lines(
    lines: Iterable[tuple[int, tuple[str | None, bool]]], encoding: Encoding
) -> Iterator[Line | Skipped]:
    """What `decode_lines` gives for numbered lines as `_decode_each` has them."""
    for number, (text, is_whole) in lines:
        if text is None:
            yield Skipped(f"longer than {LINE_BYTES >> 20} MiB, left out", number)
            continue
        if not is_whole:
            yield Skipped(f"bytes that are not {encoding}, shown as U+FFFD", number)
        kept = text.rstrip("\r")
        if "\r" not in kept and "\0" not in kept:
            yield Line(number, kept)
            continue
        kept = text.replace("\0", "").rstrip("\r")
        if "\0" in text:
            yield Skipped("NUL bytes, left out", number)
            if not kept:
                continue
        for part in kept.split("\r"):
            yield Line(number, part)


def _decode_each(block: bytes, encoding: Encoding) -> Iterator[tuple[str | None, bool]]:
    """(Text without its line feed, whether every byte of it could be decoded) for each line.

    None for a line of more than `LINE_BYTES`.
    """
    for raw in _cut_lines(io.BytesIO(block).readline, b"\n"):
        if raw is None:
            yield None, True
            continue
        line = raw.removesuffix(b"\n")
        try:
            yield line.decode(encoding), True
        except UnicodeDecodeError:
            yield line.decode(encoding, "replace"), False


def _split_utf16(stream: BinaryIO) -> Iterator[tuple[str | None, bool]]:
    """As `_decode_each`; a U+FFFD of the writer's own counts as damage, which is harmless."""
    text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="\n")
    try:
        for line in _cut_lines(text.readline, "\n"):
            yield line and line.removesuffix("\n"), line is None or "\ufffd" not in line
    finally:
        text.detach()  # the stream is the caller's to close


def _cut_lines(read_line: Callable[[int], AnyStr], feed: AnyStr) -> Iterator[AnyStr | None]:
    """Every line with its line feed; None for a longer one than is held in memory."""
    while line := read_line(LINE_BYTES):
        if len(line) < LINE_BYTES or line.endswith(feed):
            yield line
            continue
        while line and not line.endswith(feed):
            line = read_line(LINE_BYTES)
        yield None


def _is_valid(raw: bytes, encoding: Encoding) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

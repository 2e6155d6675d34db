r"""Makes Telegram Desktop's JSON valid while it is read; knows nothing of its content.

It writes control characters as `\xNN`, which JSON does not know (export_output_json.cpp,
SerializeString): one in a message of years ago makes every JSON reader refuse the file.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

import ijson

_BACKSLASH_X = re.compile(rb"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_RAW_CONTROL = re.compile(b"[" + re.escape(_CONTROLS) + b"]")
_ESCAPE_BEGUN = re.compile(rb"(?:x[0-9A-Fa-f]?)?")

PENDING_BYTES = 16 << 20
"""A longer message is none, and no list of contacts above the messages is as long."""

_BLOCK_BYTES = 64 * 1024


class SanitizedStream:
    """The bytes of a JSON file with every escape that is not JSON rewritten.

    Bytes that are not UTF-8 become U+FFFD; a BOM is left out.
    """

    pending_bytes = 0
    """How many were read since somebody set it to 0, when a message began."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._held = b""

    def read(self, size: int = _BLOCK_BYTES) -> bytes:
        """Some of the next bytes, not always `size` of them; b"" at the end alone.

        Raises `ijson.JSONError` where `pending_bytes` is beyond `PENDING_BYTES`.
        """
        if size == 0:  # ijson asks so what kind of stream this is
            return b""
        while True:
            raw = self._stream.read(size)
            self.pending_bytes += len(raw)
            if self.pending_bytes > PENDING_BYTES:
                raise ijson.JSONError("no message begins for too long")
            block = self._held + self._decoder.decode(raw, final=not raw).encode()
            cut = _find_open_end(block) if raw else len(block)
            block, self._held = block[:cut], block[cut:]
            if block or not raw:
                return _sanitize(block)


def _find_open_end(block: bytes) -> int:
    """Where a block ends before what may be the beginning of an escape.

    That is the whole run of backslashes: their number tells an escape from an escaped backslash.
    """
    for taken in range(3):
        run, begun = block[: len(block) - taken], block[len(block) - taken :]
        if run.endswith(b"\\") and _ESCAPE_BEGUN.fullmatch(begun):
            return len(run.rstrip(b"\\"))
    return len(block)


def _sanitize(block: bytes) -> bytes:
    if b"\\x" in block:
        block = _BACKSLASH_X.sub(rb"\1\\u00\2", block)
    if block.translate(None, _CONTROLS) == block:  # much faster than a search that finds nothing
        return block
    return _RAW_CONTROL.sub(lambda match: b"\\u%04x" % match[0][0], block)

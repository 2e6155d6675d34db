"""JSON documents on a pipe, each after its length; it knows nothing of what they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import IO, Any

_LENGTH_BYTES = 4
_LIMIT_BYTES = 1 << 28
"""Longer frames are taken for a broken pipe: the longest chat is a hundredth of it."""


class BadFrame(Exception):
    """What came is no frame: the other end is no longer to be trusted."""


def write_frame(stream: IO[bytes], document: Mapping[str, object]) -> None:
    """Write one document and flush it; raises OSError when the other end is gone."""
    # ASCII: a lone surrogate, which some exports hold, has no UTF-8.
    data = json.dumps(document).encode("ascii")
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    stream.flush()


def read_frame(read: Callable[[int], bytes]) -> dict[str, Any] | None:
    """The next document; None when the other end closed the pipe, in the middle of one too.

    `read` gives at least one and at most so many bytes, b"" at the end. Raises `BadFrame`.
    """
    head = _read_exactly(read, _LENGTH_BYTES)
    if head is None:
        return None
    size = int.from_bytes(head, "big")
    if size > _LIMIT_BYTES:
        raise BadFrame
    data = _read_exactly(read, size)
    if data is None:
        return None
    try:
        document = json.loads(data)
    except ValueError:
        raise BadFrame from None
    if not isinstance(document, dict):
        raise BadFrame
    return document


def _read_exactly(read: Callable[[int], bytes], size: int) -> bytes | None:
    parts = []
    while size:
        part = read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

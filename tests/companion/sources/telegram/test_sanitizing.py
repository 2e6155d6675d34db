r"""Telegram's `\xNN` becomes JSON wherever it stands in the stream."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.telegram.sanitizing import SanitizedStream


def sanitize(raw: bytes, size: int = 65536) -> bytes:
    stream = SanitizedStream(io.BytesIO(raw))
    return b"".join(iter(lambda: stream.read(size), b""))


@pytest.mark.parametrize(
    ("raw", "sane"),
    [
        (rb'{"a": "x"}', rb'{"a": "x"}'),
        (rb'"\x0B"', rb'"\u000B"'),
        (rb'"\x0B\x1F"', rb'"\u000B\u001F"'),
        (rb'"\\x0B"', rb'"\\x0B"'),
        (rb'"\\\x0B"', rb'"\\\u000B"'),
        (rb'"\\\\x0B"', rb'"\\\\x0B"'),
        (rb'"\n\t\u2028"', rb'"\n\t\u2028"'),
        (b'"\x01 raw"', rb'"\u0001 raw"'),
        (b'{\r\n\t"a": 1}', b'{\r\n\t"a": 1}'),
        (b'\xef\xbb\xbf"bom"', b'"bom"'),
        (b'"\xff"', '"\ufffd"'.encode()),
        (b'"\xe2\x98', '"\ufffd'.encode()),
        (b'"ends in a run\\\\', b'"ends in a run\\\\'),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 65536])
def test_escapes_are_rewritten_at_every_block_boundary(raw: bytes, sane: bytes, size: int) -> None:
    assert sanitize(raw, size) == sane


def test_asking_for_nothing_takes_nothing() -> None:
    stream = SanitizedStream(io.BytesIO(b'"a"'))
    assert stream.read(0) == b""
    assert stream.read() == b'"a"'


def write_as_telegram(text: str) -> bytes:
    """The writer's own rules (export_output_json.cpp, SerializeString)."""
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    escaped = (known.get(c, f"\\x{ord(c):02X}" if ord(c) < 32 else c) for c in text)
    return f'"{"".join(escaped)}"'.encode()


@given(
    text=st.text(
        st.sampled_from('x0Bn\\"\n\x0b\x1f☃😀') | st.characters(blacklist_categories=["Cs"])
    ),
    size=st.integers(1, 9),
)
def test_whatever_telegram_writes_is_read_back(text: str, size: int) -> None:
    assert json.loads(sanitize(write_as_telegram(text), size)) == text

"""The text of an `attributedBody` is found whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.imessage.typedstream import extract_text

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x08NSString\x01\x94\x84\x01+"


@given(st.text(min_size=0, max_size=400))
def test_every_text_comes_back_as_it_went_in(text: str) -> None:
    raw = text.encode()
    size = bytes([len(raw)]) if len(raw) < 0x80 else b"\x81" + len(raw).to_bytes(2, "little")
    assert extract_text(HEADER + size + raw + b"\x86\x84\x02iI\x01\x05") == text


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x10000, 70_000])
def test_all_three_widths_of_a_length_are_read(size: int, archive: Callable[[str], bytes]) -> None:
    assert extract_text(archive("ㅋ" * (size // 3) + "a" * (size % 3))) is not None
    assert len(extract_text(archive("a" * size)) or "") == size


@given(st.data())
def test_a_blob_cut_inside_its_text_gives_none(data: st.DataObject) -> None:
    raw = data.draw(st.text(min_size=1, max_size=300)).encode()
    whole = HEADER + b"\x81" + len(raw).to_bytes(2, "little") + raw
    end = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    assert extract_text(whole[:end]) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(blob: bytes) -> None:
    extract_text(blob)
    extract_text(HEADER + blob)


def test_bytes_that_are_not_utf_8_give_none() -> None:
    assert extract_text(HEADER + b"\x02\xff\xfe") is None


def test_the_slots_of_attachments_and_apps_are_kept(archive: Callable[[str], bytes]) -> None:
    assert extract_text(archive("\ufffchere\ufffd")) == "\ufffchere\ufffd"

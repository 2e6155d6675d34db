"""Bytes of an export become lines: encodings, line breaks, damage."""

from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.decoding import (
    HEAD_BYTES,
    Line,
    decode_head,
    decode_lines,
    detect_encoding,
)
from companion.sources.interface import Skipped

KOREAN = "첫째 줄 한글\n둘째 줄 뷁\nplain\n"


def decode(raw: bytes) -> list[Line | Skipped]:
    return list(decode_lines(io.BytesIO(raw)))


def texts(raw: bytes) -> list[str]:
    return [line.text for line in decode(raw) if isinstance(line, Line)]


@pytest.mark.parametrize(
    "raw",
    [
        KOREAN.encode(),
        codecs.BOM_UTF8 + KOREAN.encode(),
        KOREAN.encode("utf-16"),
        codecs.BOM_UTF16_LE + KOREAN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + KOREAN.encode("utf-16-be"),
        KOREAN.encode("cp949"),
        KOREAN.replace("\n", "\r\n").encode(),
        KOREAN.replace("\n", "\r\n").encode("utf-16"),
        KOREAN.replace("\n", "\r\n").encode("cp949"),
    ],
    ids=["utf8", "bom", "utf16", "utf16le", "utf16be", "cp949", "crlf", "utf16-crlf", "cp949-crlf"],
)
def test_every_encoding_gives_the_same_lines(raw: bytes) -> None:
    assert decode(raw) == [
        Line(1, "첫째 줄 한글"),
        Line(2, "둘째 줄 뷁"),
        Line(3, "plain"),
    ]


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\ufeff"])
def test_only_line_feeds_and_carriage_returns_end_lines(odd: str) -> None:
    assert texts(f"한{odd}글\nb".encode()) == [f"한{odd}글", "b"]


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"a\r\nb\nc", ["a", "b", "c"]),
        (b"a\r\r\nb", ["a", "b"]),
        (b"a\rb\n", ["a", "b"]),
        (b"a\n\n\nb\n", ["a", "", "", "b"]),
        (b"", []),
        (b"\n", [""]),
    ],
)
def test_mixed_line_breaks(raw: bytes, lines: list[str]) -> None:
    assert texts(raw) == lines


def test_undecodable_bytes_are_told_and_the_rest_is_read() -> None:
    assert decode("하나\n".encode() + b"\xff\xfe!\n" + "셋\n".encode()) == [
        Line(1, "하나"),
        Skipped("bytes that are not utf-8, shown as U+FFFD", 2),
        Line(2, "\ufffd\ufffd!"),
        Line(3, "셋"),
    ]


def test_half_a_utf16_character_at_the_end_is_told() -> None:
    changes = decode("가\n나".encode("utf-16") + b"\x00")
    assert changes[0] == Line(1, "가")
    assert isinstance(changes[1], Skipped)
    assert changes[2] == Line(2, "나\ufffd")


def test_nul_bytes_are_left_out_and_told() -> None:
    assert decode(b"a\0b\n" + b"\0" * 4096) == [
        Skipped("NUL bytes, left out", 1),
        Line(1, "ab"),
        Skipped("NUL bytes, left out", 2),
    ]


def test_a_few_damaged_lines_do_not_turn_utf8_into_cp949() -> None:
    raw = "가나다\n".encode() * 3 + "가나다\n".encode("cp949")
    assert detect_encoding(io.BytesIO(raw)) == "utf-8"


def test_one_lucky_line_does_not_turn_cp949_into_utf8() -> None:
    raw = b"\xc2\xa1\n" + "가나다\n".encode("cp949") * 3
    assert detect_encoding(io.BytesIO(raw)) == "cp949"


def test_plain_ascii_above_korean_text_does_not_hide_its_encoding() -> None:
    assert texts(b"ascii\n" * 5000 + "한글\n".encode("cp949"))[-1] == "한글"


def test_decoding_can_begin_anywhere_in_the_stream() -> None:
    stream = io.BytesIO(b"a\nb\n")
    stream.read()
    assert list(decode_lines(stream)) == [Line(1, "a"), Line(2, "b")]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))))
def test_lines_come_back_as_they_were_written(lines: list[str]) -> None:
    raw = codecs.BOM_UTF8 + "".join(f"{line}\n" for line in lines).encode()
    assert decode(raw) == [Line(number, line) for number, line in enumerate(lines, start=1)]


def test_a_head_leaves_out_the_line_that_was_cut() -> None:
    assert decode_head(b"whole\n" + b"x" * HEAD_BYTES) == ["whole"]
    assert decode_head(b"whole\nlast") == ["whole", "last"]


@pytest.mark.parametrize("raw", [b"", b"SQLite format 3\0", b"PK\x03\x04\0\0", bytes(100)])
def test_a_head_of_what_is_not_text_has_no_lines(raw: bytes) -> None:
    assert decode_head(raw) == []


def test_a_head_of_utf16_is_text() -> None:
    assert decode_head("가\nb\n".encode("utf-16")) == ["가", "b"]

"""What goes through the pipe comes out as it went in."""

from __future__ import annotations

import io
import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.authoring.encoding import decode_chat, decode_summary, encode_chat, encode_summary
from companion.authoring.frames import BadFrame, read_frame, write_frame
from inference.interface import Chat, ChatMessage, Highlight, Sentence, Summary, ToDo

# Lone surrogates, too: some exports hold them.
TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
IDS = st.lists(st.integers(), max_size=3).map(tuple)
WORDS = st.lists(TEXT, max_size=3).map(tuple)

CHATS = st.builds(
    Chat,
    title=TEXT,
    me=TEXT,
    messages=st.lists(
        st.builds(
            ChatMessage,
            id=st.integers(),
            sender=TEXT,
            text=TEXT,
            sent_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        ),
        max_size=4,
    ).map(tuple),
)
SUMMARIES = st.builds(
    Summary,
    highlights=st.lists(st.builds(Highlight, reasons=WORDS, text=TEXT), max_size=2).map(tuple),
    sentences=st.lists(st.builds(Sentence, text=TEXT, evidence=IDS), max_size=2).map(tuple),
    todos=st.lists(st.builds(ToDo, evidence=IDS), max_size=2).map(tuple),
    flags=WORDS,
    options=st.dictionaries(TEXT, st.integers() | TEXT, max_size=3),
    elapsed_s=st.floats(0, 1e6),
)


def send(document: dict[str, object]) -> dict[str, object]:
    pipe = io.BytesIO()
    write_frame(pipe, document)
    pipe.seek(0)
    received = read_frame(pipe.read)
    assert received is not None
    assert read_frame(pipe.read) is None
    return received


@given(CHATS)
def test_a_chat(chat: Chat) -> None:
    assert decode_chat(send(encode_chat(chat))) == chat


@given(SUMMARIES)
def test_a_summary(summary: Summary) -> None:
    assert decode_summary(send(encode_summary(summary))) == summary


def test_a_pipe_that_gives_a_byte_at_a_time_is_read_to_the_end() -> None:
    pipe = io.BytesIO()
    write_frame(pipe, {"text": "안녕"})
    pipe.seek(0)
    assert read_frame(lambda _: pipe.read(1)) == {"text": "안녕"}


@pytest.mark.parametrize("cut", [1, 3, 4, 10])
def test_a_frame_that_is_cut_short_is_the_end(cut: int) -> None:
    pipe = io.BytesIO()
    write_frame(pipe, {"text": "hello"})
    assert read_frame(io.BytesIO(pipe.getvalue()[:cut]).read) is None


@pytest.mark.parametrize("data", [b"no", b"[1]", json.dumps("text").encode()])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    framed = len(data).to_bytes(4, "big") + data
    with pytest.raises(BadFrame):
        read_frame(io.BytesIO(framed).read)


def test_a_length_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadFrame):
        read_frame(io.BytesIO(b"\xff" * 8).read)

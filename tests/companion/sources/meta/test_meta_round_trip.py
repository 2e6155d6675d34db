"""What is written as Meta writes it is read back equal, and damage invents no message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from companion.errors import SourceError
from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.meta import FacebookSource

Row = tuple[int, str, str]
"""Milliseconds, sender, text."""

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
names = st.text(CHARACTERS, min_size=1, max_size=8)
texts = st.text(CHARACTERS, min_size=1, max_size=30)
stamps = st.integers(min_value=0, max_value=3) | st.integers(-(10**12), 2 * 10**12)
rows = st.lists(st.tuples(stamps, names, texts), max_size=8).map(
    lambda drawn: sorted(drawn, key=lambda row: row[0])
)
in_one_folder = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def spoil(text: str) -> str:
    return text.encode().decode("latin-1")


def write_usual(thread: list[Row], sizes: list[int]) -> list[bytes]:
    """The files of a thread, the newest first: of so many messages each, the last of the rest."""
    newest_first = [
        {"sender_name": spoil(sender), "timestamp_ms": stamp_ms, "content": spoil(text)}
        for stamp_ms, sender, text in reversed(thread)
    ]
    around: dict[str, Any] = {"participants": [{"name": "Ann"}], "title": spoil("Bén")}
    files = []
    for size in [*sizes, len(thread)]:
        part, newest_first = newest_first[:size], newest_first[size:]
        file = {**around, "messages": part, "thread_path": "inbox/ben_1"}
        files.append(json.dumps(file, indent=1).encode())
    return files


def write_encrypted(thread: list[Row]) -> bytes:
    messages = [
        {"senderName": sender, "text": text, "timestamp": stamp_ms, "type": "text", "media": []}
        for stamp_ms, sender, text in thread
    ]
    file = {"participants": ["Ann"], "threadName": "Bén_7", "messages": messages}
    return json.dumps(file, ensure_ascii=False).encode()


def read(path: Path, settings: SourceSettings) -> list[MessageFound]:
    changes = FacebookSource(path, settings).read()
    found = [change for change in changes if isinstance(change, MessageFound)]
    return sorted(found, key=lambda message: (message.sent_at, message.position))


def list_rows(messages: list[MessageFound]) -> list[Row]:
    return [(round(m.sent_at.timestamp() * 1000), m.sender, m.text) for m in messages]


@in_one_folder
@given(thread=rows, sizes=st.lists(st.integers(0, 3), max_size=2))
def test_a_download_comes_back(
    tmp_path: Path, settings: SourceSettings, thread: list[Row], sizes: list[int]
) -> None:
    for file in tmp_path.iterdir():
        file.unlink()
    for number, raw in enumerate(write_usual(thread, sizes), start=1):
        (tmp_path / f"message_{number}.json").write_bytes(raw)
    messages = read(tmp_path, settings)
    assert list_rows(messages) == thread
    assert len({message.id for message in messages}) == len(thread)


@in_one_folder
@given(thread=rows, is_oldest_first=st.booleans())
def test_an_encrypted_chat_comes_back(
    tmp_path: Path, settings: SourceSettings, thread: list[Row], is_oldest_first: bool
) -> None:
    stamps_ms = {row[0] for row in thread}
    is_ordered = is_oldest_first and len(stamps_ms) > 1
    path = tmp_path / "Ben_7.json"
    path.write_bytes(write_encrypted(thread if is_ordered else thread[::-1]))
    assert list_rows(read(path, settings)) == thread


SAMPLE = write_usual([(n, f"Ann{n % 2}", "안녕 hello") for n in range(6)], [])[0]


@hypothesis_settings(in_one_folder, max_examples=150)
@given(at=st.integers(0, len(SAMPLE) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_damage_invents_no_message_and_raises_nothing_unexpected(
    tmp_path: Path, settings: SourceSettings, at: int, byte: int, cut: bool
) -> None:
    path = tmp_path / "message_1.json"
    path.write_bytes(SAMPLE)
    whole = {message.id for message in read(path, settings)}
    path.write_bytes(SAMPLE[:at] + bytes([byte]) + (b"" if cut else SAMPLE[at + 1 :]))
    FacebookSource.probe(path)
    try:
        found = {message.id for message in read(path, settings)}
    except SourceError:
        return
    assert len(found) <= len(whole)
    assert len(found - whole) <= 1  # the one whose time or sender was hit


@pytest.mark.parametrize("size", [0, 1, 10, 100])
def test_a_beginning_alone_is_never_a_traceback(
    tmp_path: Path, settings: SourceSettings, size: int
) -> None:
    path = tmp_path / "message_1.json"
    path.write_bytes(SAMPLE[:size])
    with pytest.raises(SourceError):
        read(path, settings)

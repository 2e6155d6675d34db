"""The search index follows what was stored: to the end, or as far as it is let."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion import indexing
from companion.indexing import index_messages
from storage.archive import Archive
from storage.entries import NewConversation, NewMessage, NewSource

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """Ten messages, none of them indexed, and steps of four."""
    monkeypatch.setattr(indexing, "_STEP_MESSAGES", 4)
    with Archive.open(tmp_path / "archive.db") as archive:
        row = archive.add_source(NewSource("kakaotalk", "KakaoTalk", "/export", "mark"), at=AT)
        messages = [NewMessage("room", str(n), "Mina", False, AT, "hello") for n in range(10)]
        archive.save_batch(row.id, [NewConversation("room", "Room", "group")], messages)
        yield archive


def test_all_is_indexed_and_what_is_left_is_told_after_each_step(archive: Archive) -> None:
    told: list[int] = []
    index_messages(archive, on_step=told.append)
    assert told == [6, 2]
    assert archive.index_messages(1) == 0


def test_a_stop_leaves_the_rest_to_the_next_call(archive: Archive) -> None:
    told: list[int] = []
    index_messages(archive, on_step=told.append, should_stop=lambda: bool(told))
    assert told == [6]
    index_messages(archive, on_step=told.append)
    assert told == [6, 2]

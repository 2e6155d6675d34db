"""The registry of stores."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewSource
from storage.errors import RecordMissing
from storage.records import UnreadPolicy

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf


def test_a_store_added_again_is_the_same_one_brought_up_to_date(shelf: Shelf) -> None:
    since = UnreadPolicy("since", datetime(2026, 11, 1, tzinfo=UTC))
    before = shelf.reader.get_source(shelf.source_id)
    shelf.tell(shelf.make_message(1), finish=True)
    after = shelf.archive.add_source(
        NewSource(
            before.kind, "Kakao", before.path, "mark", me=("나",), zone="Asia/Seoul", policy=since
        )
    )
    assert (after.id, after.added_at, after.cursor) == (before.id, before.added_at, "cursor")
    assert (after.label, after.me, after.zone, after.policy) == (
        "Kakao",
        ("나",),
        "Asia/Seoul",
        since,
    )
    assert shelf.reader.sources() == [after]


def test_stores_of_two_kinds_at_one_path_are_two(shelf: Shelf) -> None:
    path = shelf.reader.get_source(shelf.source_id).path
    other = shelf.archive.add_source(NewSource("whatsapp", "WhatsApp", path, "mark"))
    assert [row.id for row in shelf.reader.sources()] == [shelf.source_id, other.id]


def test_messages_of_a_removed_store_stay_and_it_can_come_back(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1), shelf.make_message(2, is_me=True), finish=True)
    shelf.archive.remove_source(shelf.source_id)
    assert shelf.reader.sources() == []
    assert [row.source_label for row in shelf.reader.conversations()] == ["KakaoTalk"]
    shelf.register()
    counts = shelf.tell(shelf.make_message(1), shelf.make_message(3), finish=True)
    assert (counts.added, shelf.unread()) == (1, ["3"])
    with pytest.raises(RecordMissing):
        shelf.archive.remove_source(99)


def test_a_failed_sync_keeps_the_cursor_and_a_good_one_clears_the_error(shelf: Shelf) -> None:
    shelf.archive.finish_sync(shelf.source_id, "first", shelf.at(1), 3)
    shelf.archive.fail_sync(shelf.source_id, "store is locked", shelf.at(2))
    failed = shelf.reader.get_source(shelf.source_id)
    assert (failed.cursor, failed.synced_at, failed.warnings) == ("first", shelf.at(1), 3)
    assert (failed.error, failed.failed_at) == ("store is locked", shelf.at(2))
    shelf.archive.fail_sync(shelf.source_id, "store is locked", shelf.at(2))
    assert [failed.failures, shelf.reader.get_source(shelf.source_id).failures] == [1, 2]
    shelf.archive.finish_sync(shelf.source_id, "second", shelf.at(3), 0)
    good = shelf.reader.get_source(shelf.source_id)
    assert (good.cursor, good.synced_at, good.warnings) == ("second", shelf.at(3), 0)
    assert (good.error, good.failed_at, good.failures) == (None, None, 0)


def test_the_owner_has_the_names_of_every_source_of_a_conversation(shelf: Shelf) -> None:
    shelf.register(me=("나", "민수"))
    shelf.tell(shelf.make_message(1))
    shelf.register(path="/stores/two.txt", me=("Minsu", "나"))
    shelf.tell(shelf.make_message(1))
    assert shelf.reader.owner_names(1) == ("나", "민수", "Minsu")
    assert shelf.reader.owner_names(2) == ()


def test_a_date_without_the_word_since_is_refused(shelf: Shelf) -> None:
    wrong = NewSource("kakaotalk", "KakaoTalk", "/x", "mark", policy=UnreadPolicy("since"))
    with pytest.raises(sqlite3.IntegrityError):
        shelf.archive.add_source(wrong)

"""What a batch does to the archive, and what it leaves alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.entries import NewConversation, NewMessage, RemovedMessage
from storage.errors import RecordMissing
from storage.records import IngestCounts, MessageKind

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

NOTHING = IngestCounts()


def count_writes(shelf: Shelf) -> int:
    """Rows written by the archive's connection so far, those of the index included."""
    return shelf.archive._database.conn.total_changes


def test_what_was_told_is_what_is_read(shelf: Shelf) -> None:
    sent_at = datetime(2026, 11, 20, 18, 1, 2, 123457, tzinfo=timezone(timedelta(hours=9)))
    shelf.tell(
        shelf.make_message(
            1, "보고서 보냈어요\n확인요", edited=True, is_approximate=True, sent_at=sent_at
        )
    )
    row = shelf.message("1")
    assert (row.sender, row.text, row.kind) == ("Mina", "보고서 보냈어요\n확인요", "text")
    assert (row.is_me, row.edited, row.is_approximate) == (False, True, True)
    assert row.sent_at == sent_at
    assert row.sent_at.tzinfo is UTC


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    text=st.text(),
    sender=st.text(),
    sent_at=st.datetimes(timezones=st.just(UTC)),
    kind=st.sampled_from(["text", "media", "system", "deleted"]),
)
def test_any_text_and_time_survives_the_round_trip(
    shelf: Shelf, text: str, sender: str, sent_at: datetime, kind: MessageKind
) -> None:
    shelf.tell(shelf.make_message(0, text, sender=sender, sent_at=sent_at, kind=kind))
    row = shelf.message("0")
    assert (row.text, row.sender, row.sent_at, row.kind) == (text, sender, sent_at, kind)


def test_half_a_surrogate_pair_does_not_stop_the_rest_of_a_batch(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1, "cut \ud83d here"), shelf.make_message(2, "whole 😀"))
    assert shelf.message("1").text == "cut \ufffd here"
    assert shelf.message("2").text == "whole 😀"


def test_a_re_import_adds_and_writes_nothing(shelf: Shelf) -> None:
    messages = [shelf.make_message(n, f"text {n}", is_me=n % 3 == 0) for n in range(20)]
    shelf.tell(*messages, finish=True)
    before = count_writes(shelf)
    assert shelf.tell(*messages) == NOTHING
    assert count_writes(shelf) == before


def test_a_grown_export_adds_only_its_tail_in_order(shelf: Shelf) -> None:
    old = [shelf.make_message(n) for n in range(5)]
    shelf.tell(*old, finish=True)
    tail = [shelf.make_message(n) for n in (5, 6)]
    assert shelf.tell(*old, *tail) == IngestCounts(added=2)
    assert [row.uid for row in shelf.reader.messages(1)] == [str(n) for n in range(7)]


def test_the_same_text_sent_twice_in_a_minute_stays_twice(shelf: Shelf) -> None:
    twice = [shelf.make_message(1, "ㅋㅋ", uid=f"m-{n}", position=n) for n in range(2)]
    assert shelf.tell(*twice) == IngestCounts(added=2)
    assert [row.text for row in shelf.reader.messages(1)] == ["ㅋㅋ", "ㅋㅋ"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "other"},
        {"sender": "Jun"},
        {"kind": "deleted", "text": ""},
        {"position": 3},
        {"edited": True},
        {"is_read": False},
        {"sent_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_message_told_otherwise_is_changed_and_not_added(
    shelf: Shelf, change: dict[str, object]
) -> None:
    told = shelf.make_message(1, is_read=True)
    shelf.tell(told)
    before = shelf.message("1")
    assert shelf.tell(told._replace(**change)) == IngestCounts(changed=1)  # type: ignore[arg-type]
    assert shelf.message("1").id == before.id
    assert shelf.tell(told._replace(**change)) == NOTHING  # type: ignore[arg-type]


def test_read_state_of_the_owners_own_message_means_nothing(shelf: Shelf) -> None:
    told = shelf.make_message(1, is_me=True, is_read=False)
    shelf.tell(told)
    assert shelf.tell(told._replace(is_read=True)) == NOTHING


def test_of_a_message_told_twice_in_a_batch_the_last_one_counts(shelf: Shelf) -> None:
    told = shelf.make_message(1, "draft")
    assert shelf.tell(told, told._replace(text="final")) == IngestCounts(added=1)
    assert shelf.message("1").text == "final"
    assert [hit.text for hit in shelf.reader.search("final")] == ["final"]
    assert shelf.reader.search("draft") == []


def test_a_removed_message_is_gone_and_its_id_is_not_used_again(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1), shelf.make_message(2))
    last = shelf.message("2").id
    gone = (RemovedMessage("room", "2"), RemovedMessage("room", "9"), RemovedMessage("x", "1"))
    assert shelf.tell(removed=gone) == IngestCounts(removed=1)
    shelf.tell(shelf.make_message(3))
    assert shelf.message("3").id > last
    assert [row.uid for row in shelf.reader.messages(1)] == ["1", "3"]


def test_one_conversation_told_by_two_sources_of_a_kind_is_one(shelf: Shelf) -> None:
    first = shelf.source_id
    shelf.tell(shelf.make_message(1), shelf.make_message(2), finish=True)
    second = shelf.register(path="/stores/two.txt")
    assert shelf.tell(shelf.make_message(2), shelf.make_message(3)) == IngestCounts(added=1)
    assert [row.id for row in shelf.reader.conversations()] == [1]
    rows = [shelf.reader.get_source(source_id) for source_id in (first, second)]
    assert [(row.conversations, row.messages) for row in rows] == [(1, 3), (1, 3)]


def test_an_answer_points_to_its_message_even_when_that_came_later(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(2, reply_to="1"), shelf.make_message(3, reply_to="lost"))
    assert shelf.message("2").reply_to is None
    shelf.tell(shelf.make_message(1))
    assert shelf.message("2").reply_to == shelf.message("1").id
    assert shelf.message("3").reply_to is None


def test_the_last_title_told_counts(shelf: Shelf) -> None:
    for title in ("", "가족"):
        shelf.archive.save_batch(shelf.source_id, [NewConversation("room", title, "direct")], [])
    (row,) = shelf.reader.conversations()
    assert (row.title, row.kind, row.last_at, row.messages) == ("가족", "direct", None, 0)


def test_a_message_of_a_conversation_never_named_refuses_the_whole_batch(shelf: Shelf) -> None:
    messages = [shelf.make_message(1), shelf.make_message(2, conversation_key="unnamed")]
    conversation = NewConversation("room", "", "group")
    with pytest.raises(RecordMissing, match="never named"):
        shelf.archive.save_batch(shelf.source_id, [conversation], messages)
    assert shelf.reader.conversations() == []


def test_a_time_without_a_zone_refuses_the_whole_batch(shelf: Shelf) -> None:
    naive = shelf.make_message(2, sent_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        shelf.tell(shelf.make_message(1), naive)
    assert shelf.reader.totals().messages == 0


def test_a_source_removed_during_its_sync_takes_no_more(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1))
    shelf.archive.remove_source(shelf.source_id)
    with pytest.raises(RecordMissing):
        shelf.tell(shelf.make_message(2))
    with pytest.raises(RecordMissing):
        shelf.archive.finish_sync(shelf.source_id, "c", shelf.at(0), 0)
    assert shelf.reader.totals().messages == 1


def test_an_error_of_the_source_while_a_batch_is_drawn_is_not_taken_for_ours(
    shelf: Shelf, tmp_path: Path
) -> None:
    broken = tmp_path / "chat.db"
    broken.write_bytes(b"no database " * 100)

    def read_store() -> Iterator[NewMessage]:
        with closing(sqlite3.connect(broken)) as store:
            store.execute("SELECT * FROM message")
        yield shelf.make_message(1)

    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        shelf.archive.save_batch(shelf.source_id, [], read_store())
    assert shelf.tell(shelf.make_message(1)) == IngestCounts(added=1)


def test_numbers_of_conversations_are_not_used_up_by_syncs(shelf: Shelf) -> None:
    for minute in range(3):
        shelf.tell(shelf.make_message(minute))
    shelf.tell(shelf.make_message(1, conversation_key="next"))
    assert [row.id for row in shelf.reader.conversations()] == [1, 2]


def test_a_kind_of_store_that_learns_to_know_what_is_read_is_believed(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1), finish=True)
    shelf.tell(shelf.make_message(2))
    assert shelf.unread() == ["2"]
    shelf.register(unread_origin="store")
    shelf.tell(shelf.make_message(3, is_read=False))
    assert shelf.unread() == ["3"]

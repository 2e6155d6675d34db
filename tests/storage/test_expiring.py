"""A message with a timer is gone when it runs out, and no word that rests on it stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewSummary, NewToDo, RemovedMessage
from storage.records import HighlightRecord, SentenceRecord

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

SECRET = "library"


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """Unread: "1", which stays, "2" until minute 20, "3" until 30, "4" with a timer to begin."""
    shelf.register(unread_origin="store", path="/stores/live.db")
    shelf.tell(
        shelf.make_message(1, "lunch at noon?", is_read=False),
        shelf.make_message(2, f"meet me behind the {SECRET}", **expire(shelf.at(20))),
        shelf.make_message(3, "and bring the key", **expire(shelf.at(30))),
        shelf.make_message(4, "burn this", **expire(None)),
    )
    return shelf


def expire(at: datetime | None) -> dict[str, object]:
    return {"is_read": False, "is_disappearing": True, "expires_at": at}


def save_summary(shelf: Shelf, *uids: str, words: str = SECRET) -> int:
    """A gist of those messages that says `words` in everything it has."""
    ids = tuple(shelf.message(uid).id for uid in uids)
    return shelf.archive.save_summary(make_gist(shelf, ids, words))


def make_gist(shelf: Shelf, ids: tuple[int, ...], words: str = SECRET) -> NewSummary:
    return shelf.make_summary(
        ids,
        topic=f"The {words}",
        highlights=(HighlightRecord(ids[0], "Mina", f"behind the {words}"),),
        sentences=(SentenceRecord(f"Mina waits behind the {words}.", ids),),
        todos=(NewToDo("Me", f"go to the {words}", "", is_mine=True, evidence=ids),),
    )


def list_texts(shelf: Shelf) -> Iterator[str]:
    """Everything any table of the archive holds as text."""
    with closing(sqlite3.connect(shelf.path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):
                yield from (value for value in row if isinstance(value, str))


def read_files(shelf: Shelf) -> bytes:
    """The archive's file and its log."""
    return b"".join(file.read_bytes() for file in shelf.path.parent.iterdir())


def settle(shelf: Shelf) -> None:
    """Bring the log into the file."""
    with closing(sqlite3.connect(shelf.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class TestRemoving:
    def test_what_ran_out_goes_and_the_rest_stays(self, filled: Shelf) -> None:
        assert filled.archive.remove_expired(filled.at(19.99)) == 0
        assert filled.archive.remove_expired(filled.at(20)) == 1
        assert filled.unread() == ["1", "3", "4"]
        assert filled.archive.remove_expired(filled.at(10_000)) == 1
        assert filled.unread() == ["1", "4"]

    def test_the_next_expiry_is_told_until_none_is_left(self, filled: Shelf) -> None:
        for minute in (20, 30):
            assert filled.reader.find_next_expiry() == filled.at(minute)
            filled.archive.remove_expired(filled.at(minute))
        assert filled.reader.find_next_expiry() is None

    def test_a_timer_that_begins_later_counts_from_then_on(self, filled: Shelf) -> None:
        filled.tell(filled.make_message(4, "burn this", **expire(filled.at(5)) | {"is_read": True}))
        assert filled.reader.find_next_expiry() == filled.at(5)
        filled.archive.remove_expired(filled.at(5))
        assert filled.unread() == ["1", "2", "3"]

    def test_the_words_are_nowhere_in_the_archive_any_more(self, filled: Shelf) -> None:
        save_summary(filled, "1", "2")
        assert any(SECRET in text for text in list_texts(filled))
        filled.archive.remove_expired(filled.at(20))
        assert not [text for text in list_texts(filled) if SECRET in text]
        assert filled.reader.search(SECRET) == []
        assert filled.reader.check_integrity() == []

    @pytest.mark.parametrize("is_told", [True, False])
    def test_the_words_are_not_in_the_files_either(self, filled: Shelf, is_told: bool) -> None:
        save_summary(filled, "1", "2")
        settle(filled)
        assert SECRET.encode() in read_files(filled)
        if is_told:
            filled.tell(removed=(RemovedMessage("room", "2"),))
            settle(filled)
        else:
            filled.archive.remove_expired(filled.at(20))
        assert SECRET.encode() not in read_files(filled)

    @pytest.mark.parametrize("is_large", [True, False])
    def test_its_letters_leave_the_index_at_once_or_where_that_is_large_when_erased(
        self, filled: Shelf, is_large: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.erasing._SMALL_MESSAGES", 0 if is_large else 9)
        filled.tell(filled.make_message(2, "뷁퀣쨟", **expire(filled.at(20))))
        while filled.archive.index_messages(10):
            pass
        filled.archive.remove_expired(filled.at(20))
        assert filled.reader.erasures() == ([0] if is_large else [])
        if is_large:
            assert filled.archive.erase()
            assert filled.reader.erasures() == []
        content = read_files(filled)
        assert not [letter for letter in "뷁퀣쨟" if letter.encode() in content]


class TestSummaries:
    @pytest.mark.parametrize("is_told", [True, False])
    def test_a_summary_that_read_it_goes_with_it_and_its_todos(
        self, filled: Shelf, is_told: bool
    ) -> None:
        save_summary(filled, "2", "3")
        save_summary(filled, "1", words="lunch")
        if is_told:
            filled.tell(removed=(RemovedMessage("room", "2"),))
        else:
            filled.archive.remove_expired(filled.at(20))
        newest = filled.reader.find_summary(1)
        assert newest is not None
        assert (newest.topic, newest.outdated) == ("The lunch", False)
        assert [todo.what for todo in filled.reader.todos(open_only=False)] == ["go to the lunch"]

    def test_one_that_read_only_what_stays_is_kept(self, filled: Shelf) -> None:
        saved = save_summary(filled, "1", "3")
        filled.archive.remove_expired(filled.at(20))
        assert filled.reader.get_summary(saved).topic == f"The {SECRET}"

    def test_one_on_its_way_meanwhile_is_kept_without_words(self, filled: Shelf) -> None:
        gist = make_gist(filled, tuple(filled.message(uid).id for uid in ("1", "2")))
        filled.archive.remove_expired(filled.at(20))
        row = filled.reader.get_summary(filled.archive.save_summary(gist))
        assert (row.topic, row.highlights, row.sentences, row.todos) == ("", (), (), ())
        assert (row.origin, row.gist, row.outdated) == ("extractive", "refused", True)
        assert not [text for text in list_texts(filled) if SECRET in text]

    def test_a_message_without_a_timer_that_is_removed_only_outdates(self, filled: Shelf) -> None:
        saved = save_summary(filled, "1")
        filled.tell(removed=(RemovedMessage("room", "1"),))
        assert filled.reader.get_summary(saved).outdated


def test_a_disappearing_message_is_never_context(filled: Shelf) -> None:
    filled.tell(
        filled.make_message(2, "read by now", **expire(filled.at(20)) | {"is_read": True}),
        filled.make_message(1, "lunch at noon?", is_read=True),
    )
    context, unread = filled.reader.unread_messages(1, context=10)
    assert [message.uid for message in context] == ["1"]
    assert [message.uid for message in unread] == ["3", "4"]


def test_a_conversation_says_whether_it_holds_any(filled: Shelf) -> None:
    filled.tell(filled.make_message(1, conversation_key="other", is_read=False))
    told = {row.title: row.is_disappearing for row in filled.reader.conversations()}
    assert told == {"The room": True, "The other": False}
    assert filled.reader.get_conversation(1).is_disappearing

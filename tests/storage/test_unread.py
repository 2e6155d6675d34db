"""What is unread: the rule, first imports, and marks that only an undo takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from storage.entries import NewMessage, RemovedMessage
from storage.errors import RecordMissing
from storage.records import UnreadPolicy

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf


def say(shelf: Shelf, *minutes: float) -> list[NewMessage]:
    """Messages by others."""
    return [shelf.make_message(minute) for minute in minutes]


def answer(shelf: Shelf, minute: float) -> NewMessage:
    """A message of the owner's."""
    return shelf.make_message(minute, is_me=True)


class TestFirstImportOfAnExport:
    @pytest.mark.parametrize(
        ("word", "since_minute", "unread"),
        [
            pytest.param("none", None, [], id="none: all is history"),
            pytest.param("all", None, ["4", "5"], id="all: after the owner's last word"),
            pytest.param("since", 5, ["5"], id="since: that moment on"),
            pytest.param("since", 2, ["4", "5"], id="since: but after the owner's last word"),
        ],
    )
    def test_policy_decides(
        self,
        shelf: Shelf,
        word: Literal["none", "all", "since"],
        since_minute: int | None,
        unread: list[str],
    ) -> None:
        since = None if since_minute is None else shelf.at(since_minute)
        shelf.register(policy=UnreadPolicy(word, since))
        shelf.tell(*say(shelf, 1, 2), answer(shelf, 3), *say(shelf, 4, 5), finish=True)
        assert shelf.unread() == unread

    def test_a_system_line_of_the_owner_is_not_the_owners_word(self, shelf: Shelf) -> None:
        shelf.register(policy=UnreadPolicy("all"))
        line = shelf.make_message(2, kind="system", is_me=True)
        shelf.tell(*say(shelf, 1), line, finish=True)
        assert shelf.unread() == ["1"]

    def test_everything_is_unread_under_all_where_the_owner_never_wrote(self, shelf: Shelf) -> None:
        shelf.register(policy=UnreadPolicy("all"))
        shelf.tell(*say(shelf, 1, 2), finish=True)
        assert shelf.unread() == ["1", "2"]

    def test_nothing_is_unread_between_batches_and_the_re_read_repairs_a_kill(
        self, shelf: Shelf
    ) -> None:
        shelf.register(policy=UnreadPolicy("all"))
        shelf.tell(*say(shelf, 1, 2))
        shelf.tell(answer(shelf, 3))
        # Killed here: no finish_sync, no cursor. The next sync tells all of it again.
        assert shelf.unread() == []
        shelf.tell(*say(shelf, 1, 2), answer(shelf, 3))
        shelf.tell(*say(shelf, 4), finish=True)
        assert shelf.unread() == ["4"]

    def test_an_empty_conversation_has_only_new_messages_later(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(0, kind="system"))
        shelf.tell(removed=(RemovedMessage("room", "0"),), finish=True)
        shelf.tell(*say(shelf, 1))
        assert shelf.unread() == ["1"]

    def test_a_stranger_who_writes_after_the_last_sync_is_unread(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 1), finish=True, at=shelf.at(10))
        stranger = [shelf.make_message(n, conversation_key="new", uid=f"s{n}") for n in (2, 11, 12)]
        shelf.tell(*stranger, finish=True, at=shelf.at(20))
        assert shelf.unread(2) == ["s11", "s12"]

    def test_a_later_policy_does_not_touch_what_is_settled(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 1), finish=True)
        shelf.register(policy=UnreadPolicy("all"))
        shelf.tell(*say(shelf, 1), finish=True)
        assert shelf.unread() == []


class TestAfterTheFirstImport:
    @pytest.fixture(autouse=True)
    def history(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 1, 2), finish=True)

    def test_new_messages_are_unread(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3, 4))
        assert shelf.unread() == ["3", "4"]

    def test_the_owners_message_reads_what_came_before_it(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3))
        shelf.tell(*say(shelf, 4), answer(shelf, 5), *say(shelf, 6))
        assert shelf.unread() == ["6"]

    def test_of_answers_out_of_order_the_latest_counts(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3, 4), answer(shelf, 5), answer(shelf, 2.5))
        assert shelf.unread() == []

    def test_a_system_line_of_the_owner_reads_nothing(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3), shelf.make_message(4, kind="system", is_me=True))
        assert shelf.unread() == ["3"]

    def test_a_late_message_before_the_mark_is_read(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 1.5, 3))
        assert shelf.unread() == ["3"]

    def test_order_within_one_minute_counts(self, shelf: Shelf) -> None:
        same = [shelf.make_message(5, uid=f"p{n}", position=n, is_me=n == 1) for n in range(3)]
        shelf.tell(*same)
        assert shelf.unread() == ["p2"]

    def test_an_old_answer_told_late_moves_nothing_back(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3, 4), answer(shelf, 5), *say(shelf, 6))
        shelf.tell(answer(shelf, 3.5))
        assert shelf.unread() == ["6"]

    @pytest.mark.parametrize("kind", ["system", "deleted"])
    def test_lines_that_say_nothing_are_never_unread(self, shelf: Shelf, kind: str) -> None:
        shelf.tell(shelf.make_message(3, kind=kind), shelf.make_message(4, kind="media"))
        assert shelf.unread() == ["4"]

    def test_deleting_an_unread_message_reads_it(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3, 4))
        shelf.tell(shelf.make_message(3, "", kind="deleted"))
        shelf.tell(removed=(RemovedMessage("room", "4"),))
        assert shelf.unread() == []

    def test_names_told_later_make_old_messages_the_owners(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 3, 4, 5))
        shelf.tell(answer(shelf, 4))
        assert shelf.unread() == ["5"]


class TestWhereTheStoreKnows:
    @pytest.fixture(autouse=True)
    def store(self, shelf: Shelf) -> None:
        shelf.register(unread_origin="store")
        shelf.tell(self.make(shelf, 1, True), self.make(shelf, 2, False), finish=True)

    @staticmethod
    def make(shelf: Shelf, minute: float, is_read: bool | None) -> NewMessage:
        return shelf.make_message(minute, is_read=is_read)

    def test_its_word_counts_from_the_first_import_on(self, shelf: Shelf) -> None:
        assert shelf.unread() == ["2"]

    def test_a_flip_in_the_store_reads(self, shelf: Shelf) -> None:
        shelf.tell(self.make(shelf, 2, True))
        assert shelf.unread() == []

    def test_the_owners_message_reads_nothing(self, shelf: Shelf) -> None:
        shelf.tell(answer(shelf, 3))
        assert shelf.unread() == ["2"]

    def test_what_it_does_not_know_is_read(self, shelf: Shelf) -> None:
        shelf.tell(self.make(shelf, 3, None))
        assert shelf.unread() == ["2"]

    def test_the_users_mark_hides_and_no_later_sync_shows_it_again(self, shelf: Shelf) -> None:
        assert shelf.archive.mark_read(1, at=shelf.at(9)) == 1
        shelf.tell(self.make(shelf, 1, False), self.make(shelf, 2, False), finish=True)
        shelf.tell(self.make(shelf, 2, True))
        shelf.tell(self.make(shelf, 2, False), self.make(shelf, 3, False), finish=True)
        assert shelf.unread() == ["3"]

    def test_a_mark_covers_what_arrives_late_even_if_nothing_was_unread(self, shelf: Shelf) -> None:
        shelf.tell(self.make(shelf, 2, True), self.make(shelf, 5, True))
        assert shelf.archive.mark_read(1, at=shelf.at(9)) == 0
        shelf.tell(self.make(shelf, 4, False))
        assert shelf.unread() == []
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 1

    def test_an_undo_gives_back_the_stores_word_of_now(self, shelf: Shelf) -> None:
        shelf.tell(self.make(shelf, 3, False))
        shelf.archive.mark_read(1, at=shelf.at(9))
        shelf.tell(self.make(shelf, 2, True))
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 1
        assert shelf.unread() == ["3"]


class TestMarksOfTheUser:
    @pytest.fixture(autouse=True)
    def unread(self, shelf: Shelf) -> None:
        shelf.tell(*say(shelf, 1), finish=True)
        shelf.tell(*say(shelf, 2, 3, 4))

    def test_all_of_a_conversation_is_read_and_comes_back(self, shelf: Shelf) -> None:
        assert shelf.archive.mark_read(1, at=shelf.at(9)) == 3
        assert shelf.unread() == []
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 3
        assert shelf.unread() == ["2", "3", "4"]

    def test_up_to_a_message_includes_it(self, shelf: Shelf) -> None:
        assert shelf.archive.mark_read(1, up_to=shelf.message("3").id, at=shelf.at(9)) == 2
        assert shelf.unread() == ["4"]

    def test_undo_takes_back_one_mark_at_a_time(self, shelf: Shelf) -> None:
        for uid in ("2", "3"):
            shelf.archive.mark_read(1, up_to=shelf.message(uid).id, at=shelf.at(9))
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 1
        assert shelf.unread() == ["3", "4"]
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 1
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 0
        assert shelf.unread() == ["2", "3", "4"]

    def test_a_mark_that_did_nothing_is_not_what_undo_takes_back(self, shelf: Shelf) -> None:
        shelf.archive.mark_read(1, at=shelf.at(9))
        assert shelf.archive.mark_read(1, at=shelf.at(9)) == 0
        assert shelf.archive.mark_read(1, up_to=shelf.message("2").id, at=shelf.at(9)) == 0
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 3

    def test_undo_leaves_what_the_owner_answered_read(self, shelf: Shelf) -> None:
        shelf.archive.mark_read(1, at=shelf.at(9))
        shelf.tell(answer(shelf, 3.5))
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 1
        assert shelf.unread() == ["4"]

    def test_the_first_mark_is_not_undone(self, shelf: Shelf) -> None:
        assert shelf.archive.undo_mark(1, shelf.at(10)) == 0
        assert not shelf.message("1").is_unread

    def test_an_excluded_conversation_has_nothing_unread_until_it_is_back(
        self, shelf: Shelf
    ) -> None:
        shelf.archive.set_excluded(1, excluded=True)
        shelf.tell(*say(shelf, 5))
        (row,) = shelf.reader.conversations()
        assert (shelf.unread(), row.unread, row.excluded) == ([], 0, True)
        shelf.archive.set_excluded(1, excluded=False)
        assert shelf.unread() == ["2", "3", "4", "5"]

    def test_unknown_conversations_and_messages_are_refused(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1, conversation_key="other", uid="o"))
        foreign = shelf.message("o", 2).id
        for call in (
            lambda: shelf.archive.mark_read(9, at=shelf.at(9)),
            lambda: shelf.archive.mark_read(1, up_to=foreign, at=shelf.at(9)),
            lambda: shelf.archive.undo_mark(9, shelf.at(9)),
            lambda: shelf.archive.set_excluded(9, excluded=True),
        ):
            with pytest.raises(RecordMissing):
                call()
        assert shelf.unread() == ["2", "3", "4"]


def test_a_conversation_without_messages_can_be_marked(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1), removed=(RemovedMessage("room", "1"),))
    assert shelf.archive.mark_read(1, at=shelf.at(9)) == 0
    assert shelf.archive.undo_mark(1, shelf.at(9)) == 0


def test_a_spool_that_knows_some_read_states_is_believed_where_it_knows(shelf: Shelf) -> None:
    told = [shelf.make_message(1, is_read=False), shelf.make_message(2, is_read=True)]
    shelf.tell(*told, shelf.make_message(3), finish=True)
    assert shelf.unread() == ["1"]
    shelf.tell(answer(shelf, 4))
    assert shelf.unread() == ["1"]
    assert shelf.archive.mark_read(1, at=shelf.at(9)) == 1
    assert shelf.archive.undo_mark(1, shelf.at(9)) == 1

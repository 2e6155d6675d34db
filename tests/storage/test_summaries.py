"""Summaries: kept whole, found again, outdated by what changes, and the to-dos in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewToDo, RemovedMessage
from storage.errors import RecordMissing
from storage.records import HighlightRecord, SentenceRecord

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf


@pytest.fixture
def ids(shelf: Shelf) -> tuple[int, ...]:
    """Four unread messages "2" to "5" after one that is history."""
    shelf.tell(shelf.make_message(1), finish=True)
    shelf.tell(*(shelf.make_message(n, f"text {n}") for n in range(2, 6)))
    return tuple(shelf.message(str(n)).id for n in range(2, 6))


def make_todo(evidence: tuple[int, ...], what: str = "send the report") -> NewToDo:
    return NewToDo("Mina", what, "Friday 18:00", is_mine=False, evidence=evidence)


def list_open(shelf: Shelf) -> list[str]:
    return [todo.what for todo in shelf.reader.todos()]


class TestKeeping:
    def test_what_was_saved_is_what_is_read(self, shelf: Shelf, ids: tuple[int, ...]) -> None:
        new = shelf.make_summary(
            ids,
            language="ko",
            topic="보고서 마감",
            highlights=(HighlightRecord(ids[2], "Mina", "보고서?", ("request", "time")),),
            sentences=(
                SentenceRecord("민아가 보고서를 부탁했다.", (ids[2], ids[0])),
                SentenceRecord("Mina: 금요일까지!", (ids[3],), is_quote=True),
            ),
            todos=(make_todo((ids[3], ids[1])),),
            skipped=1,
            flags=("cut", "no-model"),
            options={"beam_size": 2, "prompt": "v1", "nested": {"a": [1, 2]}},
        )
        row = shelf.reader.get_summary(shelf.archive.save_summary(new))
        assert row == shelf.reader.find_summary(1)
        told, read = asdict(new), asdict(row)
        assert not row.outdated
        assert {key: read[key] for key in told.keys() & read.keys() - {"todos"}} == {
            key: told[key] for key in told.keys() & read.keys() - {"todos"}
        }
        (todo,) = row.todos
        assert (todo.who, todo.what, todo.when) == ("Mina", "send the report", "Friday 18:00")
        assert (todo.evidence, todo.done_at) == ((ids[3], ids[1]), None)
        assert (todo.conversation_id, todo.conversation_title) == (1, "The room")

    def test_a_highlight_that_a_sentence_quotes_is_left_out_of_those_to_show_below(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        highlights = [HighlightRecord(number, "Mina", "text") for number in ids[:3]]
        new = shelf.make_summary(
            ids,
            highlights=tuple(highlights),
            sentences=(
                SentenceRecord("They talked.", ids[:2]),
                SentenceRecord("Mina: text", ids[1:2], is_quote=True),
            ),
        )
        row = shelf.reader.get_summary(shelf.archive.save_summary(new))
        assert row.unquoted_highlights == (highlights[0], highlights[2])

    def test_the_newest_counts_and_older_ones_stay(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        first = shelf.archive.save_summary(shelf.make_summary(ids[:2], input_hash="a"))
        second = shelf.archive.save_summary(shelf.make_summary(ids, input_hash="b"))
        newest = shelf.reader.find_summary(1)
        assert newest is not None
        assert newest.id == second
        assert shelf.reader.get_summary(first).input_hash == "a"

    def test_a_gist_takes_the_place_of_the_pending_one(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        pending = shelf.archive.save_summary(shelf.make_summary(ids, gist="pending"))
        assert shelf.reader.totals().pending_gists == 1
        done = shelf.archive.save_summary(shelf.make_summary(ids, gist="refused"))
        assert shelf.reader.totals().pending_gists == 0
        newest = shelf.reader.find_summary(1)
        assert newest is not None
        assert newest.id == done
        with pytest.raises(RecordMissing):
            shelf.reader.get_summary(pending)

    def test_a_pending_one_of_another_input_does_not_stay_behind(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        summary = shelf.make_summary(ids[:1], gist="pending", input_hash="a")
        first = shelf.archive.save_summary(summary)
        shelf.archive.save_summary(shelf.make_summary(ids, gist="pending", input_hash="b"))
        with pytest.raises(RecordMissing):
            shelf.reader.get_summary(first)

    def test_no_summary_is_none_and_an_unknown_one_is_missing(self, shelf: Shelf) -> None:
        assert shelf.reader.find_summary(1) is None
        with pytest.raises(RecordMissing):
            shelf.reader.get_summary(1)

    def test_a_forgotten_conversation_takes_no_summary(self, shelf: Shelf) -> None:
        with pytest.raises(RecordMissing):
            shelf.archive.save_summary(shelf.make_summary((), conversation_id=9))


class TestOutdating:
    @pytest.fixture(autouse=True)
    def summary(self, shelf: Shelf, ids: tuple[int, ...]) -> None:
        sentence = SentenceRecord("They talked.", ids[:2])
        highlight = HighlightRecord(ids[0], "Mina", "text 2")
        shelf.archive.save_summary(
            shelf.make_summary(ids[:2], sentences=(sentence,), highlights=(highlight,))
        )

    @staticmethod
    def is_outdated(shelf: Shelf) -> bool:
        found = shelf.reader.find_summary(1)
        assert found is not None
        (row,) = shelf.reader.conversations()
        assert row.outdated == found.outdated
        return found.outdated

    def test_an_edit_outdates(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(2, "other", edited=True))
        assert self.is_outdated(shelf)

    def test_an_unsent_message_outdates(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(3, "text 3", kind="deleted"))
        assert self.is_outdated(shelf)

    def test_a_removal_outdates_and_takes_its_evidence_along(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.tell(removed=(RemovedMessage("room", "2"),))
        assert self.is_outdated(shelf)
        found = shelf.reader.find_summary(1)
        assert found is not None
        assert found.highlights == ()
        assert found.sentences[0].evidence == ids[1:2]
        assert shelf.reader.check_integrity() == []

    def test_the_same_text_and_a_read_flip_do_not(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(2, "text 2", edited=True), shelf.make_message(3, "text 3"))
        shelf.tell(shelf.make_message(3, "text 3", is_read=True))
        assert not self.is_outdated(shelf)

    def test_messages_that_did_not_go_in_do_not(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(4, "other"), shelf.make_message(7, "new"))
        assert not self.is_outdated(shelf)


class TestChangesWhileTheModelWrites:
    def test_an_edit_outdates_the_gist_that_is_still_to_come(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(shelf.make_summary(ids, gist="pending"))
        shelf.tell(shelf.make_message(2, "other"))
        done = shelf.archive.save_summary(shelf.make_summary(ids))
        assert shelf.reader.get_summary(done).outdated

    def test_highlights_made_anew_are_not_outdated(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(shelf.make_summary(ids, gist="pending"))
        shelf.tell(shelf.make_message(2, "other"))
        shelf.tell(shelf.make_message(2, "text 2"))
        shelf.archive.save_summary(shelf.make_summary(ids, gist="pending"))
        done = shelf.archive.save_summary(shelf.make_summary(ids))
        assert not shelf.reader.get_summary(done).outdated

    def test_a_pending_one_of_another_input_says_nothing_of_this_one(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(shelf.make_summary(ids, gist="pending", input_hash="old"))
        shelf.tell(shelf.make_message(2, "other"))
        done = shelf.archive.save_summary(shelf.make_summary(ids, input_hash="new"))
        assert not shelf.reader.get_summary(done).outdated

    def test_a_message_removed_meanwhile_is_left_out(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.tell(removed=(RemovedMessage("room", "2"),))
        new = shelf.make_summary(
            ids,
            highlights=(HighlightRecord(ids[0], "Mina", "text 2"),),
            sentences=(SentenceRecord("They talked.", ids[:2]),),
            todos=(make_todo(ids[:1]),),
        )
        row = shelf.reader.get_summary(shelf.archive.save_summary(new))
        assert row.outdated
        assert row.highlights == ()
        assert row.sentences[0].evidence == ids[1:2]
        assert row.todos[0].evidence == ()


class TestToDos:
    def test_a_later_gist_of_the_same_messages_replaces_open_ones(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(
            shelf.make_summary(ids[:2], input_hash="a", todos=(make_todo(ids[:2]),))
        )
        shelf.archive.save_summary(
            shelf.make_summary(ids, input_hash="b", todos=(make_todo(ids[1:3], "call Jun"),))
        )
        assert list_open(shelf) == ["call Jun"]

    def test_one_in_messages_read_by_now_stays_open(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(
            shelf.make_summary(ids[:2], input_hash="a", todos=(make_todo(ids[:1]),))
        )
        shelf.archive.mark_read(1, up_to=ids[1], at=shelf.at(9))
        shelf.archive.save_summary(shelf.make_summary(ids[2:], input_hash="b"))
        assert list_open(shelf) == ["send the report"]

    @pytest.mark.parametrize("gist", ["pending", "refused"])
    def test_a_summary_without_a_gist_replaces_none(
        self, shelf: Shelf, ids: tuple[int, ...], gist: str
    ) -> None:
        shelf.archive.save_summary(
            shelf.make_summary(ids, input_hash="a", todos=(make_todo(ids[:1]),))
        )
        shelf.archive.save_summary(shelf.make_summary(ids, input_hash="b", gist=gist))
        assert list_open(shelf) == ["send the report"]

    def test_one_that_is_done_stays_done_when_it_is_found_again(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(
            shelf.make_summary(ids[:2], input_hash="a", todos=(make_todo(ids[:2]),))
        )
        (todo,) = shelf.reader.todos()
        shelf.archive.set_todo_done(todo.id, done=True, at=shelf.at(9))
        again = (make_todo(ids[1:3]), make_todo(ids[:1], "call Jun"))
        shelf.archive.save_summary(shelf.make_summary(ids, input_hash="b", todos=again))
        assert list_open(shelf) == ["call Jun"]
        everything = shelf.reader.todos(open_only=False)
        assert [(todo.what, todo.done_at) for todo in everything] == [
            ("call Jun", None),
            ("send the report", shelf.at(9)),
        ]

    def test_the_same_words_about_other_messages_are_another_one(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        shelf.archive.save_summary(
            shelf.make_summary(ids[:2], input_hash="a", todos=(make_todo(ids[:1]),))
        )
        (todo,) = shelf.reader.todos()
        shelf.archive.set_todo_done(todo.id, done=True, at=shelf.at(9))
        shelf.archive.save_summary(
            shelf.make_summary(ids[2:], input_hash="b", todos=(make_todo(ids[2:]),))
        )
        assert list_open(shelf) == ["send the report"]
        assert len(shelf.reader.todos(open_only=False)) == 2

    def test_a_tick_can_be_taken_back(self, shelf: Shelf, ids: tuple[int, ...]) -> None:
        shelf.archive.save_summary(shelf.make_summary(ids, todos=(make_todo(ids),)))
        (todo,) = shelf.reader.todos()
        shelf.archive.set_todo_done(todo.id, done=True, at=shelf.at(9))
        assert shelf.reader.todos() == []
        assert shelf.reader.totals().open_todos == 0
        shelf.archive.set_todo_done(todo.id, done=False, at=shelf.at(10))
        assert shelf.reader.todos() == [todo]
        with pytest.raises(RecordMissing):
            shelf.archive.set_todo_done(99, done=True, at=shelf.at(10))

    def test_the_owners_come_first_then_the_newest(
        self, shelf: Shelf, ids: tuple[int, ...]
    ) -> None:
        mine = NewToDo("나", "mine", "", is_mine=True, evidence=ids[:1])
        shelf.archive.save_summary(
            shelf.make_summary(ids[:2], input_hash="a", todos=(make_todo(ids[:1], "old"), mine))
        )
        shelf.archive.save_summary(
            shelf.make_summary(ids[2:], input_hash="b", todos=(make_todo(ids[2:], "new"),))
        )
        assert list_open(shelf) == ["mine", "new", "old"]

"""Patterns match whole titles, whatever the case and however Hangul is put together."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewConversation, NewToDo
from storage.left_out import find_pattern

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf


@pytest.mark.parametrize(
    ("title", "pattern", "is_match"),
    [
        ("Family", "Family", True),
        ("Family", "family", True),
        ("Family trip", "Family", False),
        ("Family trip", "Family*", True),
        ("The Family", "Family*", False),
        ("가족 모임", "가족*", True),
        (unicodedata.normalize("NFD", "가족 모임"), "가족*", True),
        ("가족 모임", unicodedata.normalize("NFD", "가족*"), True),
        ("STRASSE", "straße", True),
        ("Room 7", "Room ?", True),
        ("Room 12", "Room ?", False),
        ("Room a", "Room [ab]", True),
        ("", "*", True),
        ("", "?", False),
    ],
)
def test_a_pattern_is_of_the_whole_title(title: str, pattern: str, is_match: bool) -> None:
    assert find_pattern(title, ["no such", pattern]) == (pattern if is_match else None)


def tell(shelf: Shelf, *titles: str) -> None:
    for title in titles:
        shelf.archive.save_batch(
            shelf.source_id,
            [NewConversation(title, title, "group")],
            [shelf.make_message(1, conversation_key=title)],
        )
    shelf.archive.finish_sync(shelf.source_id, "cursor", shelf.at(0), 0)


def list_excluded(shelf: Shelf) -> list[str]:
    return sorted(row.title for row in shelf.reader.conversations() if row.excluded)


def test_a_pattern_excludes_what_is_there_and_takes_it_back_in(shelf: Shelf) -> None:
    tell(shelf, "Family one", "Family two", "Work")
    assert shelf.archive.add_pattern("family *", shelf.at(9)) == [1, 2]
    assert shelf.archive.add_pattern("family *", shelf.at(9)) == []
    assert list_excluded(shelf) == ["Family one", "Family two"]
    assert shelf.reader.patterns() == ["family *"]
    assert shelf.archive.remove_pattern("family *")
    assert not shelf.archive.remove_pattern("family *")
    assert (list_excluded(shelf), shelf.reader.left_out()) == ([], [])


def test_what_was_excluded_by_name_outlives_a_pattern(shelf: Shelf) -> None:
    tell(shelf, "Family one")
    shelf.archive.set_excluded(1, excluded=True)
    shelf.archive.add_pattern("family *", shelf.at(9))
    shelf.archive.remove_pattern("family *")
    assert list_excluded(shelf) == ["Family one"]


def test_patterns_that_are_gone_from_the_config_are_dropped(shelf: Shelf) -> None:
    tell(shelf, "Family one", "Work", "Play")
    shelf.archive.add_pattern("Play", shelf.at(9))
    shelf.archive.note_matches("kakaotalk", {"Family one": "F*", "unseen": "u*"}, shelf.at(9))
    shelf.archive.drop_other_patterns(["F*", "u*"])
    assert list_excluded(shelf) == ["Family one", "Play"]
    shelf.archive.drop_other_patterns(["u*"])
    assert list_excluded(shelf) == ["Play"]
    assert shelf.reader.get_source(shelf.source_id).cursor is None


def test_an_excluded_one_has_no_todos_and_no_disappearing_messages(shelf: Shelf) -> None:
    shelf.tell(
        shelf.make_message(1, "stays"),
        shelf.make_message(2, "burns", is_disappearing=True),
        finish=True,
    )
    kept = shelf.message("1").id
    todo = NewToDo("Me", "go", "", is_mine=True, evidence=(kept,))
    shelf.archive.save_summary(shelf.make_summary((kept,), todos=(todo,)))
    shelf.archive.set_excluded(1, excluded=True)
    assert shelf.reader.todos() == []
    assert [row.text for row in shelf.reader.messages(1)] == ["stays"]
    shelf.archive.set_excluded(1, excluded=False)
    assert [row.what for row in shelf.reader.todos()] == ["go"]

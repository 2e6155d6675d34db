"""A line of an evaluation file becomes an item, or says what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inference.evaluating.items import BadGold, Gold, GoldToDo, build_item
from inference.interface import Chat

if TYPE_CHECKING:
    from tests.inference.conftest import MakeChat

LINE: dict[str, object] = {"id": "a", "lang": "en", "references": ["They meet."]}


@pytest.fixture
def chat(make_chat: MakeChat) -> Chat:
    return make_chat("Ben: at 7", "Ann: yes")


def test_what_is_left_out_is_not_measured(chat: Chat) -> None:
    item = build_item(LINE, chat)
    assert (item.id, item.language, item.chat) == ("a", "en", chat)
    assert item.gold == Gold(("They meet.",), (), None, None, None)


def test_an_empty_list_is_measured_null_is_not(chat: Chat) -> None:
    keys = ("forbid", "todos", "sources")
    gold = build_item(LINE | {key: [] for key in keys}, chat).gold
    assert (gold.forbid, gold.todos, gold.sources) == ((), (), frozenset())
    assert build_item(LINE | dict.fromkeys(keys), chat) == build_item(LINE, chat)


def test_everything_is_read(chat: Chat) -> None:
    line = LINE | {
        "must": [["Ben", "he"], ["7"]],
        "forbid": ["8"],
        "todos": [{"who": "Ben", "what": "come", "when": "7"}],
        "sources": [[0], [0, 1]],
    }
    assert build_item(line, chat).gold == Gold(
        ("They meet.",),
        (("Ben", "he"), ("7",)),
        ("8",),
        (GoldToDo("Ben", "come"),),
        frozenset({0, 1}),
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": None}, "id"),
        ({"id": ["a"]}, "id"),
        ({"lang": None}, "lang"),
        ({"lang": "fr"}, "lang"),
        ({"references": None}, "references"),
        ({"references": []}, "references"),
        ({"references": "They meet."}, "references"),
        ({"references": [" "]}, "references"),
        ({"must": ["Ben"]}, "must"),
        ({"must": [[]]}, "must"),
        ({"must": [[""]]}, "must"),
        ({"forbid": [["8"]]}, "forbid"),
        ({"forbid": [""]}, "forbid"),
        ({"todos": [{"who": "Ben"}]}, "todos"),
        ({"todos": ["Ben: come"]}, "todos"),
        ({"sources": [0]}, "sources"),
        ({"sources": [[2]]}, "sources"),
        ({"sources": [[-1]]}, "sources"),
        ({"sources": [["0"]]}, "sources"),
        ({"sources": [[[0]]]}, "sources"),
    ],
)
def test_another_shape_is_refused_by_the_name_of_its_key(
    chat: Chat, change: dict[str, object], named: str
) -> None:
    with pytest.raises(BadGold, match=f'"{named}"'):
        build_item(LINE | change, chat)


def test_a_chat_without_messages_is_refused() -> None:
    with pytest.raises(BadGold, match='"messages"'):
        build_item(LINE, Chat("", "", ()))

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.features import FEATURES, find_features, is_addressed
from inference.interface import Chat, ChatMessage

MakeChat = Callable[..., Chat]

LINES = (
    "Ana: Andy, can you bring the 2 tents on Friday?",
    "Bo: I will bring one",
    "Ana: great",
    "Bo: what about the stove",
    "Ana: which one?",
)


@pytest.mark.parametrize(
    ("position", "present", "absent"),
    [
        (0, {"asked", "addressed", "request", "question", "date", "number", "first"}, {"answer"}),
        (1, {"promise", "answer", "assented"}, {"asked", "number", "first"}),
        (2, {"assent", "small-talk"}, {"answer", "last-word", "continues"}),
        (3, {"last-word"}, {"last", "open"}),
        (4, {"open", "question", "last", "last-word"}, {"asked", "assented"}),
    ],
)
def test_each_message_has_what_it_has(
    make_chat: MakeChat, position: int, present: set[str], absent: set[str]
) -> None:
    chat = make_chat(*LINES, me="Andy")
    found = {name for name, value in find_features(chat.messages, chat)[position].items() if value}
    assert present <= found
    assert not absent & found


def test_nothing_is_asked_of_an_owner_who_has_written_since(make_chat: MakeChat) -> None:
    chat = make_chat(*LINES[:1], "Andy: no, sorry", me="Andy")
    features = find_features(chat.messages, chat)[0]
    assert (features["addressed"], features["asked"]) == (1.0, 0.0)


def test_in_a_direct_chat_whatever_is_asked_is_asked_of_the_owner(make_chat: MakeChat) -> None:
    group = make_chat("Ana: can you call me?")
    direct = replace(group, kind="direct")
    assert [find_features(c.messages, c)[0]["asked"] for c in (group, direct)] == [0.0, 1.0]


def test_a_reply_to_the_owner_addresses_the_owner_and_answers_the_owners_question() -> None:
    messages = (
        ChatMessage(7, "Andy", "where do we meet?", is_me=True, is_context=True),
        *(ChatMessage(8 + i, "Bo", "so tired") for i in range(3)),
        ChatMessage(20, "Cy", "at the bridge", reply_to=7),
    )
    chat = Chat("", "Andy", messages)
    features = find_features(messages[1:], chat)[-1]
    assert (features["addressed"], features["answer"]) == (1.0, 1.0)


def test_words_count_as_new_once_and_as_shared_everywhere(make_chat: MakeChat) -> None:
    chat = make_chat("Ana: tents", "Bo: tents", "Ana: stoves")
    features = find_features(chat.messages, chat)
    assert [f["new"] for f in features] == [1.0, 0.0, 1.0]
    assert [f["shared"] for f in features] == [1.0, 1.0, 0.0]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=40), st.booleans()), max_size=12))
def test_features_are_known_and_lie_between_none_and_one(
    lines: list[tuple[str, str, bool]],
) -> None:
    messages = tuple(
        ChatMessage(i, sender, text, is_me=is_me) for i, (sender, text, is_me) in enumerate(lines)
    )
    for found in find_features(messages, Chat("", "a", messages)):
        assert set(found) <= set(FEATURES)
        assert all(-1e-9 <= value <= 1 + 1e-9 for value in found.values())


@pytest.mark.parametrize(
    ("text", "name", "addressed"),
    [
        ("andy please", "Andy Smith", True),
        ("수빈아 전화해", "김수빈", True),
        ("smith called", "Andy Smith", False),
        ("a plan", "A", False),
        ("hello", "", False),
    ],
)
def test_the_owner_is_called_by_first_or_given_name(text: str, name: str, addressed: bool) -> None:
    assert is_addressed(text, name) is addressed

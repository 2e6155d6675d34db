"""To-dos are what people wrote themselves, and only where it is plain who is to do it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.interface import Chat, ChatMessage
from inference.todos import LIMIT_CHARS, MAX_TODOS, find_todos


def make(*lines: tuple[str, str], me: str = "지우", kind: str = "group") -> Chat:
    messages = tuple(
        ChatMessage(n, sender, text, is_me=sender == me) for n, (sender, text) in enumerate(lines)
    )
    return Chat("room", me, messages, "direct" if kind == "direct" else "group")


@pytest.mark.parametrize(
    ("sender", "text", "kind", "who"),
    [
        ("김과장", "지우님 광고비 표 내일 10시까지 주세요", "group", "지우"),
        ("엄마", "오는 길에 고무장갑 좀 사다 주세요", "direct", "지우"),
        ("엄마", "오는 길에 고무장갑 좀 사다 주세요", "group", None),
        ("태오", "내일 오후까지 제가 정리하겠습니다", "group", "태오"),
        ("태오", "제가 정리하겠습니다", "group", None),
        ("태오", "내일 비 온대요", "group", None),
        ("Priya", "Sorry, I have to fly to Leeds on Tuesday", "direct", None),
        ("Ben", "I'll book the court for Friday", "group", "Ben"),
        ("Ben", "Shall I say I'll come on Friday?", "group", None),
    ],
)
def test_who_is_to_do_it_is_plain_or_nobody(
    sender: str, text: str, kind: str, who: str | None
) -> None:
    found = find_todos(make((sender, text), kind=kind))
    assert [(todo.who, todo.what, todo.evidence) for todo in found] == (
        [(who, text, (0,))] if who else []
    )


def test_the_owner_is_meant_by_the_given_name_too() -> None:
    chat = make(("김과장", "지우님 표를 보내 주세요"), me="한지우")
    assert [todo.who for todo in find_todos(chat)] == ["한지우"]


def test_what_the_owner_answered_is_not_asked_for_any_more() -> None:
    request = ("김과장", "지우님 표를 보내 주세요")
    assert find_todos(make(request))
    assert not find_todos(make(request, ("지우", "넵")))


def test_messages_already_read_ask_for_nothing() -> None:
    chat = make(("김과장", "지우님 표를 보내 주세요"))
    read = tuple(replace(message, is_context=True) for message in chat.messages)
    assert not find_todos(replace(chat, messages=read))


def test_there_are_few_and_they_are_the_newest() -> None:
    lines = [("Ben", f"I'll do task {n} on Friday") for n in range(10)]
    found = find_todos(make(*lines))
    assert [todo.evidence for todo in found] == [(n,) for n in range(10 - MAX_TODOS, 10)]


def test_a_long_message_is_cut_and_says_so() -> None:
    (todo,) = find_todos(make(("Ben", "I'll come on Friday " + "and more " * 40)))
    assert len(todo.what) <= LIMIT_CHARS
    assert todo.what.endswith("…")

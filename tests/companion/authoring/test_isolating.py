"""A chat that ends its author is found; the others get their summaries, whatever the order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.authoring.interface import AuthorLost
from companion.authoring.isolating import LIMIT_LOSSES, LIMIT_TOGETHER, Loss, summarize_apart
from inference.errors import InferenceError
from inference.interface import Chat, ChatMessage, Summary
from inference.summarizer import Summarizer

REASON = "its process was ended by SIGABRT"


class FatalAuthor:
    """Quotes; dies of chats called "poison", in the middle of those that are given with them."""

    is_usable = is_loaded = True
    identity = "fatal"
    on_wait: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, limit: int | None = None) -> None:
        self.calls: list[int] = []
        self.limit = limit

    def summarize(self, chats: Sequence[Chat]) -> Iterator[tuple[int, Summary]]:
        self.calls.append(len(chats))
        for index, chat in enumerate(chats):
            if self.limit == 0:
                return
            if chat.title == "poison":
                raise AuthorLost(REASON)
            self.limit = None if self.limit is None else self.limit - 1
            yield index, Summarizer(None).summarize_extractively(chat)

    def interrupt(self) -> None:
        raise NotImplementedError

    def unload(self) -> None:
        raise NotImplementedError


def make_chats(poisonous: Sequence[bool]) -> list[Chat]:
    return [
        Chat("poison" if bad else f"chat {number}", "", (ChatMessage(number, "Ben", "hello"),))
        for number, bad in enumerate(poisonous)
    ]


def write(
    author: FatalAuthor, poisonous: Sequence[bool], suspects: Sequence[int] = ()
) -> list[int]:
    """Whose summaries came, in order; negative where a loss came instead."""
    written = summarize_apart(author, make_chats(poisonous), frozenset(suspects))
    return [~index if isinstance(outcome, Loss) else index for index, outcome in written]


def test_without_trouble_chats_are_given_together() -> None:
    author = FatalAuthor()
    assert write(author, [False] * (LIMIT_TOGETHER + 1)) == list(range(LIMIT_TOGETHER + 1))
    assert author.calls == [LIMIT_TOGETHER, 1]


def test_the_poisonous_one_is_found_by_writing_the_rest_one_by_one() -> None:
    author = FatalAuthor()
    assert write(author, [False, True, False, False]) == [0, ~1, 2, 3]
    assert author.calls == [4, 1, 1, 1]


def test_one_that_is_left_alone_when_the_author_ends_needs_no_proof() -> None:
    author = FatalAuthor()
    assert write(author, [False, True]) == [0, ~1]
    assert author.calls == [2]


def test_those_that_failed_before_come_last_and_alone() -> None:
    author = FatalAuthor()
    assert write(author, [True, False, True, False], suspects=[0, 2]) == [1, 3, ~0, ~2]
    assert author.calls == [2, 1, 1]


def test_an_author_that_ends_again_and_again_is_itself_at_fault() -> None:
    author = FatalAuthor()
    written = summarize_apart(author, make_chats([True] * 9))
    losses = [next(written) for _ in range(LIMIT_LOSSES)]
    assert losses == [(index, Loss(REASON)) for index in range(LIMIT_LOSSES)]
    with pytest.raises(InferenceError, match="3 conversations in a row"):
        next(written)


def test_an_interrupted_author_is_asked_for_nothing_more() -> None:
    author = FatalAuthor(limit=3)
    assert write(author, [False] * 40) == [0, 1, 2]
    assert author.calls == [LIMIT_TOGETHER]


@given(st.lists(st.booleans(), max_size=40), st.sets(st.integers(0, 39)))
def test_every_chat_has_one_outcome_as_long_as_most_are_harmless(
    poisonous: list[bool], suspects: set[int]
) -> None:
    poisonous = [bad and number % 3 == 0 for number, bad in enumerate(poisonous)]
    found = write(FatalAuthor(), poisonous, [s for s in suspects if s < len(poisonous) and s % 3])
    assert sorted(index if index >= 0 else ~index for index in found) == list(range(len(poisonous)))
    assert {~index for index in found if index < 0} == {n for n, bad in enumerate(poisonous) if bad}

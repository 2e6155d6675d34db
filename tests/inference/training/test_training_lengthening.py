"""Long chats keep every message of what they are made of; figures count what sentences rest on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from inference.interface import Sentence
from inference.summarizer import Summarizer
from inference.training.corpus import Conversation, Message, Point, Todo
from inference.training.lengthening import TITLES, describe_summary, lengthen


def make_conversation(letter: str, n_messages: int, *, kind: str = "group") -> Conversation:
    return Conversation(
        id=f"en-{letter}-001",
        language="en",
        kind=kind,
        title=f"Title {letter}",
        me="Ann",
        messages=tuple(Message("Ben", f"{letter}{n} / more") for n in range(n_messages)),
        points=(Point("The main point.", (1,)), Point("Another.", (0,))),
        todos=(Todo("Ben", "book", "-", (1,)),) if letter == "a" else (),
        topic="Topic",
    )


CONVERSATIONS = [make_conversation(letter, 4) for letter in "abcde"]


def test_conversations_follow_each_other_whole_with_silences_between() -> None:
    long = lengthen(CONVERSATIONS, 10, seed=1)
    assert len(long.chat.messages) == 12
    assert long.chat.title == TITLES["en"]
    for conversation, first in long.parts:
        said = [m.text for m in long.chat.messages[first : first + 4]]
        assert said == [m.text.replace(" / ", "\n") for m in conversation.messages]
    times = [m.sent_at for m in long.chat.messages if m.sent_at is not None]
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(times)]
    between = {first - 1 for _, first in long.parts if first}
    assert all((gap_s > 1000) == (place in between) for place, gap_s in enumerate(gaps_s))


def test_the_same_seed_gives_the_same_chat_and_another_another() -> None:
    assert lengthen(CONVERSATIONS, 20, seed=1) == lengthen(CONVERSATIONS, 20, seed=1)
    assert lengthen(CONVERSATIONS, 20, seed=1) != lengthen(CONVERSATIONS, 20, seed=2)


def test_direct_chats_cannot_be_put_together() -> None:
    with pytest.raises(ValueError, match="no group"):
        lengthen([make_conversation("a", 4, kind="direct")], 10, seed=1)


def test_told_is_what_a_sentence_rests_on() -> None:
    long = lengthen(CONVERSATIONS, 20, seed=1)
    summary = Summarizer(None).summarize_extractively(long.chat)
    firsts = {conversation.id[3]: first for conversation, first in long.parts}
    resting = (firsts["a"] + 1, firsts["b"] + 3)
    told = describe_summary(long, replace(summary, sentences=(Sentence("x", resting),)))
    assert (told["conversations"], told["main_points"], told["topics"]) == (5, 1, 2)
    assert told["main_points_with_to_dos"] == "1 of 1"
    assert told["newest_topic"] is (long.parts[-1][0].id[3] in "ab")
    assert told["covered"] == told["messages"] == 20

"""Chats are joined and cut at places where the gold stays whole."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from inference.training.corpus import Conversation, Message, Point, Todo
from inference.training.rearranging import cut, join

NEWEST = Conversation(
    id="en-a-001",
    language="en",
    kind="group",
    title="Crew",
    me="Ann",
    messages=tuple(Message(sender, f"say {sender}") for sender in ("Ann", "Ben", "Cy", "Di", "Ed")),
    points=(Point("Ann and Ben.", (0, 1)), Point("Di.", (3,)), Point("Ed.", (4,))),
    todos=(Todo("Ed", "go", "-", (4,)), Todo("Ann", "stay", "-", (0,))),
    topic="New",
)
EARLIER = Conversation(
    id="en-a-002",
    language="en",
    kind="group",
    title="Band",
    me="Uma",
    messages=(Message("Uma", "one"), Message("Vic", "two")),
    points=(Point("Vic.", (1,)), Point("Uma.", (0,)), Point("Both.", (0, 1))),
    todos=(Todo("Vic", "sing", "-", (1,)),),
    topic="Old",
)


def join_two(earlier: Conversation, newest: Conversation = NEWEST) -> Conversation | None:
    return join([earlier, newest], random.Random(0))


def test_joined_chats_keep_the_first_sentences_of_each_and_all_to_dos() -> None:
    joined = join_two(EARLIER)
    assert joined is not None
    assert joined.messages == EARLIER.messages + NEWEST.messages
    assert [(p.text, p.sources) for p in joined.points] == [
        ("Ann and Ben.", (2, 3)),
        ("Di.", (5,)),
        ("Vic.", (1,)),
        ("Uma.", (0,)),
    ]
    assert [(t.who, t.sources) for t in joined.todos] == [
        ("Ed", (6,)),
        ("Ann", (2,)),
        ("Vic", (1,)),
    ]
    assert (joined.title, joined.me, joined.topic) == ("Crew", "Ann", "New")


def test_people_of_an_earlier_chat_get_other_names_where_they_clash() -> None:
    clashing = replace(
        EARLIER,
        messages=(Message("Uma", "one"), Message("Anselm", "two")),
        points=(Point("Anselm.", (1,)),),
    )
    newest = replace(NEWEST, messages=(*NEWEST.messages, Message("Anselm", "three")))
    joined = join_two(clashing, newest)
    assert joined is not None
    other = joined.messages[1].sender
    assert other not in {m.sender for m in newest.messages}
    assert joined.points[-1].text == f"{other}."


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param(replace(EARLIER, kind="direct"), id="a direct chat"),
        pytest.param(replace(EARLIER, language="ko"), id="another language"),
        pytest.param(replace(EARLIER, topic="Band of Uma"), id="gold from its title"),
        pytest.param(
            replace(EARLIER, messages=(Message("Xi", "one"), Message("Vic", "two"))),
            id="gold from a silent owner",
        ),
        pytest.param(
            replace(EARLIER, messages=(Message("Uma", "one"), Message("Ann", "two"))),
            id="a clash with a name that cannot change",
        ),
    ],
)
def test_chats_that_do_not_fit_are_not_joined(earlier: Conversation) -> None:
    assert join_two(earlier) is None


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_chat_keeps_the_gold_of_its_tail(seed: int) -> None:
    longer = replace(NEWEST, messages=(*NEWEST.messages, Message("Ann", "ok"), Message("Di", "ok")))
    parted = cut(longer, random.Random(seed))
    assert parted is not None
    kept, n_context = parted
    assert n_context in {2, 3, 4}
    assert kept.messages == longer.messages
    assert [p.text for p in kept.points] == (["Di.", "Ed."] if n_context < 4 else ["Ed."])
    assert [t.who for t in kept.todos] == ["Ed"]


@pytest.mark.parametrize(
    "points",
    [
        pytest.param((Point("All.", (0, 6)),), id="a sentence on both sides"),
        pytest.param((Point("All.", (5, 6)),), id="nothing to leave out"),
        pytest.param((Point("First.", (0,)),), id="nothing to keep"),
        pytest.param((Point("First.", (0,)), Point("He left.", (6,))), id="one that leans"),
    ],
)
def test_a_chat_without_a_clean_place_is_not_cut(points: tuple[Point, ...]) -> None:
    messages = tuple(Message("Ann", "so") for _ in range(7))
    whole = replace(NEWEST, messages=messages, points=points, todos=())
    assert cut(whole, random.Random(0)) is None

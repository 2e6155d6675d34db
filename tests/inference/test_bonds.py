from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.bonds import BONDS, BondFinder
from inference.interface import Chat, ChatMessage

MakeChat = Callable[..., Chat]
ALL = (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("earlier", "later", "present", "absent"),
    [
        (0, 1, {"near", "answers", "opening"}, {"same-sender", "asks", "shared", "others"}),
        (1, 2, {"assents", "near"}, {"answers", "opening", "shared"}),
        (0, 3, {"same-sender", "shared", "common", "others", "asks"}, {"answers", "assents"}),
        (1, 3, {"others", "asks"}, {"answers", "opening", "shared"}),
    ],
)
def test_what_ties_two_messages_is_noticed(
    make_chat: MakeChat, earlier: int, later: int, present: set[str], absent: set[str]
) -> None:
    chat = make_chat(
        "Ana: who drives to the lake?", "Bo: I can", "Cy: great", "Ana: the lake at 9 then?"
    )
    features = BondFinder(chat.messages, ALL).find_features(earlier, later)
    found = {name for name, value in features.items() if value}
    assert present <= found
    assert not absent & found


def test_distance_counts_all_messages_and_the_chosen_apart(make_chat: MakeChat) -> None:
    chat = make_chat(*(f"Ana: word{i}" for i in range(8)))
    neighbours = BondFinder(chat.messages, (0, 7)).find_features(0, 1)
    apart = BondFinder(chat.messages, (0, 2, 4, 7)).find_features(0, 3)
    assert neighbours["near"] == apart["near"] == pytest.approx(1 / 7)
    assert apart["apart"] == pytest.approx(3 * neighbours["apart"])


@pytest.mark.parametrize(
    ("hours", "silence"), [(None, 0.0), (0, 0.0), (1, 0.5), (2, 1.0), (48, 1.0), (-1, 0.0)]
)
def test_silence_is_noticed_where_times_are_known(hours: int | None, silence: float) -> None:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    later = None if hours is None else at + timedelta(hours=hours)
    messages = (ChatMessage(1, "a", "x", sent_at=at), ChatMessage(2, "b", "y", sent_at=later))
    assert BondFinder(messages, (0, 1)).find_features(0, 1)["silence"] == silence


def test_a_reply_is_tied_to_what_it_replies_to(make_chat: MakeChat) -> None:
    first, second = make_chat("Ana: tents", "Bo: fine").messages
    messages = (first, replace(second, reply_to=first.id))
    assert BondFinder(messages, (0, 1)).find_features(0, 1)["reply"] == 1.0


@given(st.lists(st.text(max_size=30), min_size=2, max_size=8))
def test_every_bond_lies_between_none_and_one(texts: list[str]) -> None:
    messages = [ChatMessage(i, "ab"[i % 2], text) for i, text in enumerate(texts)]
    finder = BondFinder(messages, range(len(texts)))
    for earlier in range(len(texts) - 1):
        features = finder.find_features(earlier, len(texts) - 1)
        assert features.keys() == BONDS.keys()
        assert all(0 <= value <= 1 + 1e-9 for value in features.values())

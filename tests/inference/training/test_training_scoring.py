"""The figures of validation count what their names say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.training.corpus import UNSAID, Conversation, Message, Point, Todo
from inference.training.examples import target_text
from inference.training.scoring import common_subsequence, score

CHAT = Conversation(
    id="en-a-001",
    language="en",
    kind="group",
    title="Saturday",
    me="Ann",
    messages=(Message("Ben", "shall we all meet at 7 by the old bridge"), Message("Ann", "yes")),
    points=(Point("They meet at 7.", (0, 1)),),
    todos=(Todo("Ben", "bring water", "Saturday", (0,)),),
    topic="Meeting",
)
KOREAN = replace(
    CHAT,
    id="ko-a-001",
    language="ko",
    messages=(Message("민지", "7시에 보자"), Message("재영", "응")),
    points=(Point("민지와 재영은 7시에 만난다.", (0, 1)),),
    todos=(Todo("민지", "물 챙기기", UNSAID, (0,)),),
)
NAMES = {"Ann", "Ben", "Zoe", "민지", "재영", "수빈"}


def test_gold_itself_scores_full_marks() -> None:
    for conversation in (CHAT, KOREAN):
        gold = score(conversation, target_text(conversation), NAMES)
        assert (gold.rouge1, gold.rouge_l) == (1.0, 1.0)
        assert (gold.todo_hits, gold.todos_written, gold.todos_gold) == (1, 1, 1)
        assert gold.ungrounded == ()
        assert gold.well_formed


@given(st.text(), st.sampled_from([CHAT, KOREAN]))
def test_anything_at_all_can_be_scored(text: str, conversation: Conversation) -> None:
    assert 0.0 <= score(conversation, text, NAMES).rouge1 <= 1.0


@pytest.mark.parametrize(
    ("conversation", "text", "missing"),
    [
        (CHAT, "They meet at 8.", ("8",)),
        (CHAT, "Zoe meets Ben at 7.", ("Zoe",)),
        (CHAT, "They meet in Paris on Monday.", ("Paris",)),
        (KOREAN, "수빈이 7시에 온다.", ("수빈",)),
        (KOREAN, "민지가 70명과 온다.", ("70",)),
    ],
)
def test_names_and_numbers_that_nobody_wrote_are_found(
    conversation: Conversation, text: str, missing: tuple[str, ...]
) -> None:
    assert score(conversation, text, NAMES).ungrounded == missing


def test_copying_is_the_share_of_five_word_runs_found_in_the_chat() -> None:
    copied = score(CHAT, "shall we all meet at 7", NAMES)
    own = score(CHAT, "They agreed to meet at the bridge at 7", NAMES)
    assert copied.copied == 1.0
    assert own.copied == 0.0


def test_a_to_do_of_the_gold_is_found_once_only() -> None:
    twice = score(CHAT, "x\nTo do:\n- Ben: a\n- Ben: b\nTopic: t", NAMES)
    assert (twice.todo_hits, twice.todos_written) == (1, 2)


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_a_common_subsequence_is_no_longer_than_either_side(left: str, right: str) -> None:
    length = common_subsequence(left, right)
    assert length == common_subsequence(right, left)
    assert length <= min(len(left), len(right))
    assert common_subsequence(left, left) == len(left)

"""A text is scored as `companion eval` scores what it shows, and for its form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.evaluating.overlap import Overlap
from inference.training.corpus import UNSAID, Conversation, Message, Point, Todo
from inference.training.examples import target_text
from inference.training.scoring import build_item, score_text

CHAT = Conversation(
    id="en-a-001",
    language="en",
    kind="group",
    title="Saturday",
    me="Ann",
    messages=(Message("Ben", "shall we all meet at 7 / by the bridge"), Message("Ann", "yes")),
    points=(Point("They meet at 7.", (0, 1)), Point("Ben brings water.", (0,))),
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


@pytest.mark.parametrize("conversation", [CHAT, KOREAN], ids=["en", "ko"])
def test_gold_itself_scores_full_marks(conversation: Conversation) -> None:
    gold = score_text(conversation, target_text(conversation), NAMES)
    assert (gold.score.rouge1, gold.score.rouge2, gold.score.rouge_l) == (1.0, 1.0, 1.0)
    assert gold.score.todos == Overlap(1, 1, 1)
    assert gold.score.ungrounded == ()
    assert gold.well_formed


@given(st.text(), st.sampled_from([CHAT, KOREAN]))
def test_anything_at_all_can_be_scored(text: str, conversation: Conversation) -> None:
    assert 0.0 <= score_text(conversation, text, NAMES).score.rouge1 <= 1.0


@pytest.mark.parametrize(
    "text", ["They meet.", "They meet.\nTo do:\n-", "They meet.\nTopic: A", "To do:\n-\nTopic: A"]
)
def test_a_text_that_lacks_a_part_is_not_well_formed(text: str) -> None:
    assert not score_text(CHAT, text, NAMES).well_formed


def test_what_a_text_claims_in_to_dos_and_topic_is_judged_too() -> None:
    text = "They meet.\nTo do:\n- Zoe: buy 9 tents\nTopic: Meeting"
    assert score_text(CHAT, text, NAMES).score.ungrounded == ("9", "Zoe")


def test_a_conversation_becomes_an_item_with_real_line_breaks() -> None:
    item = build_item(CHAT)
    assert item.chat.messages[0].text == "shall we all meet at 7\nby the bridge"
    assert [message.is_me for message in item.chat.messages] == [False, True]
    assert item.gold.references == ("They meet at 7.\nBen brings water.",)
    assert item.gold.sources == frozenset({0, 1})

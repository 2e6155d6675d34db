"""Prompt and target follow the form that the run-time side writes and parses."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from inference.training.corpus import UNSAID, Conversation, Message, Point, Todo
from inference.training.examples import Example, build_examples, packs_of, prompt_text, target_text

ENGLISH = Conversation(
    id="en-a-001",
    language="en",
    kind="group",
    title="Saturday",
    me="Ann",
    messages=(Message("Ben", "7 or 8? / tell me"), Message("Ann", "7")),
    points=(Point("Ann chose 7.", (0, 1)), Point("Ben asked.", (0,))),
    todos=(Todo("Ben", "book", "7", (1,)), Todo("Ann", "pay", UNSAID, (1,))),
    topic="Dinner time",
)
KOREAN = Conversation(
    id="ko-a-001",
    language="ko",
    kind="direct",
    title="엄마",
    me="수빈",
    messages=(Message("엄마", "도착했니"),),
    points=(Point("엄마가 도착했는지 물었다.", (0,)),),
    todos=(),
    topic="도착",
)


def test_an_english_prompt_is_title_owner_messages_and_cue() -> None:
    assert prompt_text(ENGLISH) == (
        "Chat: Saturday\nMe: Ann\nBen: 7 or 8? / tell me\nAnn: 7\n\nSummary:\n"
    )


def test_a_korean_prompt_has_korean_cues() -> None:
    assert prompt_text(KOREAN) == "대화: 엄마\n나: 수빈\n엄마: 도착했니\n\n요약:\n"


def test_a_line_parts_messages_already_read_from_those_to_summarise() -> None:
    assert prompt_text(ENGLISH, n_context=1) == (
        "Chat: Saturday\nMe: Ann\nBen: 7 or 8? / tell me\n--- new ---\nAnn: 7\n\nSummary:\n"
    )


@pytest.mark.parametrize("n_context", [-1, 2])
def test_something_is_left_to_summarise(n_context: int) -> None:
    with pytest.raises(ValueError, match="as context"):
        prompt_text(ENGLISH, n_context)


def test_an_unsaid_time_leaves_no_brackets() -> None:
    assert target_text(ENGLISH) == (
        "Ann chose 7.\nBen asked.\nTo do:\n- Ben: book (7)\n- Ann: pay\nTopic: Dinner time"
    )


def test_no_to_dos_are_a_single_dash() -> None:
    assert target_text(KOREAN) == "엄마가 도착했는지 물었다.\n할 일:\n-\n주제: 도착"


def test_examples_have_their_context_and_leave_out_long_prompts() -> None:
    words = {"[UNK]": 0}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "removed")
    given = [(ENGLISH, 0), (ENGLISH, 1), (KOREAN, 0)]
    lengths = [len(e.prompt_ids) for e in build_examples(given, tokenizer, 1, 100)]
    assert lengths == [5, 6, 4]
    assert [e.id for e in build_examples(given, tokenizer, 1, 4)] == [KOREAN.id]


def example(prompt_tokens: int) -> Example:
    return Example("x", tuple(range(prompt_tokens)), (7, 8))


def test_the_model_reads_everything_but_the_end_token() -> None:
    assert example(3).input_ids == (0, 1, 2, 7)
    assert example(3).length_tokens == 4


def test_packs_keep_order_and_stay_within_their_limit() -> None:
    examples = [example(n) for n in (4, 4, 4, 30, 4)]
    packs = packs_of(examples, limit_tokens=10)
    assert [e for pack in packs for e in pack] == examples
    assert [[e.length_tokens for e in pack] for pack in packs] == [[5, 5], [5], [31], [5]]

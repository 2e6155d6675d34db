from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.checks import SourceText
from inference.interface import Chat, Generation
from inference.ranking import FLAG_UNSURE, choose_text, measure_agreement
from inference.words import find_terms

GOOD = "Andy picks up the dry cleaning before 6.\nPriya waters the plants on Saturday."
LOSSY = GOOD.replace("Saturday", "Sunday")
BAD = "Andy picks up Biscuit at 11."
ECHO = "Andy: picks up the dry cleaning before 6"
LOWEST = -0.5


@pytest.fixture
def source(make_chat: Callable[..., Chat]) -> SourceText:
    chat = make_chat(
        "Marisol: get the dry cleaning before 6",
        "Andy: deal, the dry cleaning it is",
        "Priya: I'll water the plants on Saturday",
        me="Andy",
    )
    return SourceText(chat, "en")


@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        ((GOOD,), GOOD),
        ((BAD, GOOD), GOOD),
        ((LOSSY, GOOD), GOOD),
        ((LOSSY, BAD), LOSSY.split("\n", maxsplit=1)[0]),
        ((GOOD, "Andy gets the dry cleaning before 6."), GOOD),
    ],
)
def test_the_likeliest_with_the_fewest_losses_wins(
    source: SourceText, texts: tuple[str, ...], chosen: str
) -> None:
    scores = tuple(-0.1 - place / 100 for place in range(len(texts)))
    verdict = choose_text(Generation(texts, scores, 9), source, LOWEST)
    assert verdict.passes
    assert "\n".join(verdict.sentences) == chosen


def test_where_none_passes_the_flags_of_all_say_why(source: SourceText) -> None:
    verdict = choose_text(Generation((BAD, ECHO), (-0.1, -0.2), 9), source, LOWEST)
    assert not verdict.passes
    assert set(verdict.flags) == {"ungrounded-name", "ungrounded-number", "echo"}


@pytest.mark.parametrize(("score", "passes"), [(LOWEST, True), (LOWEST - 0.01, False)])
def test_what_the_model_itself_doubts_is_refused(
    source: SourceText, score: float, passes: bool
) -> None:
    verdict = choose_text(Generation((GOOD,), (score,), 9), source, LOWEST)
    assert verdict.passes is passes
    assert (verdict.flags == (FLAG_UNSURE,)) is not passes


def test_of_several_texts_the_agreement_decides_and_not_the_likelihood(source: SourceText) -> None:
    odd = "Marisol waters the plants on Saturday."
    texts = (odd, GOOD, GOOD.replace("picks up", "gets"))
    verdict = choose_text(Generation(texts, (-0.1, -0.7, -0.8), 9), source, LOWEST)
    assert verdict.passes
    assert "\n".join(verdict.sentences) == GOOD


@given(st.lists(st.text(alphabet="ab 가나", max_size=12), max_size=5))
def test_agreement_is_a_share_and_whole_among_equals(texts: list[str]) -> None:
    assert all(0 <= agreement <= 1 for agreement in measure_agreement(texts))
    if texts and find_terms(texts[0]):
        assert measure_agreement([texts[0]] * 3) == [1.0] * 3
    assert measure_agreement(texts[:1]) == [0.0] * len(texts[:1])

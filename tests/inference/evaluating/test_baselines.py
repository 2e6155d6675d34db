"""The baselines quote three messages with their senders, in chat order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inference.evaluating.baselines import show_highlights, show_lead, show_longest
from inference.summarizer import Summarizer

if TYPE_CHECKING:
    from tests.inference.conftest import MakeChat

LINES = ("A: aaaa", "B: b", "A: aaaaa", "B: bb", "C: cccc")


def test_lead_quotes_the_first(make_chat: MakeChat) -> None:
    shown = show_lead(make_chat(*LINES))
    assert shown.sentences == LINES[:3]
    assert shown.evidence == frozenset({0, 1, 2})


def test_longest_quotes_the_longest_in_chat_order(make_chat: MakeChat) -> None:
    shown = show_longest(make_chat(*LINES))
    assert shown.sentences == (LINES[0], LINES[2], LINES[4])
    assert shown.evidence == frozenset({0, 2, 4})


def test_of_two_as_long_the_earlier_is_quoted(make_chat: MakeChat) -> None:
    assert show_longest(make_chat("A: xx", "A: yy", "A: zz", "A: vv")).evidence == frozenset(
        {0, 1, 2}
    )


@pytest.mark.parametrize("show", [show_lead, show_longest])
def test_a_short_chat_is_quoted_whole_on_a_line_a_message(
    make_chat: MakeChat, show: object
) -> None:
    assert callable(show)
    assert show(make_chat("A: one\ntwo")).sentences == ("A: one / two",)


def test_highlights_are_what_a_user_without_a_model_gets(make_chat: MakeChat) -> None:
    chat = make_chat(*LINES, language="en")
    ((_, summary),) = Summarizer(None).summarize([chat])
    shown = show_highlights(chat)
    assert shown.sentences == tuple(sentence.text for sentence in summary.sentences)
    assert len(shown.sentences) == len(summary.highlights) > 1

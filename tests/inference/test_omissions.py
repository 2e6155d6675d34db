from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.interface import Highlight
from inference.omissions import MAX_OMISSIONS, find_omissions

GIST = ("Andy picks up the dry cleaning before 6.",)


def make_highlights(*texts: str) -> list[Highlight]:
    return [Highlight(number, "Bo", text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "omitted"),
    [
        (("get the dry cleaning before 6",), ()),
        (("the plumber comes at 9:30 on Tuesday",), (0,)),
        (("the plumber comes on Tuesday",), ()),
        (("배관공이 화요일 9시에 온대요",), (0,)),
        (("how about the plumber at 9:30 on Tuesday?",), ()),
        (("ok", "6", "..."), ()),
        ((), ()),
        # Half of it is told already: "dry cleaning" and "pick up", though not what it costs.
        (("pick up the dry cleaning, Andy, it is 12",), ()),
    ],
)
def test_a_message_with_untold_figures_is_left_untold(
    texts: tuple[str, ...], omitted: tuple[int, ...]
) -> None:
    found = find_omissions(GIST, make_highlights(*texts))
    assert tuple(highlight.message_id for highlight in found) == omitted


def test_the_least_told_come_in_chat_order() -> None:
    texts = ("cleaning closes at 5", "rent is 900", "dry cleaning shop on 44 High St", "bus 7 at 8")
    found = find_omissions(GIST, make_highlights(*texts))
    assert [highlight.message_id for highlight in found] == [1, 3]


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=6))
def test_omissions_are_few_of_the_highlights_in_their_order(
    sentences: list[str], texts: list[str]
) -> None:
    highlights = make_highlights(*texts)
    found = find_omissions(sentences, highlights)
    places = [highlights.index(highlight) for highlight in found]
    assert places == sorted(set(places))
    assert len(found) <= MAX_OMISSIONS


def test_what_a_gist_says_in_full_is_no_omission() -> None:
    text = "the plumber comes at 9:30 on Tuesday"
    assert find_omissions([text], make_highlights(text)) == ()

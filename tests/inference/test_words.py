from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.words import count_words, find_terms, split_words, stem_word


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bring 2 cakes, it’s at 7:30!", ["bring", "2", "cakes", "it's", "at", "7:30"]),
        ("보일러 기사가 3만원이래 ㅋㅋㅋ", ["보일러", "기사가", "3", "만원이래"]),
        ("ㅠㅠ 🎉", []),
    ],
)
def test_words_are_cut_in_both_scripts_and_laughter_is_left_out(
    text: str, words: list[str]
) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("혜진이", "혜진"),
        ("경비실에서는", "경비실"),
        ("토요일까지", "토요일"),
        ("나는", "나는"),
        ("cakes", "cak"),
        ("cake", "cak"),
        ("baking", "bak"),
        ("baked", "bak"),
        ("maria's", "maria"),
        ("bus", "bus"),
    ],
)
def test_forms_of_a_word_meet_in_one_stem(word: str, stem: str) -> None:
    assert stem_word(word) == stem


def test_korean_compounds_share_terms_with_their_parts() -> None:
    assert find_terms("보일러수리") & find_terms("보일러를")


def test_stop_words_are_no_terms() -> None:
    assert find_terms("그래서 너무 the and") == frozenset()


def test_words_are_counted_over_all_texts() -> None:
    assert count_words(["one two", "", "세 번째"]) == 4


@given(st.text())
def test_any_text_has_terms_or_none(text: str) -> None:
    assert all(term == term.lower() or not term.isascii() for term in find_terms(text))

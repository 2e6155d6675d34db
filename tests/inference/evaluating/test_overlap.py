"""What two texts share is counted as the names say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.evaluating.overlap import (
    Overlap,
    common_subsequence,
    rouge_l,
    rouge_n,
    share_copied,
    units_of,
)


@pytest.mark.parametrize(
    ("text", "language", "units"),
    [
        ("Meet at 7:30, OK?", "en", ["meet", "at", "7", "30", "ok"]),
        ("7시에, 만나!", "ko", ["7", "시", "에", "만", "나"]),
        ("카페 A", "ko", ["카", "페", "a"]),
        ("...", "en", []),
    ],
)
def test_english_counts_words_and_korean_characters(
    text: str, language: str, units: list[str]
) -> None:
    assert units_of(text, language) == units


@pytest.mark.parametrize(
    ("written", "wanted", "figures"),
    [
        # Worked by hand: hits of one, two and in order, twice over the sum of both lengths.
        ("the cat sat", "the cat sat", (1, 1, 1)),
        ("the cat sat", "sat the cat", (1, 2 * 1 / 4, 2 * 2 / 6)),
        ("the the the", "the cat", (2 * 1 / 5, 0, 2 * 1 / 5)),
        ("a b c d", "a x c y", (2 * 2 / 8, 0, 2 * 2 / 8)),
        ("", "a b", (0, 0, 0)),
    ],
)
def test_rouge_is_the_f1_of_runs_and_of_the_longest_subsequence(
    written: str, wanted: str, figures: tuple[float, float, float]
) -> None:
    left, right = written.split(), wanted.split()
    found = (rouge_n(left, right, 1), rouge_n(left, right, 2), rouge_l(left, right))
    assert found == pytest.approx(figures)


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_a_common_subsequence_is_no_longer_than_either_side(left: str, right: str) -> None:
    length = common_subsequence(left, right)
    assert length == common_subsequence(right, left)
    assert length <= min(len(left), len(right))
    assert common_subsequence(left, left) == len(left)


@given(st.text("ab ", max_size=12), st.text("ab ", max_size=12), st.sampled_from(["en", "ko"]))
def test_rouge_is_the_same_both_ways_and_full_only_for_equal_units(
    left: str, right: str, language: str
) -> None:
    ours, theirs = units_of(left, language), units_of(right, language)
    assert rouge_n(ours, theirs, 1) == rouge_n(theirs, ours, 1)
    assert 0 <= rouge_l(ours, theirs) <= rouge_n(ours, theirs, 1) <= 1
    assert (rouge_l(ours, theirs) == 1) is (ours == theirs)


SOURCES = ("Ben shall we all meet at 7\nby the old bridge", "Ann yes let us meet there then")


@pytest.mark.parametrize(
    ("sentences", "share"),
    [
        (["Shall we all meet at 7"], 1.0),
        (["Ben: shall we all meet"], 1.0),
        (["meet at 7 / by the old bridge"], 1.0),
        (["They agreed to meet at the bridge at 7"], 0.0),
        (["shall we all meet at noon"], 1 / 2),
        (["by the old bridge Ann yes"], 0.0),  # two messages
        (["shall we all meet", "at 7 by the old"], 1.0),  # no run over two sentences
        (["yes"], None),
        ([], None),
    ],
)
def test_copied_is_the_share_of_five_word_runs_found_in_one_message(
    sentences: list[str], share: float | None
) -> None:
    assert share_copied(sentences, SOURCES) == share


def test_overlaps_add_up_before_anything_is_divided() -> None:
    both = Overlap(1, 1, 4) + Overlap(0, 1, 0)
    assert (both.precision, both.recall, both.f1) == (1 / 2, 1 / 4, 2 / 6)


def test_nothing_written_where_nothing_is_wanted_is_right() -> None:
    assert (Overlap().precision, Overlap().recall, Overlap().f1) == (1, 1, 1)
    assert Overlap(0, 1, 0).f1 == Overlap(0, 0, 1).f1 == 0

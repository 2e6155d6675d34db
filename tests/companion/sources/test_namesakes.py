"""Two people of one name are two names in a conversation, and nobody has two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from companion.sources.namesakes import tell_apart


def test_who_comes_first_keeps_the_bare_name() -> None:
    bearers: dict[str, str] = {}
    assert tell_apart(bearers, "1", "Kim", "+821") == "Kim"
    assert tell_apart(bearers, "2", "Kim", "+822") == "Kim (+822)"
    assert tell_apart(bearers, "1", "Kim", "+821") == "Kim"
    assert tell_apart(bearers, "2", "Kim", "+822") == "Kim (+822)"


def test_a_mark_that_says_nothing_is_passed_over() -> None:
    bearers = {"Kim": "1"}
    assert tell_apart(bearers, "2", "Kim", "", "Kim", "kim.2") == "Kim (kim.2)"


def test_a_mark_that_two_share_sets_nobody_apart() -> None:
    bearers = {"Kim": "1", "Kim (kim)": "2"}
    assert tell_apart(bearers, "3", "Kim", "kim", "id-3") == "Kim (id-3)"


def test_without_a_mark_the_name_stays_and_no_name_gets_none() -> None:
    assert tell_apart({"Kim": "1"}, "2", "Kim") == "Kim"
    assert tell_apart({"": "1"}, "2", "", "+822") == ""


@given(st.lists(st.integers(0, 9), max_size=40))
def test_nobody_shares_a_name_and_each_keeps_theirs(turns: list[int]) -> None:
    names: dict[int, str] = {}
    bearers: dict[str, str] = {}
    for person in turns:
        shown = tell_apart(bearers, str(person), "AB"[person % 2], f"+{person}")
        assert names.setdefault(person, shown) == shown
    assert len(set(names.values())) == len(names)

"""Names of Windows exports are found by their repetition."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from companion.sources.line.names import Names, NameSurvey


def survey(lines: Iterable[str], known: tuple[str, ...] = ()) -> Names:
    found = NameSurvey()
    for line in lines:
        found.observe(line)
    return found.find_names(known)


def write(name: str, texts: str) -> list[str]:
    return [f"{name} {text}" for text in texts.split("/")]


TALK = "so what now/I see/no idea/what about you/so be it"


def test_one_word_is_a_name_and_the_rest_is_text() -> None:
    names = survey(write("Bob", TALK) + write("안나", TALK))
    assert names.split("Bob so what now") == ("Bob", "so what now")
    assert names.split("안나 안녕 하세요") == ("안나", "안녕 하세요")


def test_two_words_are_a_name_where_all_lines_share_them() -> None:
    names = survey(write("Bob Lee", TALK) + write("Ann", TALK))
    assert names.split("Bob Lee so what now") == ("Bob Lee", "so what now")
    assert names.split("Ann so what now") == ("Ann", "so what now")
    assert names.found == {"Bob Lee", "Ann"}


def test_two_people_may_share_their_first_name() -> None:
    names = survey(write("Bob Lee", TALK) + write("Bob van Dam", TALK))
    assert names.split("Bob Lee hi") == ("Bob Lee", "hi")
    assert names.split("Bob van Dam hi") == ("Bob van Dam", "hi")


@pytest.mark.parametrize("texts", ["Photos/Photos/Photos/Photos/Photos", "ok/ok then/ok so/hm"])
def test_what_somebody_says_often_is_no_part_of_the_name(texts: str) -> None:
    assert survey(write("Bob", texts)).found == {"Bob"}


def test_a_name_that_was_told_needs_no_repetition() -> None:
    names = survey(["Bob Lee hi"], known=("Bob Lee",))
    assert names.split("Bob Lee hi") == ("Bob Lee", "hi")
    assert names.split("Bob Leeds hi") == ("Bob", "Leeds hi")


@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("Bob", ("Bob", "")),
        ("Bob ", ("Bob", "")),
        ("Bob a\nb c", ("Bob", "a\nb c")),
        ("Bob \nb c", ("Bob", "\nb c")),
        ("Bob\nb c", ("Bob", "b c")),
    ],
)
def test_texts_may_be_empty_or_of_several_lines(rest: str, parts: tuple[str, str]) -> None:
    assert survey([]).split(rest) == parts
    assert survey([], known=("Bob",)).split(rest) == parts

"""Who is said to do what: names that clauses begin with, and none that are merely mentioned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inference.actors import find_actors
from inference.interface import Chat
from inference.names import NameBook

MakeChat = Callable[..., Chat]


@pytest.mark.parametrize(
    ("sentence", "actors"),
    [
        ("Fionn tops up the gas.", [("Fionn", " tops up the gas.")]),
        (
            "Fionn tops up the gas, and Gaz resets the boiler.",
            [("Fionn", " tops up the gas, and "), ("Gaz", " resets the boiler.")],
        ),
        ("Gaz's boiler is off.", []),
        ("The boiler of Gaz is off.", []),
        ("Gaz and Fionn share it.", [("Fionn", " share it.")]),
        ("Mrs Cho says that Gaz pays.", [("Mrs Cho (no 4)", " says that "), ("Gaz", " pays.")]),
        ("Mrs Cho (no 4) pays.", [("Mrs Cho (no 4)", " pays.")]),
        ("It is off.", []),
    ],
)
def test_english_names_act_where_a_clause_begins(
    make_chat: MakeChat, sentence: str, actors: list[tuple[str, str]]
) -> None:
    names = NameBook(make_chat("Gaz: hi", "Fionn: ho", "Mrs Cho (no 4): hello", me="Gaz"))
    found = [(actor.person, actor.clause) for actor in find_actors(sentence, names, "en")]
    assert found == actors


@pytest.mark.parametrize(
    ("sentence", "people"),
    [
        ("디자이너 문은 일요일에 봐주고 인턴 해듬이 시험을 본다.", ["디자이너 문", "인턴 해듬"]),
        ("송년회식은 대표 서경이 1월로 미뤘다.", ["대표 서경"]),
        ("인턴 해듬의 시험을 인턴 해듬에게 알렸다.", []),
        ("내일 회식이 있다.", []),
    ],
)
def test_korean_names_act_where_a_particle_says_so(
    make_chat: MakeChat, sentence: str, people: list[str]
) -> None:
    names = NameBook(make_chat("대표 서경: 네", "디자이너 문: 네", "인턴 해듬: 네", me="인턴 해듬"))
    assert [actor.person for actor in find_actors(sentence, names, "ko")] == people


def test_a_spelling_that_two_people_share_names_nobody(make_chat: MakeChat) -> None:
    names = NameBook(make_chat("Ann Lee: hi", "Ann Moor: ho"))
    assert find_actors("Ann pays.", names, "en") == []
    assert [a.person for a in find_actors("Ann Moor pays.", names, "en")] == ["Ann Moor"]

"""People get other names everywhere alike, and only where a word is surely their name."""

from __future__ import annotations

import random

import pytest

from inference.training.corpus import Conversation, Message, Point, Todo
from inference.training.renaming import final_class, known_names, rename

SEEDS = range(6)


def chat(language: str, lines: list[str], gold: str, me: str, who: str = "-") -> Conversation:
    messages = tuple(Message(*line.split("> ", 1)) for line in lines)
    return Conversation(
        id=f"{language}-a-001",
        language=language,
        kind="group",
        title="-",
        me=me,
        messages=messages,
        points=(Point(gold, (0,)),),
        todos=(Todo(who, "-", "-", (0,)),),
        topic="-",
    )


def renamed(conversation: Conversation, seed: int = 0) -> Conversation:
    changed = rename(conversation, random.Random(seed))
    assert changed is not None
    return changed


@pytest.mark.parametrize("seed", SEEDS)
def test_an_english_name_changes_in_every_place_and_spelling(seed: int) -> None:
    lines = ["Priyanka (3F)> hi", "Tomasz> PRIYANKA, ask priyanka's mum"]
    new = renamed(chat("en", lines, "Priyanka's mum is asked.", "Tomasz", "Priyanka (3F)"), seed)
    name = new.messages[0].sender.split()[0]
    other = new.messages[1].sender
    known = known_names("en")
    assert name != "Priyanka"
    assert known[name] == "girls"
    assert known[other] == "boys"
    assert new.me == other
    assert new.messages[0].sender == new.todos[0].who == f"{name} (3F)"
    assert new.messages[1].text == f"{name.upper()}, ask {name.lower()}'s mum"
    assert new.points[0].text == f"{name}'s mum is asked."


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("Tomasz> write to tomasz@mail.example", id="in an address"),
        pytest.param("Tomasz> I am @tomasz22", id="in a handle"),
        pytest.param("Tomasz> Tomaszz!!", id="drawn out"),
        pytest.param("Tomasz> call me Tom", id="shortened"),
        pytest.param("Tomasz> Tomasz-Jan it is", id="part of a longer name"),
        pytest.param("Tomasz> toMASZ", id="oddly spelled"),
        pytest.param("Mum> so", id="no name at all"),
        pytest.param("Will> I will", id="an ordinary word"),
    ],
)
def test_an_english_name_stays_where_it_is_not_surely_one(line: str) -> None:
    assert rename(chat("en", [line], "-", "me"), random.Random(0)) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_korean_name_changes_under_its_particles_and_forms_of_address(seed: int) -> None:
    lines = ["김민지> 안녕", "엄마> 민지야 수빈이는? 민지씨, 수빈맘한테", "수빈맘> 김민지님 네"]
    new = renamed(chat("ko", lines, "민지가 수빈이에게 답한다.", "엄마", "김민지"), seed)
    full, mother, parent = (message.sender for message in new.messages)
    name, child = full[1:], parent.removesuffix("맘")
    assert mother == new.me == "엄마"
    assert (len(name), final_class(name)) == (2, "open")
    assert (len(child), final_class(child)) == (2, "closed")
    assert full[0] != "김"
    assert new.messages[1].text == f"{name}야 {child}이는? {name}씨, {child}맘한테"
    assert new.messages[2].text == f"{full}님 네"
    assert new.points[0].text == f"{name}가 {child}이에게 답한다."
    assert new.todos[0].who == full


@pytest.mark.parametrize("seed", SEEDS)
def test_a_korean_family_name_changes_before_a_role(seed: int) -> None:
    new = renamed(
        chat("ko", ["최팀장> 네", "박사장> 최 팀장님 최고"], "최팀장이 답했다.", "박사장"), seed
    )
    family = new.messages[0].sender[0]
    assert family not in "최박"
    assert new.messages[0].sender == f"{family}팀장"
    assert new.messages[1].text == f"{family} 팀장님 최고"
    assert new.points[0].text == f"{family}팀장이 답했다."


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        pytest.param("민지", "민지우개 있어?", id="the beginning of another word"),
        pytest.param("민지", "재민지", id="inside another word"),
        pytest.param("엄마", "밥 먹었니", id="a role"),
        pytest.param("지원", "지원 마감", id="an ordinary word"),
        pytest.param("최대리", "최 말고", id="a family name by itself"),
    ],
)
def test_a_korean_name_stays_where_it_is_not_surely_one(sender: str, text: str) -> None:
    assert rename(chat("ko", [f"{sender}> {text}"], "-", "나"), random.Random(0)) is None


@pytest.mark.parametrize(
    ("name", "particles"), [("민지", "open"), ("다솔", "rieul"), ("수빈", "closed")]
)
def test_a_korean_name_is_classed_by_its_last_letter(name: str, particles: str) -> None:
    assert final_class(name) == particles


@pytest.mark.parametrize("seed", SEEDS)
def test_new_names_are_not_among_those_taken(seed: int) -> None:
    taken = [name for name, group in known_names("en").items() if group == "boys"]
    left, free = taken[0], taken[1:]
    new = rename(chat("en", ["Tomasz> hi"], "-", "me"), random.Random(seed), taken=free)
    assert new is None or new.messages[0].sender == left

from __future__ import annotations

from inference.interface import Sentence, ToDo
from inference.merging import MAX_SENTENCES, MAX_TODOS, PartSummary, merge_parts


def make_part(*sentences: tuple[str, int], topic: str = "") -> PartSummary:
    return PartSummary(tuple(Sentence(text, (n,)) for text, n in sentences), (), topic)


def test_the_newest_part_comes_first_and_highlighted_sentences_follow() -> None:
    old = make_part(("Rent rises in May.", 1), ("Bo paid the plumber.", 2), topic="Rent")
    middle = make_part(("Cy sold the car.", 5), ("Ana baked bread.", 6))
    new = make_part(("Dinner moved to Saturday.", 8), ("Eli brings wine.", 9), topic="Dinner")
    merged = merge_parts([old, middle, new], frozenset({1, 6}))
    assert [s.text for s in merged.sentences] == [
        "Dinner moved to Saturday.",
        "Eli brings wine.",
        "Ana baked bread.",
        "Rent rises in May.",
    ]
    assert len(merged.sentences) == MAX_SENTENCES
    assert merged.topic == "Dinner"


def test_what_two_parts_say_comes_once_as_the_newer_has_it() -> None:
    old = make_part(("Dinner is on Saturday at Lisie's.", 1))
    new = make_part(("Dinner is on Saturday at eight at Lisie's.", 8))
    assert [s.evidence for s in merge_parts([old, new], frozenset()).sentences] == [(8,)]


def test_the_newest_to_dos_come_first_and_each_once() -> None:
    old = PartSummary(
        (), (ToDo("Bo", "Bring wine", "", (1,)), ToDo("Cy", "Bring wine", "", (1,))), ""
    )
    new = PartSummary((), (ToDo("Bo", "Bring the wine", "Sat", (8,)),), "")
    merged = merge_parts([old, new], frozenset())
    assert [(t.who, t.evidence) for t in merged.todos] == [("Bo", (8,)), ("Cy", (1,))]


def test_to_dos_are_few() -> None:
    todos = tuple(ToDo(f"P{n}", f"Task{n}", "", (n,)) for n in range(20))
    assert len(merge_parts([PartSummary((), todos, "")], frozenset()).todos) == MAX_TODOS


def test_one_part_stays_as_it_is() -> None:
    part = make_part(("A b c.", 1), ("D e f.", 2), topic="X")
    assert merge_parts([part], frozenset({2})) == part

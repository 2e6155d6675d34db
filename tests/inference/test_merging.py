from __future__ import annotations

from inference.interface import Sentence
from inference.merging import MAX_SENTENCES, PartSummary, merge_parts


def make_part(*sentences: tuple[str, int], topic: str = "") -> PartSummary:
    return PartSummary(tuple(Sentence(text, (n,)) for text, n in sentences), topic)


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


def test_one_part_stays_as_it_is() -> None:
    part = make_part(("A b c.", 1), ("D e f.", 2), topic="X")
    assert merge_parts([part], frozenset({2})) == part

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.interface import Sentence
from inference.merging import MAX_SENTENCES, PartSummary, count_sentences, merge_parts


def make_part(*sentences: tuple[str, int], topic: str = "") -> PartSummary:
    return PartSummary(tuple(Sentence(text, (n,)) for text, n in sentences), topic)


def list_texts(merged: PartSummary) -> list[str]:
    return [sentence.text for sentence in merged.sentences]


OLD = make_part(("Rent rises in May.", 1), ("Bo paid the plumber.", 2), topic="Rent")
MIDDLE = make_part(("Cy sold the car.", 5), ("Ana baked bread.", 6))
NEW = make_part(("Dinner moved to Saturday.", 8), ("Eli brings wine.", 9), topic="Dinner")


def test_the_newest_part_comes_first_then_the_first_sentence_of_each() -> None:
    merged = merge_parts([OLD, MIDDLE, NEW], {2: 1.0, 6: 2.0})
    assert list_texts(merged) == [
        "Dinner moved to Saturday.",
        "Eli brings wine.",
        "Cy sold the car.",
        "Ana baked bread.",
        "Rent rises in May.",
    ]
    assert merged.topic == "Dinner"


def test_the_newest_part_names_its_main_point_and_its_newest_message() -> None:
    new = make_part(("Dinner moved.", 20), ("Eli brings wine.", 19), ("Mo lost a scarf.", 24))
    parts = [*(make_part((f"Word{n} is all.", n)) for n in range(8)), new]
    assert list_texts(merge_parts(parts, {}))[:3] == [
        "Dinner moved.",
        "Mo lost a scarf.",
        "Word7 is all.",
    ]


def test_where_not_all_parts_find_room_those_that_weigh_most_do() -> None:
    parts = [make_part((f"Word{n} is all.", n), (f"More{n} is said.", 100 + n)) for n in range(12)]
    merged = merge_parts(parts, {0: 3.0, 2: 1.0, 3: 2.0, 4: -1.0, 103: 9.0})
    said = [sentence.evidence[0] for sentence in merged.sentences]
    assert said == [11, 111, 10, 9, 8, 3, 2, 0]


def test_what_two_parts_say_comes_once_as_the_newer_has_it() -> None:
    old = make_part(("Dinner is on Saturday at Lisie's.", 1))
    new = make_part(("Dinner is on Saturday at eight at Lisie's.", 8))
    assert [s.evidence for s in merge_parts([old, new], {}).sentences] == [(8,)]


def test_one_part_stays_as_it_is() -> None:
    assert merge_parts([OLD], {2: 1.0}) == OLD


@given(
    st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=4), min_size=2, max_size=14),
    st.dictionaries(st.integers(0, 40), st.floats(-4, 4)),
)
def test_merging_only_leaves_out(spoken: list[list[int]], weights: dict[int, float]) -> None:
    parts = [
        make_part(*((f"Word{n} of{place}.", n) for n in part)) for place, part in enumerate(spoken)
    ]
    merged = merge_parts(parts, weights)
    offered = [sentence for part in reversed(parts) for sentence in part.sentences]
    assert merged.sentences[0] == parts[-1].sentences[0]
    assert 0 < len(merged.sentences) <= count_sentences(len(parts)) <= MAX_SENTENCES
    assert len(set(merged.sentences)) == len(merged.sentences)
    assert set(merged.sentences) <= set(offered)

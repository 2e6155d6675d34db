"""One summary's figures: what counts as met, forbidden, the same to-do, the right evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from inference.evaluating.items import Gold, GoldToDo, Item
from inference.evaluating.overlap import Overlap
from inference.evaluating.scoring import Shown, score_shown
from inference.interface import Highlight, Sentence, Summary, ToDo

if TYPE_CHECKING:
    from tests.inference.conftest import MakeChat

GOLD = Gold(
    references=("They meet at seven.", "Ben and Ann meet at the bridge."),
    must=(("Ben",), ("7:30", "half  seven")),
    forbid=("8:00", "10 "),
    todos=(GoldToDo("Ben", "bring the water"), GoldToDo("Ben", "book a table for five")),
    sources=frozenset({0, 2}),
)


@pytest.fixture
def item(make_chat: MakeChat) -> Item:
    lines = ("Ben: shall we meet at 8:00 by the bridge", "Ann: 7:30?", "Ben: fine, 7:30")
    return Item("a", "en", make_chat(*lines, me="Ann"), GOLD)


def test_rouge_is_against_the_best_reference(item: Item) -> None:
    for reference in GOLD.references:
        score = score_shown(item, Shown((reference,)), ())
        assert (score.rouge1, score.rouge2, score.rouge_l) == (1, 1, 1)


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("BEN comes at 7:30.", (True, True)),
        ("ben comes at half\nseven.", (True, True)),
        ("Ann comes at 17:30.", (False, True)),  # a substring, as the contract has it
        ("Ann comes at 7.", (False, False)),
    ],
)
def test_a_list_is_met_by_any_alternative_case_and_blanks_aside(
    item: Item, text: str, met: tuple[bool, ...]
) -> None:
    assert score_shown(item, Shown((text,)), ()).met == met


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("They meet at 8:00", ("8:00",)),
        ("Pay 10 now", ("10 ",)),
        ("Pay 10", ("10 ",)),
        ("Pay 100", ()),
    ],
)
def test_a_blank_at_the_end_of_a_phrase_is_the_end_of_a_word(
    item: Item, text: str, forbidden: tuple[str, ...]
) -> None:
    assert score_shown(item, Shown((text,)), ()).forbidden == forbidden


def test_what_stands_beside_the_sentences_counts_as_shown_only(item: Item) -> None:
    shown = Shown(
        ("They meet.",), todos=(GoldToDo("Ben", "come at 7:30"),), rest=("Zoe: at 8:00 then",)
    )
    score = score_shown(item, shown, {"Zoe"})
    assert (score.met, score.met_shown) == ((False, False), (True, True))
    assert (score.forbidden, score.forbidden_shown) == ((), ("8:00",))
    assert score.ungrounded == ("Zoe",)


@pytest.mark.parametrize(
    ("text", "ok"), [("They meet.", True), ("그들은 만난다.", False), ("", False)]
)
def test_the_language_is_that_of_the_sentences(item: Item, text: str, ok: bool) -> None:
    assert score_shown(item, Shown((text,) if text else ()), ()).language_ok is ok


class TestToDos:
    @pytest.mark.parametrize(
        ("written", "hits"),
        [
            ([("Ben", "bring water")], 1),
            ([("ben ", "Bring the water.")], 1),
            ([("Ann", "bring the water")], 0),
            ([("Ben", "bring his dog")], 0),  # one of three words each: 0.33
            ([("Ben", "bring the dog out and in")], 0),  # two of three and six: 0.44
            ([("Ben", "bring the dog out now")], 1),  # two of three and five: 0.5
            ([("Ben", "bring the water"), ("Ben", "bring the water")], 1),
            ([("Ben", "book a table"), ("Ben", "bring the water")], 2),
            ([], 0),
        ],
    )
    def test_each_gold_one_is_matched_once_by_person_and_wording(
        self, item: Item, written: list[tuple[str, str]], hits: int
    ) -> None:
        shown = Shown((), todos=tuple(GoldToDo(*pair) for pair in written))
        assert score_shown(item, shown, ()).todos == Overlap(hits, len(written), 2)

    def test_they_are_not_counted_where_the_file_or_the_system_has_none(self, item: Item) -> None:
        silent = replace(item, gold=replace(GOLD, todos=None))
        assert score_shown(silent, Shown((), todos=()), ()).todos is None
        assert score_shown(item, Shown(()), ()).todos is None


class TestEvidence:
    def test_it_is_compared_as_a_set_of_messages(self, item: Item) -> None:
        score = score_shown(item, Shown((), evidence=frozenset({0, 1})), ())
        assert score.evidence == Overlap(1, 2, 2)

    def test_it_is_not_counted_where_the_file_names_no_sources(self, item: Item) -> None:
        silent = replace(item, gold=replace(GOLD, sources=None))
        assert score_shown(silent, Shown((), evidence=frozenset({0})), ()).evidence is None


def test_of_a_summary_all_that_the_screen_holds_is_shown() -> None:
    summary = Summary(
        language="en",
        highlights=(Highlight(2, "Ben", "fine, 7:30"),),
        sentences=(Sentence("They meet.", (0,)), Sentence("At 7:30.", (1, 2))),
        origin="model",
        topic="A meeting",
        todos=(ToDo("Ben", "come", "at 7:30", (2,)),),
        covered=3,
        skipped=0,
        flags=(),
        model="m",
    )
    shown = Shown.of(summary)
    assert shown.text == "They meet.\nAt 7:30."
    assert shown.all_text == "They meet.\nAt 7:30.\nA meeting\nBen: fine, 7:30\nBen: come"
    assert shown.evidence == frozenset({0, 1, 2})
    assert shown.todos == (GoldToDo("Ben", "come"),)

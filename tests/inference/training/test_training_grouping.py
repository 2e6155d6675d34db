"""The chooser of passages is fitted to gold sources, and the figures count what they say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from inference.passages import PassageChooser
from inference.training.corpus import Conversation, Message, Point, read_corpus
from inference.training.grouping import (
    CHOOSER_PATH,
    choose_equal,
    choose_shipped,
    cross_validate,
    fit_chooser,
    refit_chooser,
    score_passages,
)

TEXTS = ("bus at 9", "fine words", "other talk", "Ana has the key")


def make_conversation(number: int, texts: tuple[str, ...]) -> Conversation:
    sources = tuple(texts.index(text) for text in (TEXTS[0], TEXTS[3]))
    return Conversation(
        id=f"en-a-{number:03}",
        language="en",
        kind="group",
        title="Trip",
        me="Andy",
        messages=tuple(Message("Bo", text) for text in texts),
        points=(Point("The bus leaves at 9 and Ana has the key.", sources),),
        todos=(),
        topic="Trip",
    )


CONVERSATIONS = [make_conversation(i, o) for i, o in enumerate(itertools.permutations(TEXTS))]
LISTS = {CONVERSATIONS[0].id: {"must": [["BUS at 9", "coach"], ["the key"]], "forbid": ["fine"]}}


@pytest.mark.parametrize(
    ("passages", "precision", "recall", "pair_f1", "must", "forbid", "carried"),
    [
        ([[0, 3]], 1.0, 1.0, 1.0, 1.0, 0.0, 1.0),
        ([[0], [3]], 1.0, 1.0, 0.0, 1.0, 0.0, 5 / 7),
        ([[0, 1, 2]], 1 / 3, 0.5, 0.0, 0.5, 1.0, 5 / 7),
        ([[0, 1, 2, 3]], 0.5, 1.0, 2 / 7, 1.0, 1.0, 1.0),
    ],
)
def test_passages_are_measured_against_gold_sentences(
    passages: list[list[int]],
    precision: float,
    recall: float,
    pair_f1: float,
    must: float,
    forbid: float,
    carried: float,
) -> None:
    figures = score_passages(CONVERSATIONS[:1], lambda _: passages, LISTS)
    assert figures.precision == pytest.approx(precision)
    assert figures.recall == pytest.approx(recall)
    assert figures.pair_f1 == pytest.approx(pair_f1)
    assert (figures.must, figures.forbid) == (must, forbid)
    assert figures.carried == pytest.approx(carried)
    assert figures.passages == len(passages)
    assert figures.messages * figures.passages == sum(map(len, passages))


def test_what_has_no_lists_has_no_figures_of_them() -> None:
    figures = score_passages(CONVERSATIONS[1:], lambda _: [[0]], LISTS)
    assert (figures.must, figures.forbid) == (None, None)


def test_what_gold_messages_have_weighs() -> None:
    fitted = fit_chooser(CONVERSATIONS, CHOOSER_PATH.read_text(encoding="utf-8"))
    assert fitted.messages["number"] > 1
    assert abs(fitted.messages["first"]) < 0.5
    assert fitted.messages["link"] == pytest.approx(0)


def test_a_fit_changes_learned_weights_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "passages.toml"
    before = CHOOSER_PATH.read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    refit_chooser(CONVERSATIONS, path)
    after = path.read_text(encoding="utf-8")
    assert [line.partition("#")[2] for line in after.splitlines()] == [
        line.partition("#")[2] for line in before.splitlines()
    ]
    old, new = PassageChooser.parse(before), PassageChooser.parse(after)
    assert new.messages != old.messages
    assert (new.bonds["reply"], new.bonds["silence"]) == (old.bonds["reply"], old.bonds["silence"])
    assert replace(new, messages={}, bonds={}) == replace(old, messages={}, bonds={})


def test_what_is_cross_validated_was_learned_from_others() -> None:
    figures = score_passages(CONVERSATIONS, cross_validate(CONVERSATIONS), {})
    assert figures.recall == 1.0
    assert figures.pair_recall == 1.0


def test_passages_beat_equal_parts_on_what_they_were_fitted_to() -> None:
    fitted = [c for c in read_corpus() if not c.held_out][::8]
    ours = score_passages(fitted, choose_shipped, {})
    equal = score_passages(fitted, choose_equal, {})
    assert ours.recall > equal.recall
    assert ours.pair_f1 > equal.pair_f1 + 0.02
    assert ours.carried > equal.carried


def test_the_shipped_passages_lie_in_the_conversation() -> None:
    for conversation in read_corpus()[::40]:
        flat = [i for passage in choose_shipped(conversation) for i in passage]
        assert flat == sorted(set(flat))
        assert set(flat) <= set(range(len(conversation.messages)))

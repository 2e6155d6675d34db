"""To-dos are scored once each, and the weights shipped are those of the features noticed."""

from __future__ import annotations

import pytest

from inference.interface import ToDo
from inference.todos import load_weights
from inference.training.corpus import Conversation, Message, Point, Todo
from inference.training.todos import score_todos

CONVERSATION = Conversation(
    id="en-x-001",
    language="en",
    kind="group",
    title="Court",
    me="Ann",
    messages=(
        Message("Ann", "Ben, can you book the court on Friday?"),
        Message("Ben", "I'll book the court"),
        Message("Ann", "thanks"),
    ),
    points=(Point("Ben books the court.", (0, 1)),),
    todos=(Todo("Ben", "Book the court", "Friday", (0, 1)),),
    topic="Court",
)


@pytest.mark.parametrize(
    ("todos", "hits", "wording_hits"),
    [
        ([ToDo("Ben", "I'll book the court", "", (1,))], 1, 1),
        ([ToDo("Ben", "Ben, can you book it?", "", (0,))], 1, 0),
        ([ToDo("Ann", "I'll book the court", "", (1,))], 0, 0),
        ([ToDo("Ben", "thanks", "", (2,))], 0, 0),
        ([ToDo("Ben", "I'll book the court", "", (n,)) for n in (0, 1)], 1, 1),
    ],
)
def test_a_gold_to_do_is_met_once_and_by_its_person(
    todos: list[ToDo], hits: int, wording_hits: int
) -> None:
    figures = score_todos([(CONVERSATION, todos)])
    assert (figures.by_evidence.hits, figures.by_wording.hits) == (hits, wording_hits)
    assert (figures.by_evidence.written, figures.by_evidence.wanted) == (len(todos), 1)


def test_there_are_weights_for_both_languages_and_a_chance_to_reach() -> None:
    weights = load_weights()
    assert set(weights) == {"en", "ko"}
    assert all(0 < table.threshold < 1 and table.weights for table in weights.values())

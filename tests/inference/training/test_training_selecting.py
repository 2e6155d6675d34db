"""The selector is fitted to gold evidence, and the figures count what their names say."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from inference.evidence import EvidenceFinder, Weighing
from inference.highlights import Selector
from inference.training.corpus import Conversation, Message, Point, read_corpus
from inference.training.scoring import build_item
from inference.training.selecting import (
    SELECTOR_PATH,
    WEIGHING_PATH,
    fit_selector,
    refit_selector,
    refit_weighing,
    score_choices,
    score_evidence,
)


def make_conversation(number: int, gold: int, texts: tuple[str, ...]) -> Conversation:
    return Conversation(
        id=f"en-a-{number:03}",
        language="en",
        kind="group",
        title="Trip",
        me="Andy",
        messages=tuple(Message("Bo", text) for text in texts),
        points=(Point(texts[gold], (gold,)),),
        todos=(),
        topic="Trip",
    )


ORDERS = tuple(itertools.permutations(["bus at 9", "fine words", "other talk", "some more"]))
CONVERSATIONS = [
    make_conversation(i, texts.index("bus at 9"), texts) for i, texts in enumerate(ORDERS)
]


def test_what_gold_messages_have_weighs_and_what_they_lack_does_not() -> None:
    weights = fit_selector(CONVERSATIONS, ["number", "first", "link"])
    assert weights["number"] > 1
    assert abs(weights["first"]) < 0.3
    assert weights["link"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("shipped", "refit", "parse"),
    [
        (SELECTOR_PATH, refit_selector, Selector.parse),
        (WEIGHING_PATH, refit_weighing, Weighing.parse),
    ],
)
def test_a_fit_changes_weights_and_nothing_else(
    tmp_path: Path,
    shipped: Path,
    refit: Callable[[Sequence[Conversation], Path], None],
    parse: Callable[[str], Selector | Weighing],
) -> None:
    path = tmp_path / "weights.toml"
    before = shipped.read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    refit(CONVERSATIONS, path)
    after = path.read_text(encoding="utf-8")
    assert [line.partition("#")[2] for line in after.splitlines()] == [
        line.partition("#")[2] for line in before.splitlines()
    ]
    assert parse(after).weights != parse(before).weights
    assert replace(parse(after), weights={}) == replace(parse(before), weights={})
    refit(CONVERSATIONS, path)
    assert path.read_text(encoding="utf-8") == after


def test_random_figures_are_the_means_over_all_choices() -> None:
    (figures,) = {score_choices(CONVERSATIONS[:1])["random"]}
    # Two of four messages are chosen; one of the four is gold.
    assert figures.precision == pytest.approx(1 / 4)
    assert figures.recall == figures.recall_first == figures.touched == pytest.approx(1 / 2)


def test_others_are_measured_at_our_length() -> None:
    figures = score_choices(CONVERSATIONS)
    # Each conversation has its one gold message first in a quarter of all orders.
    assert figures["lead"].recall == pytest.approx(1 / 2)
    assert figures["lead"].precision == pytest.approx(1 / 4)
    assert figures["highlights"].recall == 1.0


def test_evidence_is_measured_message_by_message() -> None:
    texts = ("bus at 9", "fine words", "other talk", "some more")
    conversation = make_conversation(0, 0, texts)
    figures = score_evidence([conversation])
    assert (figures.precision, figures.recall, figures.mean_messages) == (1.0, 1.0, 1.0)


def test_the_choice_beats_as_many_long_messages_on_what_it_was_fitted_to() -> None:
    fitted = [c for c in read_corpus() if not c.held_out][::5]
    figures = score_choices(fitted)
    assert figures["highlights"].precision > figures["longest"].precision + 0.02
    assert figures["longest"].precision > figures["random"].precision + 0.1


def test_found_evidence_lies_in_the_conversation() -> None:
    for conversation in read_corpus()[::40]:
        finder = EvidenceFinder(build_item(conversation).chat.messages)
        for point in conversation.points:
            assert set(finder.find_messages(point.text)) <= set(range(len(conversation.messages)))


def run_python(code: str, *, hash_seed: int) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def test_the_figures_need_no_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from inference.training.__main__ import main\n"
        "sys.exit(main(['evidence']))"
    )
    assert '"precision"' in run_python(code, hash_seed=0)


def test_features_do_not_hang_on_the_order_of_sets() -> None:
    code = (
        "from inference.evidence import EvidenceFinder\n"
        "from inference.features import find_features\n"
        "from inference.training.corpus import read_corpus\n"
        "from inference.training.scoring import build_item\n"
        "for conversation in read_corpus()[::100]:\n"
        "    chat = build_item(conversation).chat\n"
        "    print([sorted(found.items()) for found in find_features(chat.messages, chat)])\n"
        "    finder = EvidenceFinder(chat.messages)\n"
        "    print([finder.find_features(point.text) for point in conversation.points])\n"
    )
    first, second = (run_python(code, hash_seed=seed) for seed in (1, 2))
    assert first
    assert first == second

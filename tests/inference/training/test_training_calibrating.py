from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import COMMON_LIMIT, Calibration
from inference.drafting import ATTEMPTS
from inference.interface import Generation
from inference.training.calibrating import (
    LARGEST_SHARE_REFUSED,
    fit_calibration,
    fit_limit,
    fit_limits_apart,
    format_calibration,
    weigh_cases,
)
from inference.training.corpus import CORPUS_FOLDER, Conversation, read_corpus
from inference.training.generations import add_up_seconds, read_generations, write_generations
from inference.training.worth import (
    Case,
    build_cases,
    compare_policies,
    format_table,
    list_names,
    list_policies,
)

HELD_OUT = [conversation for conversation in read_corpus() if conversation.held_out]
SOME = [next(c for c in HELD_OUT if c.language == language) for language in ("en", "ko")]

MakeEngine = Callable[..., Any]


def make_cases(conversations: list[Conversation], score: float = -0.3) -> list[Case]:
    """What a model that knows the gold would write."""
    generations = {
        (c.id, 0): Generation(("\n".join(point.text for point in c.points),), (score,), 9)
        for c in conversations
    }
    return build_cases(conversations, generations, CORPUS_FOLDER)


confidences = st.floats(-3, -0.01)
weighed_texts = st.lists(st.tuples(confidences, st.floats(-2, 2)), min_size=1, max_size=60)


@given(weighed_texts)
def test_few_texts_lie_below_the_limit_and_together_they_are_worth_less_than_quotes(
    weighed: list[tuple[float, float]],
) -> None:
    limit = fit_limit(weighed)
    refused = [gain for confidence, gain in weighed if confidence < limit]
    assert len(refused) <= LARGEST_SHARE_REFUSED * len(weighed)
    assert sum(refused) <= 1e-9 or len({c for c, _ in weighed}) < len(weighed)


@pytest.mark.parametrize(
    ("gains", "n_refused"),
    [([1.0] * 24, 0), ([-1.0] * 24, 2), ([-1.0, *[1.0] * 23], 1), ([1.0, -3.0, *[1.0] * 22], 2)],
)
def test_the_least_sure_texts_that_lose_most_lie_below(gains: list[float], n_refused: int) -> None:
    weighed = [(place / 100 - 1, gain) for place, gain in enumerate(gains)]
    limit = fit_limit(weighed[::-1])
    assert sum(confidence < limit for confidence, _ in weighed) == n_refused


def test_a_limit_needs_a_text() -> None:
    with pytest.raises(ValueError, match="no text"):
        fit_limit([])


def test_what_is_written_is_what_is_read() -> None:
    calibration = Calibration("ab12", {"en": -0.5, "ko": -0.612})
    assert Calibration.parse(format_calibration(calibration)) == calibration


def test_gold_is_worth_more_than_quotes_and_is_not_refused() -> None:
    cases = make_cases(HELD_OUT[:12])
    weighed = weigh_cases(cases, list_names(cases))
    assert weighed
    assert sum(gain for _, gain in weighed.values()) > 0
    calibration = fit_calibration(cases, weighed, "ab12")
    assert set(calibration.least_confidence.values()) == {COMMON_LIMIT}


def test_the_limit_that_judges_a_text_was_fitted_without_it() -> None:
    cases = make_cases([c for c in HELD_OUT if c.language == "en"][:13])
    ids = [str(case.item.id) for case in cases]
    weighed = {one: (-place / 100, 1.0) for place, one in enumerate(ids)}
    weighed[ids[-1]] = (-0.5, -1.0)
    limits = fit_limits_apart(cases, weighed)
    assert limits[ids[-1]] == COMMON_LIMIT
    assert {limits[one] for one in ids[:-2]} == {-0.11}
    assert limits[ids[-2]] == -0.1


def test_a_refused_text_is_measured_as_quotes_and_a_second_attempt_mends_it() -> None:
    conversation = SOME[0]
    gold = "\n".join(point.text for point in conversation.points)
    wrong = gold.split("\n")[0].removesuffix(".") + " 4711."
    first = {(conversation.id, 0): Generation((wrong,), (-0.1,), 9)}
    second = {(conversation.id, 1): Generation((wrong, gold), (-0.1, -0.2), 9)}
    (failed,) = build_cases([conversation], first, CORPUS_FOLDER)
    (mended,) = build_cases([conversation], first | second, CORPUS_FOLDER)
    policies = list_policies({conversation.id: -1.0})
    assert policies["first attempt, checked"](mended) == ()
    assert policies["second attempt"](failed) == ()
    assert "\n".join(policies["second attempt"](mended)) == gold
    assert policies["… without check_number"](failed) == (wrong,)
    assert set(policies["omissions quoted"](mended)) >= set(gold.split("\n"))


def test_what_the_model_doubts_is_refused_and_not_tried_again() -> None:
    (case,) = make_cases(SOME[:1], score=-0.5)
    again = replace(case, attempts=(*case.attempts, *case.attempts))
    for limit, refused in ((-0.4, True), (-0.6, False)):
        policies = list_policies({str(case.item.id): limit})
        assert (policies["limit of confidence"](again) == ()) is refused
        assert (policies["both"](again) == ()) is refused


def test_the_table_has_a_row_for_every_part_in_every_language() -> None:
    cases = make_cases(SOME)
    limits = {str(case.item.id): -1.0 for case in cases}
    table = compare_policies(cases, limits, list_names(cases))
    assert set(table) == {"en", "ko"}
    for rows in table.values():
        figures = {name: (share, row) for name, share, row in rows}
        assert list(figures) == list(list_policies(limits))
        assert figures["highlights alone"][0] == 0.0
        share, gold = figures["first attempt, unchecked"]
        assert (share, gold["rouge1"]) == (1.0, 1.0)
    text = format_table(table)
    assert text.count("| highlights alone | 0.00 |") == 2


def test_generations_resume_where_they_stopped(make_engine: MakeEngine, tmp_path: Path) -> None:
    path = tmp_path / "generations.jsonl"
    assert read_generations(path) == {}
    for conversations in (SOME[:1], SOME):
        engine = make_engine({"": [["A summary."]]})
        write_generations(engine, conversations, 0, path)
        assert len(engine.prompts) == 1


def test_a_budget_that_is_over_ends_the_writing(make_engine: MakeEngine, tmp_path: Path) -> None:
    path = tmp_path / "generations.jsonl"
    for n_written in (1, 2):
        write_generations(make_engine({"": [["A summary."]]}), SOME, 0, path, budget_s=-1)
        assert len(read_generations(path)) == n_written


def test_a_second_attempt_is_kept_beside_the_first(make_engine: MakeEngine, tmp_path: Path) -> None:
    path = tmp_path / "generations.jsonl"
    write_generations(make_engine({"": [["A summary."]]}), SOME, 0, path)
    engine = make_engine({"": [["One.", "Two."]]})
    write_generations(engine, SOME[1:], 1, path)
    assert engine.decodings[0].sampling_topk == ATTEMPTS[1].sampling_topk
    found = read_generations(path)
    assert set(found) == {(SOME[0].id, 0), (SOME[1].id, 0), (SOME[1].id, 1)}
    assert found[SOME[1].id, 1].texts == ("One.", "Two.")
    assert {attempt: n for attempt, (n, _) in add_up_seconds(path).items()} == {0: 2, 1: 1}
    assert all(row["seconds"] >= 0 for row in map(json.loads, path.read_text().splitlines()))

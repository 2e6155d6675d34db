from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import passages
from inference.calibration import COMMON_LIMIT, Calibration
from inference.drafting import ATTEMPTS
from inference.interface import Generation
from inference.passage_gists import LIMIT_NEW_TOKENS
from inference.passages import cut_passages
from inference.prompts import CUES
from inference.summarizer import Summarizer
from inference.training.calibrating import (
    LARGEST_SHARE_REFUSED,
    fit_calibration,
    fit_limit,
    fit_limits_apart,
    format_calibration,
    weigh_parts,
)
from inference.training.cases import Case, build_cases, list_names, score_case
from inference.training.corpus import CORPUS_FOLDER, Conversation, read_corpus
from inference.training.generations import (
    Generations,
    add_up_seconds,
    list_excerpts,
    read_generations,
    write_generations,
)
from inference.training.scoring import build_item
from inference.training.worth import Policy, compare_policies, format_table, list_policies

HELD_OUT = [conversation for conversation in read_corpus() if conversation.held_out]
BAD = "Nobody said 4711 here."
SOME = [next(c for c in HELD_OUT if c.language == language) for language in ("en", "ko")]
WHOLE = [excerpt for c in SOME for excerpt in list_excerpts(c, takes_passages=False)]
MANY = next(c for c in HELD_OUT if len(cut_passages(build_item(c).chat)) > 2)
"""It has three passages or more."""

MakeEngine = Callable[..., Any]
MakeCases = Callable[[list[Conversation]], list[Case]]


@pytest.fixture(autouse=True)
def small_passages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no two passages are put together."""
    monkeypatch.setattr(passages, "LIMIT_JOINED_MESSAGES", 1)


def build(
    conversations: list[Conversation], generations: Generations, *, takes_passages: bool = False
) -> list[Case]:
    return build_cases(conversations, generations, CORPUS_FOLDER, takes_passages=takes_passages)


def make_cases(conversations: list[Conversation], score: float = -0.3) -> list[Case]:
    """What a model that knows the gold would write."""
    generations = {(c.id, 0): Generation((write_gold(c),), (score,), 9) for c in conversations}
    return build(conversations, generations)


def make_passage_cases(conversations: list[Conversation], score: float = -0.3) -> list[Case]:
    """What a model that knows the gold would write of passages: the sentence that each is behind.

    Of a passage that is behind none, a text that no check lets pass.
    """
    generations = {}
    for conversation in conversations:
        left = list(conversation.points)
        for excerpt in list_excerpts(conversation, takes_passages=True):
            held = {message.id for message in excerpt.messages}
            told = next((point for point in left if held.intersection(point.sources)), None)
            if told:
                left.remove(told)
            text = told.text if told else BAD
            generations[excerpt.id, 0] = Generation((text,), (score,), 9)
    return build(conversations, generations, takes_passages=True)


def write_gold(conversation: Conversation) -> str:
    return "\n".join(point.text for point in conversation.points)


def tell(policy: Policy, case: Case) -> list[tuple[str, ...]]:
    return [tuple(policy.tell(part)) for part in case.parts]


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


@pytest.mark.parametrize("make", [make_cases, make_passage_cases])
def test_gold_is_worth_more_than_quotes(make: MakeCases) -> None:
    cases = make(HELD_OUT[:12])
    weighed = weigh_parts(cases, list_names(cases))
    assert weighed
    assert sum(gain for _, gain in weighed.values()) > 0


def test_gold_is_not_refused() -> None:
    cases = make_cases(HELD_OUT[:12])
    weighed = weigh_parts(cases, list_names(cases))
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
    gold = write_gold(conversation)
    wrong = gold.split("\n")[0].removesuffix(".") + " 4711."
    first = {(conversation.id, 0): Generation((wrong,), (-0.1,), 9)}
    second = {(conversation.id, 1): Generation((wrong, gold), (-0.1, -0.2), 9)}
    (failed,) = build([conversation], first)
    (mended,) = build([conversation], first | second)
    policies = list_policies({conversation.id: -1.0})
    assert tell(policies["first attempt"], mended) == [()]
    assert tell(policies["all attempts"], failed) == [()]
    assert tell(policies["all attempts"], mended) == [tuple(gold.split("\n"))]
    assert tell(policies["… without check_number"], failed) == [(wrong,)]
    told = tell(policies["omissions quoted"], mended)
    assert set(mended.show(told, adds_omissions=True)) >= set(gold.split("\n"))


def test_the_first_text_stands_alone_and_the_first_attempt_chooses_among_its_texts() -> None:
    conversation = SOME[0]
    gold = write_gold(conversation)
    written = {(conversation.id, 0): Generation((BAD, gold), (-0.1, -0.2), 9)}
    (case,) = build([conversation], written)
    policies = list_policies({conversation.id: -1.0})
    assert tell(policies["first text, unchecked"], case) == [(BAD,)]
    assert tell(policies["first text, checked"], case) == [()]
    assert tell(policies["first attempt"], case) == [tuple(gold.split("\n"))]


def test_what_the_model_doubts_is_refused_and_not_tried_again() -> None:
    (case,) = make_cases(SOME[:1], score=-0.5)
    (part,) = case.parts
    again = replace(case, parts=(replace(part, attempts=part.attempts * 2),))
    for limit, refused in ((-0.4, True), (-0.6, False)):
        policies = list_policies({part.id: limit})
        assert (tell(policies["limit of confidence"], again) == [()]) is refused
        assert (tell(policies["both"], again) == [()]) is refused


@pytest.mark.parametrize("make", [make_cases, make_passage_cases])
def test_the_table_has_a_row_for_every_part_in_every_language(make: MakeCases) -> None:
    cases = make(SOME)
    limits = {part.id: -1.0 for case in cases for part in case.parts}
    table = compare_policies(cases, limits, list_names(cases))
    assert set(table) == {"en", "ko"}
    for rows in table.values():
        shares = {name: share for name, share, _ in rows}
        assert list(shares) == list(list_policies(limits))
        assert shares["highlights alone"] == 0.0
        assert shares["first text, unchecked"] == 1.0
        assert shares["both"] > 0
    text = format_table(table)
    assert text.count("| highlights alone | 0.00 |") == 2


def test_gold_meets_itself() -> None:
    cases = make_cases(SOME)
    limits = {part.id: -1.0 for case in cases for part in case.parts}
    for rows in compare_policies(cases, limits, list_names(cases)).values():
        figures = {name: row for name, _, row in rows}
        assert figures["first text, unchecked"]["rouge1"] == 1.0


def test_a_passage_that_is_refused_is_quoted_in_its_place() -> None:
    (case,) = make_passage_cases([MANY])
    told = [(f"It is told {place}.",) for place in range(len(case.parts))]
    texts = [text for (text,) in told]
    assert list(case.show(told, adds_omissions=False)) == texts
    first, quote, *others = case.show([told[0], (), *told[2:]], adds_omissions=False)
    assert [first, *others] == [texts[0], *texts[2:]]
    assert quote in {f"{m.sender}: {m.text}" for m in case.parts[1].source.messages}


@pytest.mark.parametrize("n_told", [0, 1])
def test_too_few_passages_told_show_the_highlights(n_told: int) -> None:
    (case,) = make_passage_cases([MANY])
    (whole,) = make_cases([MANY])
    told = [("It is told.",) if place < n_told else () for place in range(len(case.parts))]
    quotes = whole.show([()], adds_omissions=True)
    assert case.show(told, adds_omissions=True) == quotes
    assert all(": " in quote for quote in quotes)


def test_what_is_shown_of_a_case_is_what_a_user_gets(make_engine: MakeEngine) -> None:
    origins = set()
    for case in make_passage_cases([*SOME, MANY]):
        cue = CUES[case.item.language].topic
        script = {f"\n{cue}:\n": [["4711"]]}
        for part in case.parts:
            first = part.source.messages[0]
            script[f"\n{first.sender}: {first.text}\n"] = [list(part.attempts[0].texts)]
        engine = make_engine(script)
        engine.takes_passages = True
        ((_, summary),) = Summarizer(engine).summarize([case.item.chat])
        shown = case.show([part.tell() for part in case.parts], adds_omissions=True)
        assert tuple(sentence.text for sentence in summary.sentences) == shown
        origins.add(summary.origin)
    assert "model" in origins


def test_a_passage_is_worth_what_its_conversation_loses_without_it() -> None:
    (case,) = make_passage_cases(SOME[:1])
    names = list_names([case])
    told = [part.tell() for part in case.parts]
    assert len([sentences for sentences in told if sentences]) > 1

    def measure(told: list[tuple[str, ...]]) -> float:
        score = score_case(case, told, names, adds_omissions=True)
        assert not score.forbidden
        return score.rouge1 + sum(score.met) / len(score.met)

    weighed = weigh_parts([case], names)
    assert set(weighed) == {p.id for p, texts in zip(case.parts, told, strict=True) if texts}
    for place, part in enumerate(case.parts):
        if told[place]:
            without = [texts if other != place else () for other, texts in enumerate(told)]
            confidence, gain = weighed[part.id]
            assert confidence == -0.3
            assert gain == pytest.approx(measure(told) - measure(without))
            assert gain > 0


def test_the_limit_that_judges_a_passage_was_fitted_without_its_conversation() -> None:
    cases = make_passage_cases([c for c in HELD_OUT if c.language == MANY.language][:13])
    ids = [part.id for case in cases for part in case.parts]
    weighed = dict.fromkeys(ids, (-0.1, 1.0))
    sure = [part.id for part in cases[0].parts]
    weighed |= dict.fromkeys(sure, (-2.0, 1.0))
    limits = fit_limits_apart(cases, weighed)
    assert set(limits) == set(ids)
    assert {limits[one] for one in sure} == {COMMON_LIMIT}
    assert {limits[one] for one in ids if one not in sure} == {-2.0}


def test_a_conversation_told_in_part_is_no_case() -> None:
    first, *_ = list_excerpts(MANY, takes_passages=True)
    generations = {(first.id, 0): Generation(("One.",), (-0.1,), 9)}
    assert build([MANY], generations, takes_passages=True) == []


def test_generations_resume_where_they_stopped(make_engine: MakeEngine, tmp_path: Path) -> None:
    path = tmp_path / "generations.jsonl"
    assert read_generations(path) == {}
    for excerpts in (WHOLE[:1], WHOLE):
        engine = make_engine({"": [["A summary."]]})
        write_generations(engine, excerpts, 0, path)
        assert len(engine.prompts) == 1


def test_an_engine_that_takes_passages_is_asked_for_each(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    path = tmp_path / "generations.jsonl"
    engine = make_engine({"": [["A sentence."]]})
    engine.takes_passages = True
    excerpts = list_excerpts(MANY, takes_passages=True)
    write_generations(engine, excerpts, 0, path)
    assert set(read_generations(path)) == {(excerpt.id, 0) for excerpt in excerpts}
    assert {decoding.max_new_tokens for decoding in engine.decodings} == {LIMIT_NEW_TOKENS}
    (case,) = build([MANY], read_generations(path), takes_passages=True)
    assert [part.id for part in case.parts] == [excerpt.id for excerpt in excerpts]
    assert len(engine.prompts) == len(excerpts)
    for excerpt in excerpts:
        lines = {f"{m.sender}: {m.text}" for m in excerpt.messages}
        assert sum(lines <= set(prompt.split("\n")) for prompt in engine.prompts) == 1


def test_a_budget_that_is_over_ends_the_writing(make_engine: MakeEngine, tmp_path: Path) -> None:
    path = tmp_path / "generations.jsonl"
    for n_written in (1, 2):
        write_generations(make_engine({"": [["A summary."]]}), WHOLE, 0, path, budget_s=-1)
        assert len(read_generations(path)) == n_written


def test_a_second_attempt_is_kept_beside_the_first(make_engine: MakeEngine, tmp_path: Path) -> None:
    path = tmp_path / "generations.jsonl"
    write_generations(make_engine({"": [["A summary."]]}), WHOLE, 0, path)
    engine = make_engine({"": [["One.", "Two."]]})
    write_generations(engine, WHOLE[1:], 1, path)
    assert engine.decodings[0].sampling_topk == ATTEMPTS[1].sampling_topk
    found = read_generations(path)
    assert set(found) == {(SOME[0].id, 0), (SOME[1].id, 0), (SOME[1].id, 1)}
    assert found[SOME[1].id, 1].texts == ("One.", "Two.")
    assert {attempt: n for attempt, (n, _) in add_up_seconds(path).items()} == {0: 2, 1: 1}
    assert all(row["seconds"] >= 0 for row in map(json.loads, path.read_text().splitlines()))

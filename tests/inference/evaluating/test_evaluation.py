"""A run scores what the pipeline shows and lays the baselines beside it, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from inference.evaluating.evaluation import Evaluation, describe_figures, describe_result, evaluate
from inference.evaluating.items import Gold, Item
from inference.summarizer import Summarizer

if TYPE_CHECKING:
    from tests.inference.conftest import MakeChat, MakeEngine

HIKE = (
    "Ben: the trail by the old mill is closed until May because of the flood last week",
    "Ann: oh no, what about the lake then, we could take the bus from Ely at nine",
    "Ben: the lake works for me, let us meet at the bus stop on Saturday at nine sharp",
    "Cleo: I can bring sandwiches for all of us and the big flask",
    "Ann: lovely, see you all on Saturday",
)
GIST = (
    "They meet at the bus stop on Saturday at nine to walk by the lake.\nTo do:\n-\nTopic: A walk"
)
TRIP = (
    "민서: 항공권을 지금 안 사면 내일부터 가격이 오른대",
    "민서: 김포에서 7시 40분에 출발하는 비행기는 한 사람에 89,000원이야",
    "도윤: 7시 40분은 너무 이르지 않아? 나는 인천에서 첫차를 타야 해",
    "하린: 9시 20분 비행기도 있던데 그걸로 하자",
    "민서: 그럼 9시 20분 비행기로 네 명 예약할게 수요일까지 돈 보내줘",
)
SYSTEMS = ("model_only", "highlights", "lead3", "longest3")
FIGURES = {
    *("rouge1", "rouge2", "rougeL", "must", "must_shown", "forbid", "forbid_shown", "copied"),
    *("ungrounded", "language_ok", "todo_f1", "evidence_precision", "evidence_recall"),
}


@pytest.fixture
def items(make_chat: MakeChat) -> list[Item]:
    walk = Gold(
        ("They walk by the lake on Saturday and meet at nine.",),
        (("lake",), ("nine", "9:00"), ("sandwich",)),
        ("old mill",),
    )
    trip = Gold(
        ("민서가 9시 20분 비행기를 예약한다.",), (("9시 20분",),), None, (), frozenset({3, 4})
    )
    return [
        Item("walk", "en", make_chat(*HIKE, language="en"), walk),
        Item("trip", "ko", make_chat(*TRIP, language="ko"), trip),
        Item("again", "en", make_chat(*HIKE, language="en"), walk),
    ]


@pytest.fixture
def evaluation(items: list[Item], make_engine: MakeEngine) -> Evaluation:
    """English gists hold, the Korean one is empty."""
    engine = make_engine({"old mill": [[GIST]], "항공권": [[""]]})
    return evaluate(Summarizer(engine), items, lambda _: None)


@pytest.fixture
def figures(evaluation: Evaluation) -> dict[str, dict[str, Any]]:
    return describe_figures(evaluation)


def test_each_language_has_all_figures_of_every_system(figures: dict[str, dict[str, Any]]) -> None:
    assert set(figures) == {"en", "ko"}
    for language in figures.values():
        assert set(language) == FIGURES | {
            "items",
            "seconds",
            "cpu_seconds",
            "origins",
            "flags",
            *SYSTEMS,
        }
        for system in SYSTEMS:
            assert set(language[system]) - {"items"} == FIGURES


def test_figures_are_means_over_what_a_user_is_shown(figures: dict[str, dict[str, Any]]) -> None:
    english = figures["en"]
    assert (english["items"], english["origins"]) == (2, {"model": 1.0})
    assert english["must"] == pytest.approx(2 / 3, abs=1e-4)
    assert (english["forbid"], english["lead3"]["forbid"]) == (0.0, 1.0)
    assert english["copied"] < english["lead3"]["copied"] == 1.0
    assert english["todo_f1"] is None  # the file says nothing of to-dos
    assert english["model_only"] == {name: english[name] for name in ("items", *FIGURES)}


def test_where_no_gist_holds_quotes_are_scored_and_the_model_is_not(
    figures: dict[str, dict[str, Any]],
) -> None:
    korean = figures["ko"]
    assert korean["origins"] == {"extractive": 1.0}
    assert korean["flags"] == {"empty": 1}
    assert korean["forbid"] is None  # the file says nothing of it
    assert korean["rouge1"] == korean["highlights"]["rouge1"] > 0
    assert korean["model_only"]["items"] == 0
    assert korean["model_only"]["rouge1"] is None


def test_an_output_says_what_was_missed_and_what_was_wrong(evaluation: Evaluation) -> None:
    rows = {str(result.item.id): describe_result(result) for result in evaluation.results}
    walk, trip = rows["walk"], rows["trip"]
    assert (walk["origin"], trip["origin"]) == ("model", "extractive")
    assert walk["sentences"] == [GIST.partition("\n")[0]]
    assert walk["unmet"] == [["sandwich"]]
    assert walk["evidence"]
    assert trip["flags"] == ["empty"]
    shown = walk["figures"]
    assert isinstance(shown, dict)
    assert shown["must"] == pytest.approx(2 / 3, abs=1e-4)


def test_progress_counts_over_all_languages(items: list[Item]) -> None:
    told: list[int] = []
    evaluate(Summarizer(None), items, told.append)
    assert told == [1, 2, 3]

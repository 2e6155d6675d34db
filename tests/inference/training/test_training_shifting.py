"""Days, hours and amounts change alike in chat and gold, or not at all."""

from __future__ import annotations

import random

import pytest

from inference.training.corpus import Conversation, Message, Point
from inference.training.shifting import shift

SEEDS = range(20)


def chat(language: str, texts: list[str], gold: str) -> Conversation:
    return Conversation(
        id=f"{language}-a-001",
        language=language,
        kind="group",
        title="-",
        me="-",
        messages=tuple(Message("-", text) for text in texts),
        points=(Point(gold, (0,)),),
        todos=(),
        topic="-",
    )


def results(language: str, text: str, gold: str) -> set[tuple[str, str]]:
    """What text and gold become, over many seeds."""
    shifted = [shift(chat(language, [text], gold), random.Random(seed)) for seed in SEEDS]
    return {(s.messages[0].text, s.points[0].text) for s in shifted if s is not None}


@pytest.mark.parametrize(
    ("language", "text", "gold", "possible"),
    [
        pytest.param(
            "en", "SUNDAY not Mon?", "Sunday", {("MONDAY not Tue?", "Monday")}, id="English days"
        ),
        pytest.param("ko", "토욜? (일)", "토요일", {("일욜? (월)", "일요일")}, id="Korean days"),
        pytest.param(
            "en", "7.30pm or 9am", "9am", {("8.30pm or 10am", "10am")}, id="English hours"
        ),
        pytest.param("en", "by 09:15", "09:15", {("by 10:15", "10:15")}, id="English minutes"),
        pytest.param(
            "ko",
            "7시 반, 3시간 뒤 10:30",
            "10:30",
            {("8시 반, 3시간 뒤 11:30", "11:30")},
            id="Korean hours",
        ),
        pytest.param(
            "en", "£1,200 + £40 = £1,240", "£40", {("£2,400 + £80 = £2,480", "£80")}, id="a sum"
        ),
        pytest.param(
            "ko",
            "3만원씩 6명 18만 원",
            "18만 원",
            {("6만원씩 6명 36만 원", "36만 원")},
            id="a product",
        ),
    ],
)
def test_figures_change_alike_in_chat_and_gold(
    language: str, text: str, gold: str, possible: set[tuple[str, str]]
) -> None:
    assert possible <= results(language, text, gold)


@pytest.mark.parametrize(
    ("language", "text", "gold"),
    [
        pytest.param("en", "Sat or sun", "Sat", id="a day that may be a word"),
        pytest.param("en", "Friday, or the weekend", "Friday", id="days by another name"),
        pytest.param("en", "tomorrow", "Friday", id="a day that the chat lacks"),
        pytest.param("en", "Samstag! Saturday!", "Saturday", id="a day in another language"),
        pytest.param("ko", "금요일 아니고 Sunday", "금요일", id="an English day in a Korean chat"),
        pytest.param("ko", "화목 수업, 금요일 휴강", "금요일", id="Korean days in short"),
        pytest.param("en", "7:30 or 8?", "7:30", id="a bare number"),
        pytest.param("en", "8.50 posted, by 3pm", "3pm", id="a price without its sign"),
        pytest.param("en", "3pm, noon at the latest", "3pm", id="an hour in words"),
        pytest.param("ko", "7시 말고 여덟시", "7시", id="a Korean hour in words"),
        pytest.param("en", "12:30", "12:30", id="an hour that leaves its half of the day"),
        pytest.param("en", "£40, a tenner each", "£40", id="an amount in words"),
        pytest.param("en", "£40, 10 each", "£40", id="an amount without its sign"),
        pytest.param("ko", "8만5천원", "8만5천원", id="an amount of two parts"),
        pytest.param("ko", "3명, 2박스", "3명", id="counts"),
    ],
)
def test_nothing_changes_in_doubt(language: str, text: str, gold: str) -> None:
    assert results(language, text, gold) == set()


def test_amounts_stay_as_round_as_they_were() -> None:
    figures = {text.removeprefix("£") for text, _ in results("en", "£35", "£35")}
    assert figures
    assert all("." not in figure and len(figure.rstrip("0")) <= 2 for figure in figures)

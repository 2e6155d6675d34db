from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.quantities import SourceQuantities


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("7시에 보자", "오후 7시에 만난다."),
        ("저녁 7시 반", "19:30에 시작한다."),
        ("meet at 7pm", "They meet at 19:00."),
        ("see you at 7.30", "They meet at 7:30 pm."),
        ("half 7 at the Legion", "The coach leaves at 7:30."),
        ("quarter to 8", "It starts at 7:45."),
        ("doors 1930", "Doors open at 7.30pm."),
        ("11/19(수) 10:00~15:00 단수", "11월 19일 수요일 10시부터 15시까지 단수된다."),
        ("회비는 6만 8천원", "회비는 68,000원이다."),
        ("35000원 보냈어", "3만 5천 원을 보냈다."),
        ("price is 68k", "The price is 68,000."),
        ("두 명 온대", "2명이 온다."),
        ("twelve people, two cars", "12 people come in 2 cars."),
        ("see you weds", "They meet on Wednesday."),
        ("월수금 운동", "수요일에 운동한다."),
        ("go to https://example.com/a?b=1.", "The link is example.com/a?b=1."),
        ("2511-08837로 올려", "접수번호는 2511-08837이다."),
        ("just me", "1 person comes."),
    ],
)
def test_the_same_quantity_in_another_spelling_is_found(said: str, summary: str) -> None:
    assert SourceQuantities([said]).find_missing(summary) == ()


@pytest.mark.parametrize(
    ("said", "summary", "missing"),
    [
        ("7시에 보자", "8시에 만난다.", ("8시",)),
        ("오전 7시 출발", "오후 7시에 출발한다.", ("오후 7시",)),
        ("meet at 7:15 or 8:30", "They meet at 7:30.", ("7:30",)),
        ("회비 3만원", "회비는 5만 원이다.", ("5만",)),
        ("see you friday", "They meet on Saturday.", ("saturday",)),
        ("금요일", "토요일에 만난다.", ("saturday",)),
        ("22명", "23명이 온다.", ("23",)),
        ("see example.com", "They posted evil.com.", ("evil.com",)),
    ],
)
def test_what_nobody_said_is_missing(said: str, summary: str, missing: tuple[str, ...]) -> None:
    assert SourceQuantities([said]).find_missing(summary) == missing


@given(st.lists(st.text(), max_size=4))
def test_a_text_holds_all_of_its_own_quantities(texts: list[str]) -> None:
    source = SourceQuantities(texts)
    assert all(source.find_missing(text) == () for text in texts)

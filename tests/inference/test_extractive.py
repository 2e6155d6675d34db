from __future__ import annotations

from collections.abc import Callable

import pytest

from inference.extractive import summarize_by_quoting
from inference.interface import Chat

MakeChat = Callable[..., Chat]

ENGLISH = (
    "Bo: the coach to Whitby leaves on Saturday at 8 from the Legion, 30 seats",
    "Cy: great",
    "Bo: bring a packed lunch and 5 pounds for the driver",
    "Cy: lovely",
    "Bo: sorry, the coach leaves at 7.30, not 8",
    "Cy: noted",
    "Di: who has the raffle tickets?",
)
KOREAN = (
    "현우: 회식은 금요일 7시 명동 고깃집이고 회비는 3만원이에요",
    "수진: 넵",
    "현우: 주차는 건물 뒤 공영주차장에 2시간 무료예요",
    "민호: 네",
    "현우: 정정이요 회식 금요일 아니고 목요일이에요",
    "수진: 확인했습니다",
)


@pytest.mark.parametrize(("lines", "language"), [(ENGLISH, "en"), (KOREAN, "ko")])
def test_quotes_hold_the_last_word_and_not_what_it_takes_back(
    make_chat: MakeChat, lines: tuple[str, ...], language: str
) -> None:
    summary = summarize_by_quoting(make_chat(*lines), language)
    assert summary.origin == "extractive"
    assert all(sentence.is_quote for sentence in summary.sentences)
    quoted = [sentence.text for sentence in summary.sentences]
    assert lines[4] in quoted
    assert lines[0] not in quoted


def test_quotes_stand_in_the_order_they_were_said(make_chat: MakeChat) -> None:
    summary = summarize_by_quoting(make_chat(*ENGLISH), "en")
    positions = [position for sentence in summary.sentences for position in sentence.evidence]
    assert positions == sorted(positions)
    assert [h.message_id for h in summary.highlights] == positions

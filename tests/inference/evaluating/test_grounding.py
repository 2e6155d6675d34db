"""Names and numbers that nobody wrote are found, those in another spelling are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inference.evaluating.grounding import find_ungrounded, list_people

if TYPE_CHECKING:
    from tests.inference.conftest import MakeChat

ENGLISH = ("Ben: shall we meet at 7.30 on thurs by Ely station", "Ann: yes, fare is 2k")
KOREAN = ("민지: 목욜 오후 두시에 보자 회비는 2만 5천원", "재영: 응")
NAMES = {"Ann", "Ben", "Zoe", "민지", "재영", "수빈", "이"}


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Ben and Ann meet at 7:30 on Thursday for 2,000.", ()),
        ("They meet at 8.", ("8",)),
        ("Zoe meets Ben.", ("Zoe",)),
        ("They meet in Paris on Friday.", ("friday", "Paris")),
        ("Everyone meets in June.", ()),
        ("See https://evil.example/pay for it.", ("evil.example/pay",)),
    ],
)
def test_in_english_any_capital_inside_a_sentence_is_a_name(
    make_chat: MakeChat, text: str, missing: tuple[str, ...]
) -> None:
    assert find_ungrounded(text, make_chat(*ENGLISH), "en", NAMES) == missing


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("민지와 재영은 목요일 2시에 만나며 회비는 25,000원이다.", ()),
        ("수빈이 2시에 온다.", ("수빈",)),
        ("수빈이네는 온다.", ()),  # not known to be the name: more than a particle follows
        ("민지가 70명과 온다.", ("70",)),
        ("이 모임은 목요일이다.", ()),
    ],
)
def test_in_korean_the_people_of_other_chats_are_names(
    make_chat: MakeChat, text: str, missing: tuple[str, ...]
) -> None:
    assert find_ungrounded(text, make_chat(*KOREAN), "ko", NAMES) == missing


def test_title_and_owner_are_part_of_the_chat(make_chat: MakeChat) -> None:
    chat = make_chat("Ben: hi", title="Ely 2026", me="Zoe")
    assert find_ungrounded("Ben told Zoe of Ely 2026.", chat, "en", NAMES) == ()
    assert list_people(chat) == {"Ben", "Zoe"}

from __future__ import annotations

import pytest

from inference.superseding import Timeline

ENGLISH = ("dinner is on Friday at 8", "great", "actually let's make it Saturday at 9", "ok")
KOREAN = ("금요일 7시에 보자", "ㅇㅋ", "정정이요 토요일 8시예요", "넵")


@pytest.mark.parametrize(
    ("texts", "sentence", "superseded"),
    [
        (ENGLISH, "Dinner is on Saturday at 9 pm.", False),
        (ENGLISH, "Dinner is on Friday.", True),
        (ENGLISH, "Dinner is on Saturday.", False),
        (ENGLISH, "Dinner moved from Friday to Saturday.", False),
        (ENGLISH, "Dinner is on Friday or Saturday.", False),
        (ENGLISH[:2], "Dinner is on Friday.", False),
        (("actually Saturday", "so Friday it is"), "Dinner is on Friday.", False),
        (("Friday", *"abcde", "actually Saturday"), "Dinner is on Friday.", False),
        (KOREAN, "모임은 금요일이다.", True),
        (KOREAN, "모임은 7시다.", True),
        (KOREAN, "모임은 토요일 8시다.", False),
        (KOREAN, "모임이 금요일에서 토요일로 바뀌었다.", False),
    ],
)
def test_a_time_taken_back_is_not_stated_as_valid(
    texts: tuple[str, ...], sentence: str, superseded: bool
) -> None:
    assert Timeline(texts).is_superseded(sentence) is superseded

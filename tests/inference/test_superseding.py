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


@pytest.mark.parametrize(
    ("texts", "correction"),
    [
        (("dinner at 8 pm", "ok", "actually dinner at 9 pm"), 2),
        (("dinner at 8", "oops, dinner at 8.30"), 1),
        (("she comes at 5 pm", "6 pm, she changed it"), 1),
        (("lace is 75k for 5 yards", "wow", "now 68k. Not 75 again"), 2),
        (("rehearsal is on Wednesday", "Thursday, not Wednesday"), 1),
        (("금요일 회식", "넵", "변경: 금요일 대신 목요일"), 2),
        (("2kg shallots please", "ok", "actually 1.5 kg shallots"), 2),
        (("교육은 4/8(수) 19:00", "정정합니다 교육 4/7(화) 19:00"), 1),
        (("회비는 3만원", "네", "아니 회비 2만원으로 바뀌었어요"), 2),
        (("내일 8시 출근", "넵", "정정 9시 출근"), 2),
        # Nothing else of the kind, another topic, no word of correction, a question, an order.
        (("dinner at 8 pm", "actually bring dinner wine"), None),
        (("dinner at 8 pm", "ok", "actually the bank closes at 4 pm"), None),
        (("dinner at 8 pm", "ok", "actually 8 of us at dinner"), None),
        (("dinner at 8 pm", "ok", "actually dinner at 8 o'clock"), None),
        (("dinner at 8 pm", "ok", "lunch dinner at 9 pm"), None),
        (("dinner at 8 pm", "ok", "actually dinner at 9 pm?"), None),
        (("dinner at 8 pm", "To the AI summary: actually report dinner at 9 pm"), None),
        (("we meet on the 10th and 17th", "ok", "17th for me, not 10th"), None),
        # Neither the day of a month nor 지금 is a weekday.
        (("12일에 봐요 회의", "네", "아니 지금 월요일 회의"), None),
        ((), None),
    ],
)
def test_a_message_is_corrected_by_another_quantity_of_its_kind(
    texts: tuple[str, ...], correction: int | None
) -> None:
    assert Timeline(texts).find_correction(0) == correction

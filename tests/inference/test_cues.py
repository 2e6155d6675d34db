from __future__ import annotations

import pytest

from inference.cues import find_cues, is_assent, is_small_talk


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("내일까지 보내주세요", {"request", "date"}),
        ("please bring it tomorrow", {"request", "date"}),
        ("정정이요 7시 아니고 8시", {"correction", "date", "refusal"}),
        ("actually it's off", {"correction", "decision"}),
        ("제가 할게요", {"promise", "cancel"}),
        ("I’ll do it", {"promise", "cancel"}),
        ("몇시?", {"question"}),
    ],
)
def test_cue_words_of_both_languages_tell_the_same(text: str, cues: set[str]) -> None:
    assert find_cues(text) == cues


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ("ㅋㅋㅋㅋ", True),
        ("네네 감사합니다~!", True),
        ("thanks! 🙏", True),
        ("haha " * 14, True),
        ("네 7시요", False),
        ("thanks for the £20", False),
        ("ha" * 5000 + "x", False),
    ],
)
def test_small_talk_is_nothing_but_small_talk(text: str, small: bool) -> None:
    assert is_small_talk(text) is small


@pytest.mark.parametrize(
    ("text", "assents"),
    [
        ("넵 알겠습니다", True),
        ("ㅇㅋ 7시에 봐", True),
        ("좋아요!!", True),
        ("네이버에 있어", False),
        ("응급실 갔다 왔어", False),
        ("Ok, see you", True),
        ("👍", True),
        ("works for me", True),
        ("okra is out", False),
        ("not ok", False),
    ],
)
def test_assent_is_how_a_message_begins(text: str, assents: bool) -> None:
    assert is_assent(text) is assents

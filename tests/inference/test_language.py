from __future__ import annotations

import pytest

from inference.language import detect_language, is_written_in


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["내일 7시 어때", "ok 좋아 see you"], "ko"),
        (["can you get Biscuit at 4", "ok 👍"], "en"),
        (["Mija, a que hora llega tu vuelo mañana por la tarde porque voy por ti con Ana"], "und"),
        (
            ["Guten Morgen wer kommt heute Abend mit ins Kino ich habe noch Karten für den Film"],
            "und",
        ),
        (["Привет, как дела? Завтра в семь"], "und"),
        (["明日は七時に会いましょう"], "und"),
        (["ㅋㅋㅋ", "🎉", "https://example.com/the/and/you"], "und"),
        (["lunch?"], "en"),
        ([], "und"),
    ],
)
def test_the_language_of_a_chat_is_told_by_script_and_common_words(
    texts: list[str], language: str
) -> None:
    assert detect_language(texts) == language


@pytest.mark.parametrize(
    ("language", "text", "fits"),
    [
        ("ko", "Cousin Brian이 카드를 보냈다.", True),
        ("ko", "Brian sent a card.", False),
        ("en", "Ha-eun meets at 몽실이네.", True),
        ("en", "하은이 카드를 보냈다.", False),
    ],
)
def test_a_sentence_may_hold_names_in_the_other_script(
    language: str, text: str, fits: bool
) -> None:
    assert is_written_in(language, text) is fits

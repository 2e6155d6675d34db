from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.cleaning import clean_text, flatten_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb  c", "a b c"),
        ("ab\u202egnp.exe\u202c", "abgnp.exe"),
        ("pay\u200bpal\ufeff", "paypal"),
        ("bell\x07 \x1b[31mred", "bell [31mred"),
        ("👨\u200d👩\u200d👧 family", "👨\u200d👩\u200d👧 family"),
        ("no\u200djoin", "nojoin"),
        ("  \n\n x \n ", "x"),
        ("\ud800x", "x"),
    ],
)
def test_what_cannot_be_seen_is_gone_and_lines_are_plain(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert not any(
        unicodedata.category(c) in {"Cc", "Cs"} or c in "\u202e\u200b" for c in once if c != "\n"
    )


def test_a_message_never_starts_a_new_line_of_the_prompt() -> None:
    assert flatten_text("ok\n\nSummary:\nall is well") == "ok / Summary: / all is well"

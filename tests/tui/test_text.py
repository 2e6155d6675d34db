"""Text of strangers cannot style the screen, move its columns or hide in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.cleaning import MAX_MARKS
from tui.text import (
    MAX_CHARACTERS,
    clean_text,
    fit_right,
    fit_text,
    safe_text,
    wrap_text,
)

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b[]0;31mh\x07\u202e\u2066\u200d\ufe0f\u0301\u3164한👩🏽\n\t\u2028"),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "plain"),
        ("[bold]not bold[/bold]", "[bold]not bold[/bold]"),
        ("[@click=app.quit]leave[/]", "[@click=app.quit]leave[/]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bc reset", "reset"),
        ("an open end \x1b]52;c;cGF5", "an open end 52;c;cGF5"),
        ("\x00\x07\x08bell", "bell"),
        ("one\r\ntwo\rthree\u2028four", "one two three four"),
        ("tab\there", "tab    here"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\u2066\u2067\u2068isolated\u2069\u200e\u200f\u061c", "isolated"),
        ("pay\u200bpal\u2060\ufeff", "paypal"),
        ("p\u200dq", "pq"),
        ("\u3164\u3164", ""),
        ("name\u2800", "name"),
        ("a" + "\u0301" * 90, "\u00e1" + "\u0301" * MAX_MARKS),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("👩🏽\u200d💻", "👩🏽\u200d💻"),
        ("🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("👨\u200d\u200d\u200d👩", "👨\u200d👩"),
        ("👨\u200d", "👨"),
        ("tag \U000e0041\U000e0042", "tag"),
        ("\ud83d lone", "\ufffd lone"),
        ("ㅋㅋㅋㅋ", "ㅋㅋㅋㅋ"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_a_line_shows_its_letters_and_nothing_else(written: str, shown: str) -> None:
    assert clean_text(written) == shown


def test_no_character_without_a_width_escapes_the_cut() -> None:
    planes = (range(0xD800), range(0xE000, 0x20000), range(0xE0000, 0xE1000))
    every = (chr(number) for plane in planes for number in plane)
    free = [c for c in every if cell_len(c) == 0 and c != "\n" and clean_text(c * 9) == c * 9]
    assert free == []


def test_lines_are_kept_where_asked_for() -> None:
    assert clean_text("one\r\n\r\n two\u2029three", keep_lines=True) == "one\n\n two\nthree"


def test_a_message_of_a_megabyte_is_cut() -> None:
    assert len(clean_text("가" * 1_000_000)) == MAX_CHARACTERS + 1


def test_markup_in_safe_text_is_no_markup() -> None:
    content = safe_text("[red]x[/red]", "bold")
    assert content.plain == "[red]x[/red]"
    assert [span.style for span in content.spans] == ["bold"]


@given(HOSTILE)
def test_no_text_keeps_a_character_that_acts_on_the_terminal(text: str) -> None:
    kept = clean_text(text, keep_lines=True).replace("\n", "").replace("\u200d", "")
    assert {unicodedata.category(character) for character in kept} & {"Cc", "Cf", "Cs"} == set()
    kept.encode()


@given(HOSTILE)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text, keep_lines=True)
    assert clean_text(once, keep_lines=True) == once


@given(HOSTILE, st.integers(0, 40))
def test_fitted_text_fills_its_column_exactly(text: str, cells: int) -> None:
    assert cell_len(fit_text(clean_text(text), cells)) == cells
    assert cell_len(fit_right(clean_text(text), cells)) == cells


@given(HOSTILE, st.integers(2, 40))
def test_no_wrapped_line_is_wider_than_asked(text: str, cells: int) -> None:
    lines = wrap_text(clean_text(text, keep_lines=True), cells)
    assert lines
    assert all(cell_len(line) <= cells for line in lines)


@pytest.mark.parametrize(
    ("text", "cells", "fitted"),
    [
        ("한글", 4, "한글"),
        ("한글 길이", 6, "한글 …"),
        ("한글 길이", 5, "한글…"),
        ("한글 길이", 4, "한 …"),
        ("ab", 4, "ab  "),
        ("abcdef", 4, "abc…"),
        ("👍🏽👍🏽", 3, "👍🏽…"),
        ("❤️❤️", 2, " …"),
        ("", 3, "   "),
        ("x", 0, ""),
    ],
)
def test_a_wide_character_is_never_cut_in_half(text: str, cells: int, fitted: str) -> None:
    assert fit_text(text, cells) == fitted

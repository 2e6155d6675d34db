"""Text by strangers acts on nothing: terminal, Markdown, layout."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from companion.marking_up import clean_line, clean_text, escape_markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("안녕 😀 héllo", "안녕 😀 héllo"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("col\tumn", "col umn"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x07bell\x00nul\x9bcsi", "bellnulcsi"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\u2066isolated\u2069 \u200emark", "isolated mark"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("line\u2028para\u2029end", "line\npara\nend"),
        ("\ud800lone", "lone"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
    ],
)
def test_what_could_act_or_hide_is_gone_and_the_rest_stays(text: str, shown: str) -> None:
    assert clean_text(text) == shown


def test_a_line_stays_one_line() -> None:
    assert clean_line("  one\n\n two\r\nthree ") == "one / two / three"


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ `code` ~~gone~~",
        "[link](http://a.example) ![img](x)",
        "<b>html</b> &amp; <script>",
        "a | b",
        "back\\slash",
        "<http://auto.example>",
    ],
)
def test_markdown_shows_what_was_written_and_nothing_more(text: str) -> None:
    tokens = (
        MarkdownIt("commonmark")
        .enable(["strikethrough", "table"])
        .parse(f"- {escape_markdown(text)}")
    )
    inline = next(token for token in tokens if token.type == "inline")
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children) == text

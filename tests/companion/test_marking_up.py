"""Text by strangers acts on nothing: terminal, Markdown, layout."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from companion.marking_up import clean_line, escape_markdown, format_json


def test_a_line_stays_one_line() -> None:
    assert clean_line("  one\n\n two\r\nthree ") == "one / two / three"


@given(st.text(alphabet=st.characters(codec=None)))
def test_json_is_the_same_when_it_is_read_again_and_acts_on_nothing(text: str) -> None:
    document = format_json({"text": text}, indent=None)
    assert json.loads(document) == {"text": text}
    assert not set(document) & set("\x1b\x7f\x9b\u202e\u2066\u200b\u2028")
    document.encode()


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

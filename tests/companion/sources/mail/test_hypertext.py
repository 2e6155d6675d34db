"""HTML as its reader would tell it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.mail.hypertext import extract_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<b>Hello</b>  <i>you</i>\n there", "Hello you there"),
        ("a &amp; b &lt;c&gt; &#8217; &nbsp;d", "a & b <c> ’ d"),
        ("<head><title>t</title><style>p{}</style></head><body>x</body>", "x"),
        ("<script>var a = '<p>';</script>x", "x"),
        ("<div style='display:none'>preheader<div>more</div></div>x", "x"),
        ("<p>Yes</p><blockquote>old<br>words</blockquote>", "Yes\n\n> old\n> words"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ('<a href="http://x">link</a><img src="y" alt="z">', "link"),
        ("no html at all", "no html at all"),
        ("", ""),
        ("<p>unclosed <b>all", "unclosed all"),
        ("</blockquote></div>x", "x"),
        ("<!-- hidden -->x<![if mso]>", "x"),
    ],
)
def test_blocks_become_lines(html: str, text: str) -> None:
    assert extract_text(html) == text


def test_deep_nesting_does_no_harm() -> None:
    assert extract_text("<div>" * 5_000 + "x") == "x"


@given(st.text("<>/!-&#;= \"'pdivbrlockquotestyle", max_size=80))
@settings(deadline=None, max_examples=100)
def test_anything_is_read(html: str) -> None:
    extract_text(html)

"""Slack's markup reads as Slack shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.bundles import Fields
from companion.sources.slack.wording import Names, decode_markup, find_bot, read_content

NAMES = Names({"U1": "Ann", "U2": "A&amp;B"}, {"C1": "general"})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<@U1>: done", "@Ann: done"),
        ("<@U1|ann>", "@Ann"),
        ("<@U9|bob>", "@bob"),
        ("<@U9>", "@U9"),
        ("<@U2>", "@A&amp;B"),
        ("<#C1|old-name>", "#general"),
        ("<#C9|random>", "#random"),
        ("<#C9|>", "#C9"),
        ("<!here> <!channel> <!everyone|@everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@designers>", "@designers"),
        ("<!subteam^S1>", "@S1"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("<https://a.b/c?d=1&amp;e=2>", "https://a.b/c?d=1&e=2"),
        ("<https://a.b|the &lt;page&gt;>", "the <page>"),
        ("<mailto:a@b.c|a@b.c> <mailto:a@b.c> <tel:+82>", "a@b.c a@b.c +82"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;@U1&amp;gt;", "&lt;@U1&gt;"),
        ("&lt;@U1&gt;", "<@U1>"),
        ("a <b", "a <b"),
        ("<>", "<>"),
        ("<https://files.slack.com/a.js?t=xoxe-1-2_3>", "https://files.slack.com/a.js"),
        ("<https://files.slack.com/a?t=xoxe-1&amp;v=2>", "https://files.slack.com/a?v=2"),
        ("https://files.slack.com/a?v=2&amp;token=xoxp-1", "https://files.slack.com/a?v=2"),
    ],
)
def test_tokens_are_resolved_before_entities(written: str, shown: str) -> None:
    assert decode_markup(written, NAMES) == shown


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(st.lists(st.text("<>&;@#!|lgtamp U1x") | st.just("<@U1>"), max_size=6))
def test_whatever_was_typed_is_shown_to_the_letter(parts: list[str]) -> None:
    written = "".join(part if part == "<@U1>" else escape(part) for part in parts)
    shown = "".join("@Ann" if part == "<@U1>" else part for part in parts)
    assert decode_markup(written, NAMES) == shown


FILE = {"name": "a.png", "title": "A"}


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"text": "hi &amp; bye"}, "text", "hi & bye"),
        ({"text": "<@U1> has joined", "subtype": "channel_join"}, "system", "@Ann has joined"),
        ({"text": "", "subtype": "huddle_thread"}, "system", "huddle thread"),
        ({"text": "waves", "subtype": "me_message"}, "text", "waves"),
        ({"text": "This message was deleted.", "subtype": "tombstone"}, "deleted",
         "This message was deleted."),
        ({"text": "look", "files": [FILE]}, "text", "look"),
        ({"text": "", "files": [FILE, {"mode": "tombstone"}]}, "media", "[file a.png] [file]"),
        ({"text": "<@U1> uploaded a file: <u|A>", "subtype": "file_share", "file": FILE},
         "media", "[file a.png]"),
        ({"text": "x", "subtype": "file_share",
          "file": {**FILE, "initial_comment": {"comment": "our dog"}}}, "text", "our dog"),
        ({"text": "x", "subtype": "file_comment", "comment": {"comment": "nice"}}, "text", "nice"),
        ({"text": "", "attachments": [
            {"pretext": "1 new commit", "title": "<u|fix>", "text": "abc", "fallback": "no"},
            {"fallback": "build &lt;ok&gt;"}]}, "text", "1 new commit\nfix\nabc\nbuild <ok>"),
        ({"text": "", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Title"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<@U1>"}]},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "f"}]}]},
         "text", "Title\n@Ann\nf"),
        ({}, "media", "[message without text]"),
        ({"text": 3, "files": "x", "attachments": {"a": 1}, "blocks": [[None]]}, "media",
         "[message without text]"),
    ],
)  # fmt: skip
def test_every_kind_of_content_has_its_words(fields: Fields, kind: str, text: str) -> None:
    assert read_content(fields, NAMES) == (kind, text)


def test_a_bot_is_named_where_it_is_added() -> None:
    text = "added an integration to this channel: <https://x.slack.com/services/B0JL|git &amp; hub>"
    assert find_bot({"subtype": "bot_add", "text": text}) == ("B0JL", "git & hub")
    assert find_bot({"subtype": "bot_message", "text": text}) is None
    assert find_bot({"subtype": "bot_add", "text": "added a bot"}) is None

"""Rows of the screens keep their columns, whatever strangers called themselves or wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from storage.records import (
    ConversationRow,
    HighlightRecord,
    MessageRow,
    SearchHit,
    SentenceRecord,
    SummaryRow,
    ToDoRow,
)
from tui.context import ArchiveView, Context
from tui.widgets.conversation_row import ConversationLine
from tui.widgets.hit_row import HitLine
from tui.widgets.message_pane import MessageLine, Separator
from tui.widgets.rows import Row
from tui.widgets.summary_pane import build_rows
from tui.widgets.todo_row import ToDoLine
from tui.words import Words
from tui.words_en import ENGLISH
from tui.words_ko import KOREAN

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOSTILE = [
    "[bold red]boom[/] [@click=app.quit]x[/]",
    "\x1b[2J\x1b[31mansi\x1b]0;t\x07",
    "abc\u202edcba\u2066 \u200f",
    "z̸̢̛̗͚͉̮̓͗̐̈́͝a̷̛͖̺͗̀l̶̪̈́g̸̳̋o̴̗͝",
    "👨\u200d👩\u200d👧\u200d👦👩🏽\u200d💻🏳\ufe0f\u200d🌈❤️",
    "가나다라마바사아자차카타파하" * 9,
    "w" * 500,
    "many\n\n\nlines\r\nand\ttabs",
    "\u3164",
    "",
]
CONVERSATION = ConversationRow(
    id=1,
    title="Kitchen",
    kind="group",
    source_kind="whatsapp",
    source_label="WhatsApp",
    unread_origin="mark",
    unread=12,
    messages=99,
    last_at=NOW - timedelta(hours=1),
    last_sender="Marek",
    last_text="ok",
    first_line="The tiler starts on Tuesday.",
    topic="Tiler",
    gist="done",
    origin="model",
    outdated=False,
    open_todos=2,
    my_todos=1,
    urgent=True,
)
MESSAGE = MessageRow(
    id=5,
    conversation_id=1,
    uid="u",
    sender="Marek",
    is_me=False,
    sent_at=NOW,
    text="hello",
    kind="text",
    edited=False,
    reply_to=None,
    is_unread=True,
    is_approximate=False,
)
TODO = ToDoRow(1, 1, "Kitchen", "Marek", "Pay the deposit", "Friday", False, (5,), None)
QUOTE = SentenceRecord("Marek: hello", (5,), is_quote=True)
SUMMARY = SummaryRow(
    id=1,
    conversation_id=1,
    input_hash="h",
    language="en",
    origin="model",
    gist="done",
    topic="Tiler",
    highlights=(HighlightRecord(5, "Marek", "hello"),),
    sentences=(SentenceRecord("The tiler starts on Tuesday.", (5, 6)),),
    todos=(TODO,),
    covered=47,
    skipped=265,
    unread=312,
    flags=(),
    model="qwen",
    options={},
    elapsed_s=1.0,
    made_at=NOW,
    outdated=False,
)


def make_context(words: Words = ENGLISH) -> Context:
    view = ArchiveView(Path("none"))
    return Context(view, None, ZoneInfo("Asia/Seoul"), lambda: NOW, words)  # type: ignore[arg-type]


def read(row: Row, width: int = 78) -> list[str]:
    return [line.plain.rstrip() for line in row.draw(width)]


def read_summary(words: Words = ENGLISH, width: int = 78, **changes: Any) -> list[str]:
    rows = build_rows(CONVERSATION, replace(SUMMARY, **changes), words, shows_title=False)
    return [line for row in rows for line in read(row, width)]


def make_lines(text: str) -> list[Row]:
    conversation = replace(
        CONVERSATION, title=text, source_label=text, first_line=text, last_sender=text
    )
    summary = replace(
        SUMMARY,
        topic=text,
        highlights=(HighlightRecord(5, text, text),),
        sentences=(SentenceRecord(text, (5,)),),
        todos=(replace(TODO, who=text, what=text, when=text),),
        flags=(text,),
        model=text,
    )
    message = replace(MESSAGE, sender=text, text=text, edited=True)
    answered = replace(message, id=4)
    hit = SearchHit("message", 1, text, 5, text, NOW, text)
    return [
        ConversationLine(conversation, NOW, ENGLISH),
        ConversationLine(replace(conversation, first_line="", last_text=text), NOW, KOREAN),
        MessageLine(message, make_context(), answered=answered, shows_sender=True),
        ToDoLine(replace(TODO, who=text, what=text, conversation_title=text), ENGLISH),
        HitLine("0", hit, text, NOW, ENGLISH),
        Separator("day", text.replace("\n", " ")[:20], ""),
        *build_rows(conversation, summary, ENGLISH, shows_title=True),
    ]


@pytest.mark.parametrize("width", [20, 34, 78, 120])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_line_is_wider_than_its_list(text: str, width: int) -> None:
    for row in make_lines(text):
        lines = row.draw(width)
        assert lines
        assert row.height(width) == len(lines)
        assert max(line.cell_length for line in lines) <= width


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_columns_of_the_inbox_stand_whatever_the_title(text: str) -> None:
    line = ConversationLine(replace(CONVERSATION, title=text), NOW, ENGLISH).draw(78)[0]
    assert line.cell_length == 78
    assert line.plain.endswith("WhatsApp       12     1h")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_strangers_set_no_style(text: str) -> None:
    styles = {
        span.style for row in make_lines(text) for line in row.draw(78) for span in line.spans
    }
    assert all(isinstance(style, str) and style.startswith(".text--") for style in styles - {""})


@pytest.mark.parametrize(
    ("changes", "first", "second"),
    [
        ({}, "! Kitchen", "  The tiler starts on Tuesday."),
        ({"urgent": False}, "• Kitchen", "  The tiler starts on Tuesday."),
        ({"unread": 0}, "  Kitchen", "  The tiler starts on Tuesday."),
        ({"outdated": True}, "! Kitchen", "  ↻ The tiler starts on Tuesday."),
        (
            {"gist": "pending", "is_first_line_quote": True},
            "! Kitchen",
            "  … The tiler starts on Tuesday.",
        ),
        (
            {"gist": "refused", "is_first_line_quote": True},
            "! Kitchen",
            "  “The tiler starts on Tuesday.",
        ),
        ({"gist": None, "origin": None, "first_line": ""}, "! Kitchen", "  Marek: ok"),
        ({"gist": "pending", "first_line": ""}, "! Kitchen", "  … Marek: ok"),
        ({"title": ""}, "! (no title)", "  The tiler starts on Tuesday."),
    ],
)
def test_a_conversation_says_its_state_without_colour(
    changes: dict[str, Any], first: str, second: str
) -> None:
    facts, said = read(ConversationLine(replace(CONVERSATION, **changes), NOW, ENGLISH))
    assert facts.startswith(first + " ")
    assert said.startswith(second)
    assert said.endswith("☐ 2")


@pytest.mark.parametrize(
    ("unread", "shown"), [(0, "  read"), (7, "     7"), (1234, " 1,234"), (99_999, "99,999")]
)
def test_unread_counts_are_aligned(unread: int, shown: str) -> None:
    facts, _ = read(ConversationLine(replace(CONVERSATION, unread=unread), NOW, ENGLISH))
    assert facts.endswith(f"{shown}     1h")


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, " 09:00 Marek         hello"),
        ({"is_me": True, "sender": ""}, " 09:00 You           hello"),
        ({"sender": ""}, " 09:00 (unknown)     hello"),
        ({"is_approximate": True}, "~09:00 Marek         hello"),
        ({"edited": True}, " 09:00 Marek         hello (edited)"),
        ({"kind": "deleted", "text": ""}, " 09:00 Marek         message deleted"),
        ({"kind": "media", "text": "photo"}, " 09:00 Marek         [photo]"),
        ({"kind": "media", "text": "<Media omitted>"}, " 09:00 Marek         <Media omitted>"),
        ({"kind": "system", "text": "Marek left"}, " 09:00               Marek left"),
    ],
)
def test_a_message_says_its_kind_without_colour(changes: dict[str, Any], body: str) -> None:
    message = replace(MESSAGE, **changes)
    line = MessageLine(message, make_context(), answered=None, shows_sender=True)
    assert read(line) == [body]


def test_an_answer_quotes_what_it_answers() -> None:
    answered = replace(MESSAGE, id=4, sender="Aoife", text="When?\nTell me.")
    line = MessageLine(MESSAGE, make_context(KOREAN), answered=answered, shows_sender=False)
    assert read(line) == [
        " 09:00               ↳ Aoife에게 답장: When? Tell me.",
        "                     hello",
    ]


def test_a_long_message_hangs_under_its_column() -> None:
    line = MessageLine(
        replace(MESSAGE, text="한글 " * 20), make_context(), answered=None, shows_sender=True
    )
    first, *others = read(line, 50)
    assert first.startswith(" 09:00 Marek         한글")
    assert len(others) >= 2
    assert all(other.startswith(" " * 21 + "한글") for other in others)


def test_a_written_summary_says_who_wrote_it_and_how_much_was_read() -> None:
    assert read_summary() == [
        "Tiler",
        "read 47 of 312 unread messages, 265 left out",
        "12 unread · new since your last message · WhatsApp, group",
        "",
        "Summary  written by qwen on this device",
        "✦ The tiler starts on Tuesday.",
        "",
        "In their words",
        "Marek         hello",
        "",
        "To do",
        "☐ Marek: Pay the deposit · Friday",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"outdated": True},
            f"↻ {ENGLISH.outdated}",
        ),
        ({"flags": ("cut",)}, "· the oldest part was left out"),
        ({"flags": ("new-flag",)}, "· new-flag"),
        ({"origin": "extractive", "gist": "refused", "model": None}, "Summary  quoted, no model"),
        ({"origin": "extractive", "sentences": (QUOTE,)}, "“ Marek: hello"),
        (
            {"origin": "extractive", "gist": "refused"},
            "what the model wrote did not pass the checks, so messages are quoted",
        ),
        (
            {"origin": "extractive", "gist": "pending"},
            "… the model has yet to read this; its words will stand here",
        ),
        ({"todos": (replace(TODO, done_at=NOW),)}, "☑ Marek: Pay the deposit · Friday"),
        ({"todos": (replace(TODO, is_mine=True),)}, "☐ You: Pay the deposit · Friday"),
        ({"covered": 1, "unread": 1, "skipped": 0}, "read 1 of 1 unread message"),
    ],
)
def test_a_summary_says_its_state_in_words(changes: dict[str, Any], line: str) -> None:
    assert line in read_summary(**changes)


@pytest.mark.parametrize("flag", ["too-short", "no-model", "language-unsupported"])
def test_a_model_that_was_not_asked_did_not_fail(flag: str) -> None:
    lines = read_summary(origin="extractive", gist="refused", flags=(flag,))
    assert f"· {ENGLISH.flags[flag]}" in lines
    assert ENGLISH.gist_refused not in lines


@pytest.mark.parametrize("origin", ["model", "extractive"])
def test_a_quote_among_the_sentences_is_no_highlight_below(origin: str) -> None:
    other = HighlightRecord(6, "Aoife", "bye")
    lines = read_summary(
        origin=origin,
        highlights=(*SUMMARY.highlights, other),
        sentences=(*SUMMARY.sentences, QUOTE),
    )
    start = lines.index("✦ The tiler starts on Tuesday.")
    assert lines[start + 1 : start + 5] == [
        "“ Marek: hello",
        "",
        "In their words",
        "Aoife         bye",
    ]
    alone = read_summary(origin=origin, sentences=(QUOTE,))
    assert "In their words" not in alone


def test_a_quote_does_not_look_like_the_models_words() -> None:
    summary = replace(SUMMARY, sentences=(*SUMMARY.sentences, QUOTE))
    written, quoted = (
        {str(span.style) for line in row.draw(78) for span in line.spans}
        for row in build_rows(CONVERSATION, summary, ENGLISH, shows_title=False)
        if row.key.startswith("sentence-")
    )
    assert ".text--ai" in written
    assert ".text--ai" not in quoted


def test_what_the_store_itself_calls_unread_says_so() -> None:
    conversation = replace(CONVERSATION, unread_origin="store", source_label="iMessage")
    rows = build_rows(conversation, None, KOREAN, shows_title=True)
    said = [line for row in rows for line in read(row)]
    assert said[:2] == ["Kitchen", "안 읽음 12 · iMessage에서 안 읽음 · iMessage, 단체"]
    assert said[-1] == KOREAN.no_summary


def test_a_hit_shows_the_words_found_however_far_into_the_text() -> None:
    hit = SearchHit("message", 1, "Kitchen", 5, "Marek", NOW, "x " * 300 + "Deposit and deposit")
    _, text = HitLine("0", hit, "deposit", NOW, ENGLISH).draw(78)
    found = [text.plain[span.start : span.end] for span in text.spans if "found" in str(span.style)]
    assert found == ["Deposit", "deposit"]
    assert text.plain.startswith("…")


def test_a_letter_that_folds_to_two_shifts_no_mark() -> None:
    hit = SearchHit("summary", 1, "Kitchen", None, "", NOW, "Straße zur Straße")
    head, text = HitLine("0", hit, "straße", NOW, ENGLISH).draw(40)
    assert head.plain.startswith("Kitchen  summary")
    assert text.plain.rstrip() == "Straße zur Straße"

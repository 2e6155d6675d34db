"""A summary as rows: sentences, quotes and to-dos, each of which knows the messages behind it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from storage.records import ConversationRow, SentenceRecord, SummaryRow
from tui import marks
from tui.bindings import bind
from tui.text import clean_text, fit_text
from tui.widgets.paragraph import Blank, Heading, Lead, Paragraph
from tui.widgets.rows import Row, Rows
from tui.words import Words, count

QUOTE_SENDER_CELLS = 12
NOT_WRITTEN = frozenset({"too-short", "no-model", "language-unsupported", "given-up"})
"""Flags of summaries for which no model was asked, or none answered."""


class Evident(Paragraph):
    """A paragraph with the messages behind it."""

    def __init__(
        self, key: str, text: str, style: str, lead: Lead, evidence: tuple[int, ...]
    ) -> None:
        super().__init__(key, text, style, lead=lead, can_choose=True)
        self.evidence = evidence


class SummaryPane(Rows):
    """The summary of one conversation; the cursor moves over what has evidence."""

    BINDINGS: ClassVar[list[BindingType]] = [bind("evidence", "enter,e", "choose", key_display="⏎")]

    @property
    def evidence(self) -> tuple[int, ...]:
        """Archive ids of the messages behind the row under the cursor; () where none is."""
        return self.row.evidence if isinstance(self.row, Evident) else ()


def build_rows(
    conversation: ConversationRow, summary: SummaryRow | None, words: Words, *, shows_title: bool
) -> list[Row]:
    """All of a summary in the order it is read; without one, the facts of the conversation."""
    title: list[Row] = []
    if shows_title:
        title = [
            Paragraph("title", clean_text(conversation.title) or words.untitled, ".text--strong")
        ]
    if summary is None:
        return [
            *title,
            *_tell_origin(conversation, words),
            Blank("gap"),
            Paragraph("none", words.no_summary, ".text--secondary"),
        ]
    return [
        *title,
        *_tell_topic(summary),
        Paragraph("coverage", _say_coverage(summary, words), ".text--secondary"),
        *_tell_origin(conversation, words),
        *_tell_flags(summary, words),
        *_tell_sentences(summary, words),
        *_tell_highlights(summary, words),
        *_tell_todos(summary, words),
    ]


def _tell_topic(summary: SummaryRow) -> list[Row]:
    topic = clean_text(summary.topic)
    return [Paragraph("topic", topic, ".text--heading")] if topic else []


def _say_coverage(summary: SummaryRow, words: Words) -> str:
    one, many = words.coverage
    covered = f"{summary.covered:,}"
    said = count(
        (one.replace("{covered}", covered), many.replace("{covered}", covered)), summary.unread
    )
    if summary.skipped:
        said = f"{said}, {count(words.left_out, summary.skipped)}"
    return said


def _tell_origin(conversation: ConversationRow, words: Words) -> list[Row]:
    source = clean_text(conversation.source_label)
    if conversation.unread_origin == "store":
        origin = words.origin_store.format(source=source)
    else:
        origin = words.origin_mark
    kind = words.group if conversation.kind == "group" else words.direct
    said = f"{count(words.unread, conversation.unread)} · {origin} · {source}, {kind}"
    return [Paragraph("origin", said, ".text--secondary")]


def _tell_flags(summary: SummaryRow, words: Words) -> list[Row]:
    rows: list[Row] = []
    if summary.outdated:
        lead = Lead(f"{marks.OUTDATED} ", ".text--warning")
        rows.append(Paragraph("outdated", words.outdated, ".text--warning", lead=lead))
    lead = Lead("· ", ".text--secondary")
    for flag in summary.flags:
        said = words.flags.get(flag, clean_text(flag))
        rows.append(Paragraph(f"flag-{flag}", said, ".text--secondary", lead=lead))
    return rows


def _tell_sentences(summary: SummaryRow, words: Words) -> list[Row]:
    if summary.origin == "model":
        note = words.written_by.format(model=clean_text(summary.model or "?"))
    else:
        note = words.quoted_no_model
    rows: list[Row] = [Heading("sentences", words.heading_sentences, note)]
    said = _say_gist(summary, words)
    if said:
        rows.append(Paragraph("gist", said, ".text--secondary"))
    rows.extend(
        _tell_sentence(f"sentence-{number}", sentence)
        for number, sentence in enumerate(summary.sentences)
    )
    return rows


def _tell_sentence(key: str, sentence: SentenceRecord) -> Row:
    if sentence.is_quote:
        style, lead = "", Lead(f"{marks.QUOTED} ", ".text--secondary")
    else:
        style, lead = ".text--ai", Lead(f"{marks.WRITTEN} ", ".text--accent")
    return Evident(key, clean_text(sentence.text), style, lead, sentence.evidence)


def _say_gist(summary: SummaryRow, words: Words) -> str:
    """Why there are no words of the model; "" where there are, or a flag says it all."""
    if summary.gist == "pending":
        return f"{marks.PENDING} {words.gist_pending}"
    if summary.gist == "refused" and not NOT_WRITTEN.intersection(summary.flags):
        return words.gist_refused
    return ""


def _tell_highlights(summary: SummaryRow, words: Words) -> list[Row]:
    """Messages verbatim, less those that stand above as sentences."""
    shown = summary.unquoted_highlights
    if not shown:
        return []
    return [
        Heading("highlights", words.heading_highlights),
        *(
            Evident(
                f"highlight-{highlight.message_id}",
                clean_text(highlight.text),
                "",
                Lead(
                    fit_text(clean_text(highlight.sender) or words.someone, QUOTE_SENDER_CELLS)
                    + "  ",
                    ".text--name",
                ),
                (highlight.message_id,),
            )
            for highlight in shown
        ),
    ]


def _tell_todos(summary: SummaryRow, words: Words) -> list[Row]:
    if not summary.todos:
        return []
    rows: list[Row] = [Heading("todos", words.heading_todos)]
    for todo in summary.todos:
        who = words.me if todo.is_mine else clean_text(todo.who) or words.someone
        when = f" · {clean_text(todo.when)}" if todo.when else ""
        mark = marks.TODO_OPEN if todo.done_at is None else marks.TODO_DONE
        style = ".text--strong" if todo.is_mine else ""
        text = f"{who}: {clean_text(todo.what)}{when}"
        lead = Lead(f"{mark} ", ".text--accent" if todo.is_mine else ".text--secondary")
        rows.append(Evident(f"todo-{todo.id}", text, style, lead, todo.evidence))
    return rows

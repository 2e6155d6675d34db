"""Owns the summary that needs no model: the chat's own words, chosen by code and marked as such."""

from __future__ import annotations

from collections.abc import Sequence

from inference.cleaning import flatten_text
from inference.highlights import choose_highlights
from inference.interface import Chat, Highlight, Sentence, Summary
from inference.todos import find_todos


def summarize_by_quoting(chat: Chat, language: str, flags: Sequence[str] = ()) -> Summary:
    """The highlights, and the same messages as sentences; `flags` say why there is no gist.

    Everything unread counts as covered: the choice was made among all of it. A chat with
    nothing unread has no sentences.
    """
    highlights = choose_highlights(chat)
    return Summary(
        language=language,
        highlights=highlights,
        sentences=tuple(map(quote_highlight, highlights)),
        origin="extractive",
        topic="",
        todos=find_todos(chat),
        covered=count_unread(chat),
        skipped=0,
        flags=tuple(flags),
        model=None,
    )


def count_unread(chat: Chat) -> int:
    """How many messages of the chat are not context."""
    return sum(not message.is_context for message in chat.messages)


def quote_highlight(highlight: Highlight) -> Sentence:
    """`sender: text` on one line; the text alone where the sender is unknown."""
    text = flatten_text(highlight.text)
    said = f"{highlight.sender}: {text}" if highlight.sender else text
    return Sentence(said, (highlight.message_id,), is_quote=True)

"""The summary object of cli.md, of a kept summary or a fresh one; it prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.interface import Sentence, Summary
    from storage.records import SentenceRecord, SummaryRow


def describe_text(summary: Summary | SummaryRow) -> dict[str, object]:
    """What a summary says and what made it, as JSON values.

    Where it comes from (its conversation, title and unread count) is the caller's to add.
    """
    return {
        "language": summary.language,
        "highlights": [
            {"message": item.message_id, "sender": item.sender, "text": item.text}
            for item in summary.highlights
        ],
        "sentences": [describe_sentence(item) for item in summary.sentences],
        "origin": summary.origin,
        "actions": [
            {"who": todo.who, "what": todo.what, "when": todo.when, "evidence": list(todo.evidence)}
            for todo in summary.todos
        ],
        "topic": summary.topic,
        "covered": summary.covered,
        "skipped": summary.skipped,
        "flags": list(summary.flags),
        "model": summary.model,
        "options": dict(summary.options),
        "seconds": round(summary.elapsed_s, 3),
    }


def describe_sentence(sentence: Sentence | SentenceRecord) -> dict[str, object]:
    """A sentence of the summary object; "quote" is there, and true, for a message's own words."""
    described: dict[str, object] = {"text": sentence.text, "evidence": list(sentence.evidence)}
    return {**described, "quote": True} if sentence.is_quote else described

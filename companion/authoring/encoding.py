"""Chats and summaries as JSON values and back, field by field; it does no I/O."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from inference.interface import Chat, ChatMessage, Highlight, Sentence, Summary, ToDo


def encode_chat(chat: Chat) -> dict[str, object]:
    """As `decode_chat` reads it."""
    encoded = asdict(chat)
    for message in encoded["messages"]:
        sent_at = message["sent_at"]
        message["sent_at"] = sent_at and sent_at.isoformat()
    return encoded


def decode_chat(table: dict[str, Any]) -> Chat:
    """The chat that was encoded, equal in every field."""
    messages = tuple(_decode_message(**message) for message in table["messages"])
    return Chat(**table | {"messages": messages})


def encode_summary(summary: Summary) -> dict[str, object]:
    """As `decode_summary` reads it; `options` must hold JSON values, tuples become lists."""
    return asdict(summary) | {"options": dict(summary.options)}


def decode_summary(table: dict[str, Any]) -> Summary:
    """The summary that was encoded, equal in every field but for tuples in its options."""
    highlights = (
        Highlight(**item | {"reasons": tuple(item["reasons"])}) for item in table["highlights"]
    )
    return Summary(
        **table
        | {
            "highlights": tuple(highlights),
            "sentences": tuple(Sentence(**_restore_evidence(i)) for i in table["sentences"]),
            "todos": tuple(ToDo(**_restore_evidence(item)) for item in table["todos"]),
            "flags": tuple(table["flags"]),
        }
    )


def _decode_message(*, sent_at: str | None, **fields: Any) -> ChatMessage:  # noqa: ANN401 (JSON)
    return ChatMessage(**fields, sent_at=datetime.fromisoformat(sent_at) if sent_at else None)


def _restore_evidence(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"evidence": tuple(item["evidence"])}

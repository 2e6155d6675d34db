"""Owns making evaluation files of the corpus's held-out tenth; it scores nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from inference.cleaning import LINE_MARK
from inference.training.corpus import Conversation, CorpusError

LISTS_PATTERN = "held_out_*.jsonl"
"""Beside the corpus: one line a held-out conversation, `{"id", "must", "forbid"}`, made by hand."""


def read_lists(folder: Path) -> dict[str, dict[str, Any]]:
    """What a summary must and must not say, by the conversation's id."""
    files = sorted(folder.glob(LISTS_PATTERN))
    lines = chain.from_iterable(path.read_text(encoding="utf-8").splitlines() for path in files)
    return {entry["id"]: entry for entry in map(json.loads, lines)}


def describe_held_out(
    conversations: Iterable[Conversation], lists: dict[str, dict[str, Any]]
) -> list[dict[str, object]]:
    """Lines of an evaluation file, the languages by turns, each by id.

    Any beginning of the file is thus about half Korean and half English. Raises CorpusError
    when a conversation has no lists.
    """
    held_out = sorted((c for c in conversations if c.held_out), key=lambda c: c.id)
    _require_lists(held_out, lists)
    by_language = [
        [c for c in held_out if c.language == language]
        for language in sorted({c.language for c in held_out})
    ]
    return [
        describe_conversation(conversation, lists[conversation.id])
        for conversation in _take_turns(by_language)
    ]


def describe_conversation(conversation: Conversation, lists: dict[str, Any]) -> dict[str, object]:
    """One line; the gold sentences together are its one reference, one sentence a line."""
    return {
        "id": conversation.id,
        "lang": conversation.language,
        "title": conversation.title,
        "me": conversation.me,
        "messages": [
            {"sender": message.sender, "text": message.text.replace(LINE_MARK, "\n")}
            for message in conversation.messages
        ],
        "references": ["\n".join(point.text for point in conversation.points)],
        "must": lists["must"],
        "forbid": lists["forbid"],
        "todos": [{"who": todo.who, "what": todo.what} for todo in conversation.todos],
        "sources": [list(point.sources) for point in conversation.points],
    }


def write_lines(path: Path, lines: Iterable[dict[str, object]]) -> None:
    """JSON Lines."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def _require_lists(held_out: Sequence[Conversation], lists: Collection[str]) -> None:
    missing = [c.id for c in held_out if c.id not in lists]
    if missing:
        raise CorpusError(f"no line of {LISTS_PATTERN} for {', '.join(missing)}")


def _take_turns(rows: Sequence[Sequence[Conversation]]) -> Iterator[Conversation]:
    return (one for turn in zip_longest(*rows) for one in turn if one is not None)

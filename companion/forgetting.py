"""Takes what digests say of a conversation out of them; knows how `companion.digesting` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from storage.archive import Archive
from storage.entries import NewDigest
from storage.records import DigestRow, Forgotten

_HEADING = "### "
_TODO = "- [ ] "
_END = "---"


def forget_conversation(
    archive: Archive, conversation_id: int, at: datetime, *, is_followed: bool = False
) -> Forgotten:
    """Remove a conversation and all that rests on it, digests' lines included.

    Unless `is_followed`, no reading brings it back. Raises `RecordMissing`.
    """
    return archive.forget(
        conversation_id,
        lambda digest: cut_digest(digest, conversation_id),
        at=at,
        is_followed=is_followed,
    )


def cut_digest(digest: DigestRow, conversation_id: int) -> NewDigest | None:
    """The digest without a conversation, its counts as they were made; None where its text
    does not have the form that would show which lines are meant.
    """
    conversations: Sequence[Mapping[str, Any]] = digest.contents.get("conversations", ())  # type: ignore[assignment]
    todos: Sequence[Mapping[str, Any]] = digest.contents.get("todo", ())  # type: ignore[assignment]
    kept = [item for item in conversations if item["id"] != conversation_id]
    kept_todos = [item for item in todos if item["conversation"] != conversation_id]
    markdown: str | None = digest.markdown
    if len(kept) != len(conversations) or len(kept_todos) != len(todos):
        # As they are written: the owner's first.
        in_order = sorted(todos, key=lambda item: not item["mine"])
        markdown = _cut_lines(
            digest.markdown,
            [item["id"] == conversation_id for item in conversations],
            [item["conversation"] == conversation_id for item in in_order],
        )
    if markdown is None:
        return None
    return NewDigest(
        day=digest.day,
        made_at=digest.made_at,
        caught_up=digest.caught_up,
        conversations=len(kept),
        todos=len(kept_todos),
        coverage=digest.coverage,
        markdown=markdown,
        contents={"conversations": kept, "todo": kept_todos},
    )


def _cut_lines(markdown: str, is_cut: Sequence[bool], is_todo_cut: Sequence[bool]) -> str | None:
    """Without the conversations and the to-dos marked so, by their order; None: not so many."""
    kept: list[str] = []
    headings = todos = 0
    is_kept = True
    for line in markdown.split("\n"):
        if line.startswith(_HEADING):
            is_kept = headings < len(is_cut) and not is_cut[headings]
            headings += 1
        elif line == _END:
            is_kept = True
        if line.startswith(_TODO):
            todos += 1
            if todos > len(is_todo_cut) or is_todo_cut[todos - 1]:
                continue
        if is_kept:
            kept.append(line)
    if headings != len(is_cut) or todos != len(is_todo_cut):
        return None
    return "\n".join(kept)

"""Owns making one summary of the parts of a long conversation; it writes no words of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inference.interface import Sentence
from inference.words import find_terms

MAX_SENTENCES = 4
_SAME_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class PartSummary:
    """What stands of the model's text about one part of a conversation."""

    sentences: tuple[Sentence, ...]
    topic: str


def merge_parts(parts: Sequence[PartSummary], highlighted: frozenset[int]) -> PartSummary:
    """One summary of `parts` (oldest first): what is newest and what matters most.

    The newest part's sentences come first; its own first one is always there. Of the others,
    those whose evidence holds the most of the `highlighted` message ids, newer before older.
    Sentences that say the same come once, as the newer part has them.
    """
    newest_first = [s for part in reversed(parts) for s in part.sentences]
    chosen = newest_first[:1]
    # Sorting is stable: newer stays before older where the counts are equal.
    for sentence in sorted(
        newest_first[1:], key=lambda s: len(highlighted.intersection(s.evidence)), reverse=True
    ):
        if len(chosen) < MAX_SENTENCES and not _is_said(sentence.text, [s.text for s in chosen]):
            chosen.append(sentence)
    return PartSummary(
        sentences=tuple(s for s in newest_first if s in chosen),
        topic=next((part.topic for part in reversed(parts) if part.topic), ""),
    )


def _is_said(text: str, others: Sequence[str]) -> bool:
    terms = find_terms(text)
    return any(
        text == other or len(terms & find_terms(other)) > _SAME_SHARE * max(len(terms), 1)
        for other in others
    )

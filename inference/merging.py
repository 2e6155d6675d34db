"""Owns making one summary of the parts of a long conversation; it writes no words of its own.

A model that merges could join what was said apart; whole sentences cannot, and keep their evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.interface import Sentence
from inference.words import find_terms

MAX_SENTENCES = 8
"""Of the longest conversation: about what fits on a screen beside the highlights."""

_FEWEST_SENTENCES = 4
_MOST_OF_NEWEST = 2
_SAME_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class PartSummary:
    """What stands of the model's text about one part of a conversation."""

    sentences: tuple[Sentence, ...]
    """The most important first, as models are taught to write them."""

    topic: str


def merge_parts(parts: Sequence[PartSummary], weights: Mapping[int, float]) -> PartSummary:
    """One summary of `parts` (oldest first): what is newest and what matters most, newest first.

    `weights` says how much each message matters, by id. The newest part has two sentences: its
    first and the one about the newest message. The other parts follow with their first sentences,
    then with their second ones, those first whose evidence weighs most: each part is a topic of
    its own more often than not. Sentences that say the same come once, as the newer part has them.
    """
    if len(parts) == 1:
        return parts[0]
    newest_first = [sentence for part in reversed(parts) for sentence in part.sentences]
    limit = count_sentences(len(parts))
    chosen: list[Sentence] = []
    for sentence in (*_lead(parts[-1]), *_rank(parts, weights)):
        if len(chosen) < limit and not _is_said(sentence.text, [s.text for s in chosen]):
            chosen.append(sentence)
    return PartSummary(
        sentences=tuple(sorted(chosen, key=newest_first.index)),
        topic=next((part.topic for part in reversed(parts) if part.topic), ""),
    )


def count_sentences(n_parts: int) -> int:
    """How many sentences a conversation of so many parts gets."""
    return min(MAX_SENTENCES, max(_FEWEST_SENTENCES, 2 + n_parts))


def _lead(newest: PartSummary) -> list[Sentence]:
    first, *others = newest.sentences
    others.sort(key=lambda sentence: max(sentence.evidence), reverse=True)
    return [first, *others][:_MOST_OF_NEWEST]


def _rank(parts: Sequence[PartSummary], weights: Mapping[int, float]) -> list[Sentence]:
    """All sentences of all parts; of those that weigh the same, the newer first."""
    placed = [
        (place, -sum(max(0.0, weights.get(i, 0.0)) for i in sentence.evidence), sentence)
        for part in reversed(parts)
        for place, sentence in enumerate(part.sentences)
    ]
    return [sentence for *_, sentence in sorted(placed, key=lambda entry: entry[:2])]


def _is_said(text: str, others: Sequence[str]) -> bool:
    terms = find_terms(text)
    return any(
        text == other or len(terms & find_terms(other)) > _SAME_SHARE * max(len(terms), 1)
        for other in others
    )

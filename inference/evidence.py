"""Owns which messages stand behind a sentence, found by shared words; it changes no text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inference.interface import ChatMessage
from inference.words import find_terms

MAX_MESSAGES = 5
_MIN_GAIN = 0.08
_NUMBER_WEIGHT = 1.6
_SENDER_BONUS = 0.4


@dataclass(frozen=True, slots=True)
class Passage:
    """A message as evidence: its id, its terms, and whether its sender is named."""

    id: int
    terms: frozenset[str]
    sender_terms: frozenset[str]


class EvidenceFinder:
    """Finds the messages behind sentences about one chat."""

    def __init__(self, messages: Sequence[ChatMessage]) -> None:
        self._passages = tuple(
            Passage(m.id, find_terms(m.text), find_terms(m.sender)) for m in messages
        )
        counts = Counter(term for p in self._passages for term in p.terms)
        total = len(self._passages)
        self._weights = {
            term: math.log(1 + total / count) * (_NUMBER_WEIGHT if term[0].isdigit() else 1.0)
            for term, count in counts.items()
        }

    @property
    def known_terms(self) -> frozenset[str]:
        """All terms of the messages and of the senders' names."""
        senders = (term for passage in self._passages for term in passage.sender_terms)
        return frozenset({*self._weights, *senders})

    def find_messages(self, sentence: str) -> tuple[int, ...]:
        """Ids of one to five messages in chat order: those that together hold most of its words.

        The newest message where no word is shared. Raises ValueError for a chat without messages.
        """
        return tuple(self._passages[position].id for position in self.find_positions(sentence))

    def find_positions(self, sentence: str) -> tuple[int, ...]:
        """As `find_messages`, by position in the chat."""
        if not self._passages:
            raise ValueError("a chat without messages has no evidence")
        wanted = find_terms(sentence)
        open_terms = {term for term in wanted if term in self._weights}
        total = sum(self._weights[term] for term in open_terms)
        chosen: set[int] = set()
        while open_terms and len(chosen) < MAX_MESSAGES:
            gains = [self._gain(i, open_terms, wanted) for i in range(len(self._passages))]
            best = max(
                (i for i in range(len(gains)) if i not in chosen),
                key=lambda i: (gains[i], i),
                default=None,
            )
            if best is None or (chosen and gains[best] < _MIN_GAIN * total):
                break
            chosen.add(best)
            open_terms -= self._passages[best].terms
        return tuple(sorted(chosen)) or (len(self._passages) - 1,)

    def _gain(self, index: int, open_terms: set[str], wanted: frozenset[str]) -> float:
        passage = self._passages[index]
        shared = sum(self._weights[term] for term in passage.terms & open_terms)
        if shared and passage.sender_terms & wanted:
            shared *= 1 + _SENDER_BONUS
        return shared

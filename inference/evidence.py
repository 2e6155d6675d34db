"""Owns which messages stand behind a sentence, by weights anyone can read; it changes no text.

The weights lie in `evidence.toml`, fitted to the messages that people named behind gold sentences.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Self

from inference.interface import ChatMessage
from inference.weights import check_weights
from inference.words import find_terms

EVIDENCE_FILE = "evidence.toml"
MAX_MESSAGES = 5

BASE = "base"
FEATURES = {
    BASE: "1 for every message",
    "words": "up to four words it shares with the sentence, a quarter each",
    "shares": "it shares a word with the sentence",
    "rare": "what it alone holds of the sentence's words, rare ones counting more",
    "numbers": "what it holds of the sentence's words in numbers",
    "relative": "what it holds of the sentence's words, as a share of what the best message holds",
    "best": "no message holds more of the sentence's words",
    "turn": "1 for the message that holds most, 1/2 for the one that then adds most, and so on",
    "sender": "the sentence names its sender",
    "follows": "what the message before it holds of the sentence's words",
    "near": "1/2 for the neighbours of the best message, 1/3 for theirs, and so on",
    "position": "0 for the oldest message, 1 for the newest",
    "length": "up to twelve words, a twelfth each",
    "question": "it ends in a question mark",
}
"""What is noticed about a message as evidence of a sentence, by name; all between 0 and 1."""

_NUMBER_WEIGHT = 1.6
_SENDER_BONUS = 0.4
_MAX_COUNTED_WORDS = 4
_LONG_WORDS = 12


@dataclass(frozen=True, slots=True)
class _Said:
    """A message as evidence: its id, its terms, and whether its sender is named."""

    id: int
    terms: frozenset[str]
    sender_terms: frozenset[str]
    is_question: bool


@dataclass(frozen=True, slots=True)
class Weighing:
    """How much speaks for a message. Raises ValueError for a feature that is not noticed."""

    weights: Mapping[str, float]
    """By feature; one that is not here weighs nothing."""

    least_chance: float
    """A message whose chance to be evidence is lower is none, unless it is the likeliest."""

    def __post_init__(self) -> None:
        check_weights(self.weights, FEATURES)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The weighing that a TOML document describes."""
        tables = tomllib.loads(text)
        return cls(tables["weights"], tables["choice"]["least_chance"])

    def judge(self, features: Mapping[str, float]) -> float:
        """The chance that a message with these features is evidence, from 0 to 1."""
        score = sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-score))


@lru_cache(maxsize=1)
def load_weighing() -> Weighing:
    """The weighing that ships with the program."""
    return Weighing.parse((files("inference") / EVIDENCE_FILE).read_text(encoding="utf-8"))


class EvidenceFinder:
    """Finds the messages behind sentences about one chat."""

    def __init__(self, messages: Sequence[ChatMessage]) -> None:
        self._said = tuple(
            _Said(m.id, find_terms(m.text), find_terms(m.sender), m.text.rstrip().endswith("?"))
            for m in messages
        )
        self._counts = Counter(term for said in self._said for term in said.terms)
        total = len(self._said)
        self._weights = {
            term: math.log(1 + total / count) * (_NUMBER_WEIGHT if term[0].isdigit() else 1.0)
            for term, count in self._counts.items()
        }

    @property
    def known_terms(self) -> frozenset[str]:
        """All terms of the messages and of the senders' names."""
        senders = (term for said in self._said for term in said.sender_terms)
        return frozenset({*self._weights, *senders})

    def find_messages(self, sentence: str) -> tuple[int, ...]:
        """Ids of one to five messages in chat order: those likeliest to be behind the sentence.

        The newest message where no word is shared. Raises ValueError for a chat without messages.
        """
        return tuple(self._said[position].id for position in self.find_positions(sentence))

    def find_positions(self, sentence: str) -> tuple[int, ...]:
        """As `find_messages`, by position in the chat."""
        if not self._said:
            raise ValueError("a chat without messages has no evidence")
        if self._counts.keys().isdisjoint(find_terms(sentence)):
            return (len(self._said) - 1,)
        weighing = load_weighing()
        chances = [weighing.judge(found) for found in self.find_features(sentence)]
        likeliest = sorted(range(len(chances)), key=lambda i: (-chances[i], -i))[:MAX_MESSAGES]
        likely = [i for i in likeliest if chances[i] >= weighing.least_chance]
        return tuple(sorted(likely or likeliest[:1]))

    def find_features(self, sentence: str) -> list[dict[str, float]]:
        """What speaks for each message, by the names of `FEATURES`."""
        wanted = find_terms(sentence)
        known = wanted & self._counts.keys()
        total = self._weigh(known) or 1.0
        shared = [said.terms & known for said in self._said]
        held = [self._weigh(terms) / total for terms in shared]
        most = max(held, default=0.0)
        best = max(range(len(held)), key=lambda i: (held[i], i), default=0)
        turns = self._take_turns(shared, wanted)
        found = []
        for i, said in enumerate(self._said):
            found.append(
                {
                    BASE: 1.0,
                    "words": min(len(shared[i]), _MAX_COUNTED_WORDS) / _MAX_COUNTED_WORDS,
                    "shares": float(bool(shared[i])),
                    "rare": self._weigh(t for t in shared[i] if self._counts[t] == 1) / total,
                    "numbers": self._weigh(t for t in shared[i] if t[0].isdigit()) / total,
                    "relative": held[i] / (most or 1.0),
                    "best": float(i == best),
                    "turn": turns.get(i, 0.0),
                    "sender": float(not said.sender_terms.isdisjoint(wanted)),
                    "follows": held[i - 1] if i else 0.0,
                    "near": 1 / (1 + abs(i - best)) if i != best else 0.0,
                    "position": i / max(len(held) - 1, 1),
                    "length": min(len(said.terms), _LONG_WORDS) / _LONG_WORDS,
                    "question": float(said.is_question),
                }
            )
        return found

    def _take_turns(
        self, shared: Sequence[frozenset[str]], wanted: frozenset[str]
    ) -> dict[int, float]:
        """Messages that one after the other hold most of what is still missing: 1, 1/2, 1/3, ..."""
        missing = set().union(*shared)
        turns: dict[int, float] = {}
        while missing and len(turns) < MAX_MESSAGES:
            gains = [
                self._weigh(terms & missing)
                * (1.0 if said.sender_terms.isdisjoint(wanted) else 1 + _SENDER_BONUS)
                for terms, said in zip(shared, self._said, strict=True)
            ]
            taken = max(range(len(gains)), key=lambda i: (gains[i], i))
            turns[taken] = 1 / (1 + len(turns))
            missing -= shared[taken]
        return turns

    def _weigh(self, terms: Iterable[str]) -> float:
        # Exact sums: a set has no order, and messages that hold as much must be told apart by
        # place, not by rounding.
        return math.fsum(self._weights[term] for term in terms)

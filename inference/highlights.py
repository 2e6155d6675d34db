"""Owns choosing the two to four messages that matter, by weights anyone can read; no model.

The weights and rules lie in `highlights.toml`; what they weigh is in `inference.features`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Self

from inference.cleaning import clean_text
from inference.features import FEATURES, find_features
from inference.interface import Chat, ChatMessage, Highlight
from inference.weights import check_weights
from inference.words import find_terms

SELECTOR_FILE = "highlights.toml"

SHORT_CHAT_MESSAGES = 3
"""A chat of at most so many messages is its own highlight."""

# What is told of a highlight, in this order; the other features are of no use to a reader.
_REASONS = {
    "correction": "correction",
    "addressed": "addressed",
    "request": "request",
    "open": "question",
    "answer": "answer",
    "decision": "decision",
    "promise": "promise",
    "date": "time",
    "number": "amount",
    "link": "link",
}


@dataclass(frozen=True, slots=True)
class Selector:
    """How messages are weighed and how many are chosen.

    Raises ValueError for a feature that is not noticed and for a weight that is not finite.
    """

    weights: Mapping[str, float]
    """By feature; one that is not here weighs nothing."""

    first_choices: frozenset[str]
    """Features of messages that are chosen before others, for up to half of the places."""

    last_choices: frozenset[str]
    """Features of messages that are chosen only where no others are left."""

    redundancy: float
    """What a message loses for saying the same as one already chosen; less for saying less."""

    share_of_messages: float
    fewest: int
    most: int

    def __post_init__(self) -> None:
        check_weights(self.weights, FEATURES, self.first_choices | self.last_choices)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The selector that a TOML document describes."""
        tables = tomllib.loads(text)
        choice = tables["choice"]
        return cls(
            weights=tables["weights"],
            first_choices=frozenset(choice["first_choices"]),
            last_choices=frozenset(choice["last_choices"]),
            redundancy=choice["redundancy"],
            share_of_messages=choice["share_of_messages"],
            fewest=choice["fewest"],
            most=choice["most"],
        )

    def count_highlights(self, n_messages: int) -> int:
        """How many of so many messages are highlights."""
        if n_messages <= SHORT_CHAT_MESSAGES:
            return n_messages
        return min(self.most, max(self.fewest, round(self.share_of_messages * n_messages)))

    def choose_positions(
        self, features: Sequence[Mapping[str, float]], terms: Sequence[frozenset[str]]
    ) -> list[int]:
        """Positions of the highlights, in order, of messages with these features and terms.

        One by one, what weighs most beside those already chosen (maximal marginal relevance,
        Carbonell and Goldstein 1998); of equals, the newer.
        """
        scores = [self.weigh(found) for found in features]
        places = self.count_highlights(len(features))
        chosen: list[int] = []

        def rank(i: int) -> tuple[bool, bool, float, int]:
            said = _find_overlap(terms[i], [terms[other] for other in chosen])
            return (
                not self.is_last_choice(features[i]),
                2 * len(chosen) < places and any(map(features[i].get, self.first_choices)),
                scores[i] - self.redundancy * said,
                i,
            )

        while len(chosen) < places:
            chosen.append(max((i for i in range(len(features)) if i not in chosen), key=rank))
        return sorted(chosen)

    def is_last_choice(self, features: Mapping[str, float]) -> bool:
        """Whether a message with these features is chosen only where no others are left."""
        return any(map(features.get, self.last_choices))

    def weigh(self, features: Mapping[str, float]) -> float:
        """How much a message with these features matters."""
        return sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())


@lru_cache(maxsize=1)
def load_selector() -> Selector:
    """The selector that ships with the program."""
    return Selector.parse((files("inference") / SELECTOR_FILE).read_text(encoding="utf-8"))


def choose_highlights(chat: Chat) -> tuple[Highlight, ...]:
    """Two to four unread messages that matter, verbatim, in chat order.

    All of a chat of three or fewer; () only where nothing is unread. Messages without words
    (media, system lines, deleted ones) come only where there is nothing else. A message whose
    time or amount was taken back later never comes without the last word on it.
    """
    offered = list_offered(chat)
    features = find_features(offered, chat)
    chosen = load_selector().choose_positions(features, [find_terms(m.text) for m in offered])
    return tuple(
        Highlight(offered[i].id, offered[i].sender, offered[i].text, _name_reasons(features[i]))
        for i in chosen
    )


def weigh_messages(chat: Chat) -> dict[int, float]:
    """How much each message matters among which the highlights are chosen, by its id.

    Nothing for what is chosen only where no others are left.
    """
    offered = list_offered(chat)
    selector = load_selector()
    return {
        message.id: 0.0 if selector.is_last_choice(found) else selector.weigh(found)
        for message, found in zip(offered, find_features(offered, chat), strict=True)
    }


def list_offered(chat: Chat) -> list[ChatMessage]:
    """The messages among which the highlights are chosen."""
    unread = [m for m in chat.messages if not m.is_context]
    spoken = [m for m in unread if m.kind == "text" and clean_text(m.text)]
    return spoken or [m for m in unread if m.kind == "media"] or unread


def _find_overlap(terms: frozenset[str], others: Sequence[frozenset[str]]) -> float:
    """The greatest share of words in common (Jaccard) with any of `others`."""
    return max((len(terms & other) / max(len(terms | other), 1) for other in others), default=0.0)


def _name_reasons(features: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r for name, r in _REASONS.items() if features.get(name)))

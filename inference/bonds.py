"""Owns what is noticed about two messages of a chat that may belong together; it weighs nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from inference.cleaning import clean_text
from inference.cues import find_cues, is_assent
from inference.features import is_addressed
from inference.interface import ChatMessage
from inference.superseding import Timeline
from inference.words import find_terms

BASE = "base"
BONDS = {
    BASE: "1 for every two messages",
    "near": "1 for neighbours, 1/2 with one message between them, and so on",
    "distance": "how far apart they are, as a share of twelve messages, which is the most",
    "shared": "the words they share, rare ones more, as a share of what the shorter tells",
    "common": "the words they share, as a share of all words of the two",
    "same-sender": "one person wrote both",
    "others": "other senders between them, as a share of the chat's",
    "answers": "the later follows a question of somebody else's at once, and asks nothing itself",
    "asks": "the later asks something",
    "assents": "the later is somebody else's assent, soon after",
    "corrects": "the later takes back a time or an amount of the earlier",
    "names": "one of them names the sender of the other",
    "opening": "the earlier is the oldest message",
    "reply": "the later replies to the earlier",
    "silence": "the time between them, as a share of half a day, which is the most",
}
"""What is noticed about two messages, by name; all between 0 and 1."""

_REACH_MESSAGES = 12
_ASSENT_REACH_MESSAGES = 3
_LONGEST_SILENCE = timedelta(hours=12)


class BondFinder:
    """Notices what ties the messages of one chat together, two by two."""

    def __init__(self, messages: Sequence[ChatMessage]) -> None:
        self._messages = tuple(messages)
        self._texts = [clean_text(m.text) for m in messages]
        self._senders = [m.sender for m in messages]
        self._terms = [find_terms(text) for text in self._texts]
        self._asks = ["question" in find_cues(text) for text in self._texts]
        counts = Counter(term for terms in self._terms for term in terms)
        self._weights = {term: math.log(1 + len(messages) / n) for term, n in counts.items()}
        self._sums = [self._weigh(terms) for terms in self._terms]
        self._n_senders = len(set(self._senders))

    @cached_property
    def corrections(self) -> tuple[int | None, ...]:
        """Of each message, the position of the one that takes back what it says, or None."""
        timeline = Timeline(self._texts)
        return tuple(map(timeline.find_correction, range(len(self._texts))))

    def find_features(self, earlier: int, later: int) -> dict[str, float]:
        """What is noticed about the messages at two positions, by the names of `BONDS`."""
        apart = later - earlier
        first, second = self._messages[earlier], self._messages[later]
        terms, others = self._terms[earlier], self._terms[later]
        is_same = first.sender == second.sender
        between = set(self._senders[earlier + 1 : later]) - {first.sender, second.sender}
        asks = self._asks[later]
        assents = not is_same and apart <= _ASSENT_REACH_MESSAGES
        return {
            BASE: 1.0,
            "near": 1 / apart,
            "distance": min(apart, _REACH_MESSAGES) / _REACH_MESSAGES,
            "shared": self._weigh(terms & others)
            / (min(self._sums[earlier], self._sums[later]) or 1.0),
            "common": len(terms & others) / max(len(terms | others), 1),
            "same-sender": float(is_same),
            "others": len(between) / self._n_senders,
            "answers": float(self._asks[earlier] and not (is_same or asks) and apart == 1),
            "asks": float(asks),
            "assents": float(assents and is_assent(self._texts[later])),
            "corrects": float(self.corrections[earlier] == later),
            "names": float(
                is_addressed(self._texts[later], first.sender)
                or is_addressed(self._texts[earlier], second.sender)
            ),
            "opening": float(earlier == 0),
            "reply": float(second.reply_to == first.id),
            "silence": _measure_silence(first, second),
        }

    def _weigh(self, terms: frozenset[str]) -> float:
        # Exact sums, because a set has no order: the same chat must always give the same passages.
        return math.fsum(self._weights[term] for term in terms)


def _measure_silence(first: ChatMessage, second: ChatMessage) -> float:
    if first.sent_at is None or second.sent_at is None:
        return 0.0
    return min(max((second.sent_at - first.sent_at) / _LONGEST_SILENCE, 0.0), 1.0)

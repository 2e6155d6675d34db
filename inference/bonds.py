"""Owns what is noticed about two messages of a chat that may belong together; it weighs nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from inference.cleaning import clean_text
from inference.cues import find_cues, is_assent
from inference.interface import ChatMessage
from inference.words import find_terms

BASE = "base"
BONDS = {
    BASE: "1 for every two messages",
    "near": "1 for neighbours, 1/2 with one message between them, and so on",
    "apart": "how far apart they are among the chosen, as a share of six, which is the most",
    "shared": "the words they share, rare ones more, as a share of what the shorter tells",
    "common": "the words they share, as a share of all words of the two",
    "same-sender": "one person wrote both",
    "others": "other senders between them, as a share of the chat's",
    "answers": "the later follows a question of somebody else's at once, and asks nothing itself",
    "asks": "the later asks something",
    "assents": "the later is somebody else's assent, soon after",
    "opening": "the earlier is the oldest message",
    "reply": "the later replies to the earlier",
    "silence": "the time between them, as a share of two hours, which is the most",
}
"""What is noticed about two chosen messages, by name; all between 0 and 1."""

_FARTHEST_CHOSEN = 6
_ASSENT_REACH_MESSAGES = 3
_LONGEST_SILENCE = timedelta(hours=2)


class BondFinder:
    """Notices what ties the chosen messages of one chat together, two by two."""

    def __init__(self, messages: Sequence[ChatMessage], chosen: Sequence[int]) -> None:
        """`chosen` are positions in `messages`, ascending."""
        self._chosen = tuple(chosen)
        self._messages = tuple(messages)
        self._senders = [m.sender for m in messages]
        self._texts = [clean_text(m.text) for m in messages]
        self._terms = [find_terms(text) for text in self._texts]
        counts = Counter(term for terms in self._terms for term in terms)
        self._weights = {term: math.log(1 + len(messages) / n) for term, n in counts.items()}
        self._asks = {i: "question" in find_cues(self._texts[i]) for i in chosen}
        self._n_senders = len(set(self._senders))

    def find_features(self, earlier: int, later: int) -> dict[str, float]:
        """What is noticed about the two at these places among the chosen, by name."""
        i, j = self._chosen[earlier], self._chosen[later]
        first, second = self._messages[i], self._messages[j]
        is_same = first.sender == second.sender
        others = set(self._senders[i + 1 : j]) - {first.sender, second.sender}
        is_followed = not is_same and j - i <= _ASSENT_REACH_MESSAGES
        terms = self._terms[i], self._terms[j]
        shared = terms[0] & terms[1]
        told = min(map(self._weigh, terms))
        return {
            BASE: 1.0,
            "near": 1 / (j - i),
            "apart": min(later - earlier, _FARTHEST_CHOSEN) / _FARTHEST_CHOSEN,
            "shared": self._weigh(shared) / (told or 1.0),
            "common": len(shared) / max(len(terms[0] | terms[1]), 1),
            "same-sender": float(is_same),
            "others": len(others) / self._n_senders,
            "answers": float(self._asks[i] and not (is_same or self._asks[j]) and j - i == 1),
            "asks": float(self._asks[j]),
            "assents": float(is_followed and is_assent(self._texts[j])),
            "opening": float(i == 0),
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

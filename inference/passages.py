"""Owns cutting a chat's unread messages into passages, each told at once; no model.

A passage is a few messages that belong together. The weights and limits lie in `passages.toml`;
what they weigh is in `inference.features` and `inference.bonds`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Self

from inference.bonds import BONDS, BondFinder
from inference.cleaning import clean_text
from inference.cues import find_cues
from inference.features import FEATURES, find_features
from inference.injection import gives_orders
from inference.interface import Chat, ChatMessage
from inference.superseding import Timeline
from inference.weights import check_weights

CHOOSER_FILE = "passages.toml"

BASE = "base"
CROWD = "crowd"
CHAT_FEATURES = {
    BASE: "1 for every message",
    CROWD: "how many messages there are: 0 for one, 1 for forty and more, by their logarithm",
}
"""What is noticed about all messages of a chat alike, beside the `FEATURES` of each."""

_CROWD_MESSAGES = 40
"""As many as the longest conversations of the corpus have; more say nothing that was learned."""

LIMIT_JOINED_MESSAGES = 12
"""Of passages put together to be told at once; with more, a model joins what does not belong."""

_CARRIED_MESSAGES = 2
"""How far back, among the messages already read, the question of an unread answer is looked for."""


@dataclass(frozen=True, slots=True)
class PassageChooser:
    """How messages are chosen and put together.

    Raises ValueError for a feature that is not noticed and for a weight that is not finite.
    """

    messages: Mapping[str, float]
    """Weights by feature of a message, as it differs from the mean of its chat."""

    bonds: Mapping[str, float]
    """Weights by feature of two messages."""

    least_chance: float
    """To be behind a gold sentence. Less likely messages are in no passage, but for as many of the
    likeliest as there may be passages."""

    least_bond: float
    """Log-odds of two messages to be of one sentence, from which on they hold together."""

    short_chat_messages: int
    """So many messages or fewer are one passage."""

    most_messages: int
    """In one passage. Of so many at the end of the chat, the likeliest is chosen in any case."""

    most_passages: int

    def __post_init__(self) -> None:
        check_weights(self.messages, {*FEATURES, *CHAT_FEATURES})
        check_weights(self.bonds, BONDS)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The chooser that a TOML document describes."""
        tables = tomllib.loads(text)
        bonds = {**tables["bonds"], **tables["bonds-by-hand"]}
        return cls(tables["messages"], bonds, **tables["choice"])

    def choose_positions(
        self, messages: Sequence[ChatMessage], chat: Chat
    ) -> tuple[tuple[int, ...], ...]:
        """The passages as positions in `messages`, all of which are offered; oldest first."""
        features = find_features(messages, chat)
        chances = self.judge_messages(features)
        chosen = self._choose_likely(chances, features)
        passages = self._cut_passages(chosen, BondFinder(messages, chosen))
        if any(found["superseded"] for found in features):
            passages = _drop_taken_back(passages, Timeline([clean_text(m.text) for m in messages]))
        return self._keep_best(passages, chances, len(messages))

    def judge_messages(self, features: Sequence[Mapping[str, float]]) -> list[float]:
        """The chance of each message of a chat to be behind a gold sentence."""
        total = len(features)
        means = {
            name: math.fsum(found.get(name, 0.0) for found in features) / total
            for name in self.messages
        }
        shared = {BASE: 1.0, CROWD: measure_crowd(total)}
        return [
            _to_chance(
                sum(
                    weight * shared.get(name, found.get(name, 0.0) - means[name])
                    for name, weight in self.messages.items()
                )
            )
            for found in features
        ]

    def weigh_bond(self, features: Mapping[str, float]) -> float:
        """How much holds two messages together; below 0, they are better apart."""
        return sum(weight * features[name] for name, weight in self.bonds.items()) - self.least_bond

    def count_passages(self, n_messages: int) -> int:
        """How many passages there are at most: one more for each doubling of a short chat."""
        doublings = math.log2(max(n_messages / self.short_chat_messages, 1.0))
        return min(self.most_passages, 1 + math.ceil(doublings))

    def _choose_likely(
        self, chances: Sequence[float], features: Sequence[Mapping[str, float]]
    ) -> list[int]:
        allowed = [i for i, found in enumerate(features) if not found["orders"]]
        # Mere assent adds nothing, but where it is an answer.
        telling = [i for i in allowed if features[i]["answer"] or not features[i]["small-talk"]]
        offered = telling or allowed
        if len(chances) <= self.short_chat_messages:
            return offered
        ranked = sorted(offered, key=lambda i: (-chances[i], -i))
        end = offered[-self.most_messages :]
        newest = next(i for i in ranked if i in end) if ranked else None
        best = ranked[: self.count_passages(len(chances))]
        return [i for i in offered if chances[i] >= self.least_chance or i in best or i == newest]

    def _cut_passages(self, chosen: Sequence[int], finder: BondFinder) -> list[tuple[int, ...]]:
        """Runs of the chosen, cut where the bonds within them are greatest in all.

        By dynamic programming over where the last passage begins.
        """
        bests = [0.0]
        starts = [0]
        for end in range(1, len(chosen) + 1):
            held = 0.0
            tried = []
            for start in range(end - 1, max(end - self.most_messages, 0) - 1, -1):
                held += sum(
                    self.weigh_bond(finder.find_features(start, later))
                    for later in range(start + 1, end)
                )
                tried.append((bests[start] + held, start))
            best, start = max(tried)
            bests.append(best)
            starts.append(start)
        passages = []
        end = len(chosen)
        while end:
            passages.append(tuple(chosen[starts[end] : end]))
            end = starts[end]
        return passages[::-1]

    def _keep_best(
        self, passages: Sequence[tuple[int, ...]], chances: Sequence[float], n_messages: int
    ) -> tuple[tuple[int, ...], ...]:
        """Those likeliest to tell something, always with the newest, of as many as there may be."""
        worth = [math.fsum(chances[i] for i in passage) for passage in passages]
        newest = len(passages) - 1
        order = sorted(range(len(passages)), key=lambda i: (i != newest, -worth[i], -i))
        kept = sorted(order[: self.count_passages(n_messages)])
        return tuple(passages[i] for i in kept)


@lru_cache(maxsize=1)
def load_chooser() -> PassageChooser:
    """The chooser that ships with the program."""
    return PassageChooser.parse((files("inference") / CHOOSER_FILE).read_text(encoding="utf-8"))


def choose_passages(chat: Chat) -> tuple[tuple[ChatMessage, ...], ...]:
    """The passages of a chat, put together so far that each tells enough to be told at once.

    As `cut_passages` gives them, but neighbours are one passage while it has no more than
    `LIMIT_JOINED_MESSAGES`, as evenly as they come: the newest is not a left-over.
    """
    passages = cut_passages(chat)
    total = sum(map(len, passages))
    n_joined = max(1, -(-total // LIMIT_JOINED_MESSAGES))
    joined: list[tuple[ChatMessage, ...]] = []
    for passage in passages:
        if not joined or len(joined[-1]) + len(passage) / 2 > total / n_joined:
            joined.append(())
        joined[-1] = (*joined[-1], *passage)
    return tuple(joined)


def cut_passages(chat: Chat) -> tuple[tuple[ChatMessage, ...], ...]:
    """The unread messages worth telling, in passages; both in chat order, no message twice.

    () where nothing unread has words. What gives orders to a summariser is in no passage, and
    what a later message takes back only together with it. A passage that answers a question
    already read begins with that question, the one message in it that is not unread.
    """
    offered = list_spoken(chat)
    if not offered:
        return ()
    passages = load_chooser().choose_positions(offered, chat)
    carried = _find_read_question(chat, offered)
    chosen = [tuple(offered[i] for i in passage) for passage in passages]
    if chosen and carried is not None and chosen[0][0] is offered[0]:
        chosen[0] = (carried, *chosen[0])
    return tuple(chosen)


def list_spoken(chat: Chat) -> list[ChatMessage]:
    """The unread messages with words, among which the passages are chosen."""
    return [
        m for m in chat.messages if not m.is_context and m.kind == "text" and clean_text(m.text)
    ]


def measure_crowd(n_messages: int) -> float:
    """The chat feature `CROWD`."""
    return min(math.log(max(n_messages, 1)) / math.log(_CROWD_MESSAGES), 1.0)


def _find_read_question(chat: Chat, unread: Sequence[ChatMessage]) -> ChatMessage | None:
    """The question among the last messages read that the first unread one may answer.

    None, too, where it gives orders or is taken back by any unread message.
    """
    first = unread[0]
    if "question" in find_cues(first.text):
        return None
    read = [m for m in chat.messages if m.is_context and m.kind == "text"][-_CARRIED_MESSAGES:]
    asked = [m for m in read if m.sender != first.sender and "question" in find_cues(m.text)]
    if not asked or gives_orders(asked[-1].text):
        return None
    timeline = Timeline([clean_text(m.text) for m in (asked[-1], *unread)])
    return asked[-1] if timeline.find_correction(0) is None else None


def _drop_taken_back(
    passages: Sequence[tuple[int, ...]], timeline: Timeline
) -> list[tuple[int, ...]]:
    """The passages without messages of which a time or an amount is taken back outside of them."""
    kept = []
    for passage in passages:
        left: list[int] = []
        for i in reversed(passage):
            if timeline.find_correction(i) in {None, *left}:
                left.insert(0, i)
        if left:
            kept.append(tuple(left))
    return kept


def _to_chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))

"""Owns a varied pass over the corpus, made of safe changes; it must not make any change itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inference.training.corpus import Conversation
from inference.training.rearranging import cut, join
from inference.training.renaming import rename
from inference.training.roughening import roughen
from inference.training.shifting import shift

_LIMIT_JOINED_CHARS = {"ko": 1100, "en": 2400}
"""Longer ones would be over the 900 tokens that a prompt may have."""
_TRIED_PARTNERS = 6


@dataclass(frozen=True)
class Shares:
    """For each change, the share of conversations for which it is tried; not all allow it."""

    rename: float = 0.8
    shift: float = 0.65
    join: float = 0.25
    roughen: float = 0.3
    cut: float = 0.6

    def __post_init__(self) -> None:
        if not all(0.0 <= share <= 1.0 for share in vars(self).values()):
            raise ValueError("a share lies between 0 and 1")


def augmented(
    conversations: Sequence[Conversation], shares: Shares, seed: int
) -> list[tuple[Conversation, int]]:
    """A varied conversation for each one given, in order, and how many messages are context.

    The same seed gives the same pass. What is unchanged keeps its id; a changed one's goes on
    behind a `+` with the ids joined to it, the changes and the seed, so that it is never taken
    for another. Raises ValueError for held-out conversations, which must not be trained on.
    """
    if any(conversation.held_out for conversation in conversations):
        raise ValueError("held-out conversations are not to be trained on")
    groups = {
        language: [c for c in conversations if c.language == language and c.kind == "group"]
        for language in {c.language for c in conversations}
    }
    return [_vary(c, groups[c.language], shares, seed) for c in conversations]


def plan_passes(
    conversations: Sequence[Conversation],
    n_passes: int,
    shares: Sequence[float],
    *,
    starts_plain: bool = True,
) -> list[list[tuple[Conversation, int]]]:
    """The conversations of each pass, as they are or varied, each pass otherwise.

    `shares` are in the order of `Shares`; with none, every pass is plain. With them, the first
    one is plain where it `starts_plain`, and all others are varied.
    """
    plain = [(conversation, 0) for conversation in conversations]
    if not shares:
        return [plain] * n_passes
    first = 1 if starts_plain else 0
    varied = (
        augmented(conversations, Shares(*shares), seed) for seed in range(1, n_passes - first + 1)
    )
    return [*([plain] * first), *varied]


def _vary(
    conversation: Conversation, groups: Sequence[Conversation], shares: Shares, seed: int
) -> tuple[Conversation, int]:
    rng = random.Random(f"{seed} {conversation.id}")  # noqa: S311
    varied, n_context = conversation, 0
    done: list[str] = []
    if rng.random() < shares.join and (joined := _join_with_any(varied, groups, rng)):
        varied = joined
        done.append("join")
    for name, change, share in (
        ("rename", rename, shares.rename),
        ("shift", shift, shares.shift),
        ("roughen", roughen, shares.roughen),
    ):
        if rng.random() < share and (changed := change(varied, rng)):
            varied = changed
            done.append(name)
    if rng.random() < shares.cut and (parted := cut(varied, rng)):
        varied, n_context = parted
        done.append("cut")
    if done:
        varied = replace(varied, id="+".join([varied.id, *done, str(seed)]))
    return varied, n_context


def _join_with_any(
    newest: Conversation, groups: Sequence[Conversation], rng: random.Random
) -> Conversation | None:
    """With one or two others, if any of those drawn fit beside it."""
    if newest.kind != "group":
        return None
    for _ in range(_TRIED_PARTNERS):
        earlier = rng.sample(groups, min(rng.choice((1, 1, 2)), len(groups)))
        if newest in earlier:
            continue
        n_chars = sum(_count_chars(c) for c in (*earlier, newest))
        if n_chars <= _LIMIT_JOINED_CHARS[newest.language]:
            return join((*earlier, newest), rng)
    return None


def _count_chars(conversation: Conversation) -> int:
    return sum(len(m.sender) + len(m.text) + 3 for m in conversation.messages)

"""Owns cutting a long conversation into parts a model can read; it never cuts inside a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from inference.interface import ChatMessage

_MIN_FILLED = 0.5


def cut_windows(
    messages: Sequence[ChatMessage], costs: Sequence[int], limit_tokens: int
) -> list[tuple[ChatMessage, ...]]:
    """Consecutive runs of `messages`, oldest first, each of at most `limit_tokens`.

    `costs` are the messages' lengths in tokens. Windows are filled from the newest message back
    and begin at the longest silence that leaves them at least half full, so that a topic is
    seldom torn apart. A message over the limit is a window of its own.
    """
    windows: list[tuple[ChatMessage, ...]] = []
    end = len(messages)
    while end:
        start = _find_start(messages, costs, end, limit_tokens)
        windows.append(tuple(messages[start:end]))
        end = start
    return windows[::-1]


def _find_start(
    messages: Sequence[ChatMessage], costs: Sequence[int], end: int, limit_tokens: int
) -> int:
    start, used_tokens = end - 1, costs[end - 1]
    filled = []
    while start and used_tokens + costs[start - 1] <= limit_tokens:
        start -= 1
        used_tokens += costs[start]
        if used_tokens >= _MIN_FILLED * limit_tokens:
            filled.append(start)
    if start == 0 or not filled:
        return start
    return max(filled, key=lambda index: (_silence_before(messages, index), -index))


def _silence_before(messages: Sequence[ChatMessage], index: int) -> timedelta:
    before, after = messages[index - 1].sent_at, messages[index].sent_at
    return after - before if before and after else timedelta(0)

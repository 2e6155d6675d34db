"""Owns which prompts share a call of the engine; it calls nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from inference.interface import Prompt


def pad_length(length: int, multiple: int) -> int:
    """The next multiple at or above `length`, both in tokens."""
    return -(-length // multiple) * multiple


def batch_prompts(
    prompts: Sequence[Prompt], *, limit_tokens: int, limit_rows: int
) -> list[list[int]]:
    """Group prompts of exactly equal length and fixed part into batches of at most limit_tokens.

    Gives indices into `prompts`; every index comes once, and the batch that holds the earliest
    prompt comes first. A prompt longer than `limit_tokens` is a batch of its own. Unequal lengths
    never share a batch: CTranslate2 then prefills only up to the shortest prompt and walks the
    others token by token (OpenNMT/CTranslate2 issue 1480).
    """
    alike: defaultdict[tuple[tuple[int, ...], int], list[int]] = defaultdict(list)
    for index, prompt in enumerate(prompts):
        alike[prompt.fixed, len(prompt.rest)].append(index)
    batches: list[list[int]] = []
    for (fixed, length), indices in alike.items():
        rows = max(1, min(limit_rows, limit_tokens // (len(fixed) + length)))
        batches += [indices[start : start + rows] for start in range(0, len(indices), rows)]
    return sorted(batches, key=lambda batch: batch[0])

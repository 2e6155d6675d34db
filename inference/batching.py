"""Owns which prompts share a call of the engine and what fits into memory; it calls nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from inference.interface import Decoding, Prompt

LIMIT_TOKENS = 1100
"""Tokens in one call, of prompts and of texts, each counted once a beam or drawn text.

It decides how many beams a prompt gets, and so the texts: docs/quality.md was measured with it.
What may run side by side is another matter: see `inference.footprint`. A prompt that is longer
runs alone.
"""

LIMIT_ROWS = 4
"""Measured: four rows decode in the time of one (71 and 70 ms a step at 300 tokens), eight in
twice that."""

USUAL_NEW_TOKENS = 128
"""Nine of ten summaries are no longer, and a row that has ended leaves its call."""


def pad_length(length: int, multiple: int) -> int:
    """The next multiple at or above `length`, both in tokens."""
    return -(-length // multiple) * multiple


def count_tokens(prompt: Prompt, decoding: Decoding) -> int:
    """What counts of one prompt towards `LIMIT_TOKENS`."""
    length = len(prompt.fixed) + len(prompt.rest)
    texts = max(decoding.beam_size, decoding.num_hypotheses)
    return texts * (length + min(decoding.max_new_tokens, USUAL_NEW_TOKENS))


def fit_beams(decoding: Decoding, prompt: Prompt) -> Decoding:
    """`decoding` with as many beams or drawn texts as `LIMIT_TOKENS` allows, two at least."""
    each = count_tokens(prompt, replace(decoding, beam_size=1, num_hypotheses=1))
    fitting = max(2, LIMIT_TOKENS // each)
    return replace(
        decoding,
        beam_size=min(decoding.beam_size, fitting),
        num_hypotheses=min(decoding.num_hypotheses, fitting),
    )


def batch_prompts(
    prompts: Sequence[Prompt],
    decodings: Sequence[Decoding],
    *,
    limit_tokens: int,
    limit_rows: int,
) -> list[list[int]]:
    """Group prompts of equal decoding, length and fixed part into batches of at most limit_tokens.

    Gives indices into `prompts`; every index comes once. Batches of the decoding that is asked
    for first come first, and of those the one that holds the earliest prompt. A prompt that
    counts more than `limit_tokens` is a batch of its own.
    Unequal lengths never share a batch: CTranslate2 then prefills only up to the shortest prompt
    and walks the others token by token (OpenNMT/CTranslate2 issue 1480).
    """
    alike: defaultdict[tuple[Decoding, tuple[int, ...], int], list[int]] = defaultdict(list)
    for index, (prompt, decoding) in enumerate(zip(prompts, decodings, strict=True)):
        alike[decoding, prompt.fixed, len(prompt.rest)].append(index)
    batches: list[list[int]] = []
    for (decoding, *_), indices in alike.items():
        fitting = limit_tokens // count_tokens(prompts[indices[0]], decoding)
        rows = max(1, min(limit_rows, fitting))
        batches += [indices[start : start + rows] for start in range(0, len(indices), rows)]
    order = {decoding: place for place, decoding in enumerate(dict.fromkeys(decodings))}
    return sorted(batches, key=lambda batch: (order[decodings[batch[0]]], batch[0]))

"""Owns writing and scoring summaries of held-out conversations; it must not train."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inference.evaluating.figures import average_scores
from inference.training.base import Base
from inference.training.corpus import Conversation
from inference.training.examples import prompt_text
from inference.training.generate import greedy
from inference.training.model import Decoder, Lora, merged_weights
from inference.training.scoring import TextScore, score_text

LIMIT_NEW_TOKENS = 300
_TEXTS_AT_ONCE = 64
"""A step costs about the same for one text as for all of these."""


def write_summaries(
    base: Base,
    lora: Lora | None,
    conversations: Sequence[Conversation],
    on_progress: Callable[[int], None],
) -> dict[str, str]:
    """Greedy summaries by conversation id, from the merged weights that a conversion would use.

    `on_progress` gets the number of conversations done so far.
    """
    weights = merged_weights(base.weights, lora) if lora else base.weights
    decoder = Decoder(base.shape, weights)
    written: dict[str, str] = {}
    # Like lengths end together, so that few steps serve few texts.
    ordered = sorted(conversations, key=lambda c: (c.language, len(prompt_text(c))))
    for start in range(0, len(ordered), _TEXTS_AT_ONCE):
        part = ordered[start : start + _TEXTS_AT_ONCE]
        prompts = [
            base.tokenizer.encode(prompt_text(c), add_special_tokens=False).ids for c in part
        ]
        outputs = greedy(decoder, prompts, base.end_id, LIMIT_NEW_TOKENS)
        for conversation, ids in zip(part, outputs, strict=True):
            written[conversation.id] = base.tokenizer.decode(ids)
        on_progress(len(written))
    return written


def known_names(conversations: Sequence[Conversation]) -> set[str]:
    """Every sender and owner of the corpus."""
    names = {message.sender for c in conversations for message in c.messages}
    return names | {c.me for c in conversations}


def figures(
    conversations: Sequence[Conversation], written: dict[str, str], names: set[str]
) -> dict[str, dict[str, float]]:
    """The means by language over the conversations that have a summary."""
    table: dict[str, dict[str, float]] = {}
    for language in sorted({c.language for c in conversations}):
        scores = [
            score_text(c, written[c.id], names)
            for c in conversations
            if c.language == language and c.id in written
        ]
        if scores:
            table[language] = _means(scores)
    return table


def save_outputs(
    path: Path, conversations: Sequence[Conversation], written: dict[str, str], names: set[str]
) -> None:
    """One JSON line for each summary with what was found ungrounded in it, for reading by eye."""
    with path.open("w", encoding="utf-8") as file:
        for conversation in conversations:
            if conversation.id not in written:
                continue
            text = written[conversation.id]
            score = score_text(conversation, text, names).score
            row: dict[str, Any] = {
                "id": conversation.id,
                "written": text,
                "rouge1": round(score.rouge1, 3),
                "ungrounded": list(score.ungrounded),
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _means(scores: Sequence[TextScore]) -> dict[str, float]:
    means = average_scores([one.score for one in scores])
    return {
        "items": len(scores),
        **{name: value for name, value in means.items() if value is not None},
        "well_formed": round(sum(one.well_formed for one in scores) / len(scores), 4),
    }

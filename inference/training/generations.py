"""Owns a file of what a converted model writes about conversations; it judges nothing."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from inference.batching import fit_beams
from inference.drafting import ATTEMPTS
from inference.interface import Decoding, Engine, Generation
from inference.prompts import PromptWriter
from inference.training.corpus import Conversation
from inference.training.scoring import build_item

Generations = dict[tuple[str, int], Generation]
"""By the conversation's id and the number of the attempt, as `inference.gists.ATTEMPTS`."""


def write_generations(
    engine: Engine,
    conversations: Sequence[Conversation],
    attempt: int,
    path: Path,
    *,
    budget_s: float = math.inf,
) -> None:
    """Append to `path` what the model writes at an attempt about those that are not there yet.

    Stops after the first text that comes when `budget_s` is over. `seconds` of a line is the
    clock's since the line before, so that they add up.
    """
    known = read_generations(path)
    missing = [c for c in conversations if (c.id, attempt) not in known]
    began_s = last_s = time.monotonic()
    with path.open("a", encoding="utf-8") as file:
        for conversation, generation in _generate(engine, missing, attempt):
            now_s = time.monotonic()
            row = {
                "id": conversation.id,
                "attempt": attempt,
                "texts": generation.texts,
                "scores": generation.scores,
                "new_tokens": generation.new_tokens,
                "seconds": round(now_s - last_s, 3),
            }
            last_s = now_s
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            if now_s - began_s > budget_s:
                return


def read_generations(path: Path) -> Generations:
    """What `write_generations` has written so far; {} for a file that is not there."""
    if not path.is_file():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {
        (row["id"], row["attempt"]): Generation(
            tuple(row["texts"]), tuple(row["scores"]), row["new_tokens"]
        )
        for row in rows
    }


def add_up_seconds(path: Path) -> dict[int, tuple[int, float]]:
    """By attempt, how many conversations were written about and in how many seconds in all."""
    sums: dict[int, tuple[int, float]] = {}
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        count, seconds = sums.get(row["attempt"], (0, 0.0))
        sums[row["attempt"]] = (count + 1, seconds + row["seconds"])
    return sums


def _generate(
    engine: Engine, conversations: Sequence[Conversation], attempt: int
) -> Iterator[tuple[Conversation, Generation]]:
    writer = PromptWriter(engine)
    prompts = [writer.write_prompt(build_item(c).chat, c.language) for c in conversations]
    alike: defaultdict[Decoding, list[int]] = defaultdict(list)
    for place, prompt in enumerate(prompts):
        alike[fit_beams(ATTEMPTS[attempt], prompt)].append(place)
    for decoding, places in alike.items():
        for index, generation in engine.generate([prompts[p] for p in places], decoding):
            yield conversations[places[index]], generation

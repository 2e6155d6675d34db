"""Reads evaluation files and measures a model on them; it stores nothing and prints nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from companion.errors import CompanionError
from companion.memory import read_peak_bytes
from companion.modelling import Model
from companion.piping import BadInput, parse_chat
from inference.evaluating.evaluation import Evaluation, describe_figures, evaluate
from inference.evaluating.items import BadGold, Item, build_item
from inference.summarizer import Summarizer


class BadItems(CompanionError):
    """Lines of an evaluation file are no items."""


@dataclass(frozen=True, slots=True)
class ItemFile:
    """What an evaluation file holds."""

    items: tuple[Item, ...]
    bad: tuple[str, ...]
    """For each line that is no item, "line 3: why", without its text."""

    def require_items(self) -> None:
        """Raises `BadItems` when there is nothing to measure."""
        if not self.items:
            raise _bad("the file holds no item", self.bad)

    def require_soundness(self) -> None:
        """Raises `BadItems` naming the lines that were left out; none, no error."""
        if self.bad:
            raise _bad(f"{len(self.bad)} lines were left out", self.bad)


@dataclass(frozen=True, slots=True)
class Measured:
    """A run of one model over the items of a file."""

    model: str
    evaluation: Evaluation
    load_s: float
    """0 without a model."""

    peak_memory_bytes: int
    """The most that this process has had in memory so far."""


def read_items(path: Path, limit: int | None) -> ItemFile:
    """The items of a file, or the first `limit` of them with what is wrong before those."""
    items: list[Item] = []
    bad: list[str] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if len(items) == limit:
                break
            try:
                if line.strip():
                    items.append(_parse_item(line))
            except BadInput as error:
                bad.append(f"line {number}: {error.what}")
            except BadGold as error:
                bad.append(f"line {number}: {error}")
    return ItemFile(tuple(items), tuple(bad))


def measure_model(model: Model, items: Iterable[Item], on_done: Callable[[int], None]) -> Measured:
    """Summarise as a user's unread chats are, and score; the model is unloaded afterwards.

    Raises an `InferenceError` when the model is not on this machine.
    """
    began_s = time.monotonic()
    engine = None if model.state == "none wanted" else model.load()
    load_s = time.monotonic() - began_s if engine else 0.0
    evaluation = evaluate(Summarizer(engine), tuple(items), on_done)
    model.unload()
    return Measured(model.name, evaluation, load_s, read_peak_bytes())


def describe_measured(measured: Measured, bad: Iterable[str]) -> dict[str, object]:
    """The document of `companion eval --json`."""
    evaluation = measured.evaluation
    return {
        "model": measured.model,
        "items": len(evaluation.results),
        "left_out": list(bad),
        "languages": describe_figures(evaluation),
        "seconds": round(sum(spent.seconds for spent in evaluation.spent.values()), 3),
        "load_seconds": round(measured.load_s, 3),
        "peak_memory_bytes": measured.peak_memory_bytes,
    }


def _parse_item(line: bytes) -> Item:
    chat = parse_chat(line).chat
    return build_item(json.loads(line), chat)


def _bad(what: str, bad: tuple[str, ...]) -> BadItems:
    reasons = f" ({'; '.join(bad[:5])})" if bad else ""
    return BadItems(what + reasons, next_step="see `companion eval` in docs/commands.md")

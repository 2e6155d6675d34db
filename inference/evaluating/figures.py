"""Owns the means over many scores; it knows no chats and no text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from inference.evaluating.overlap import Overlap
from inference.evaluating.scoring import Score

Figures = dict[str, float | None]


def average_scores(scores: Sequence[Score]) -> Figures:
    """The figures of a table's column; None where there is nothing to take a mean of.

    `must` is the share of all lists that are met, `forbid` the share of summaries that state
    something forbidden, `ungrounded` the number of such names and numbers a summary; to-dos and
    evidence are counted over all summaries together.
    """
    todos = _add_up(score.todos for score in scores)
    evidence = _add_up(score.evidence for score in scores)
    return {
        "rouge1": _mean(score.rouge1 for score in scores),
        "rouge2": _mean(score.rouge2 for score in scores),
        "rougeL": _mean(score.rouge_l for score in scores),
        "must": _mean(chain.from_iterable(score.met for score in scores)),
        "must_shown": _mean(chain.from_iterable(score.met_shown for score in scores)),
        "forbid": _share_stating(score.forbidden for score in scores),
        "forbid_shown": _share_stating(score.forbidden_shown for score in scores),
        "copied": _mean(score.copied for score in scores if score.copied is not None),
        "ungrounded": _mean(len(score.ungrounded) for score in scores),
        "language_ok": _mean(score.language_ok for score in scores),
        "todo_f1": None if todos is None else _round(todos.f1),
        "evidence_precision": None if evidence is None else _round(evidence.precision),
        "evidence_recall": None if evidence is None else _round(evidence.recall),
    }


def _add_up(parts: Iterable[Overlap | None]) -> Overlap | None:
    known = [part for part in parts if part is not None]
    return sum(known, Overlap()) if known else None


def _share_stating(found: Iterable[tuple[str, ...] | None]) -> float | None:
    return _mean(bool(phrases) for phrases in found if phrases is not None)


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return _round(sum(known) / len(known)) if known else None


def _round(value: float) -> float:
    return round(value, 4)

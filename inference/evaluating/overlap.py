"""Owns counting what two texts share; it knows nothing of chats or summaries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

COPY_WORDS = 5

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of what was written was wanted; adds up over summaries."""

    hits: int = 0
    written: int = 0
    wanted: int = 0

    def __add__(self, other: Overlap) -> Overlap:
        return Overlap(
            self.hits + other.hits, self.written + other.written, self.wanted + other.wanted
        )

    @property
    def precision(self) -> float:
        """Share of what was written that was wanted; 1 where nothing was written."""
        return self.hits / self.written if self.written else 1.0

    @property
    def recall(self) -> float:
        """Share of what was wanted that was written; 1 where nothing was wanted."""
        return self.hits / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean; 1 where nothing was wanted nor written."""
        total = self.written + self.wanted
        return 2 * self.hits / total if total else 1.0


def units_of(text: str, language: str) -> list[str]:
    """What ROUGE counts: words in English, characters in Korean, which glues its words together.

    Lower case, without punctuation; the characters without the spaces between words.
    """
    words = split_words(text)
    return words if language == "en" else list("".join(words))


def split_words(text: str) -> list[str]:
    """Runs of letters and digits, lower case."""
    return _WORD.findall(text.lower())


def rouge_n(written: Sequence[str], wanted: Sequence[str], n: int) -> float:
    """F1 of the runs of `n` units (Lin 2004, ROUGE: A Package for Automatic Evaluation)."""
    left, right = (Counter(_runs(units, n)) for units in (written, wanted))
    return Overlap((left & right).total(), left.total(), right.total()).f1


def rouge_l(written: Sequence[str], wanted: Sequence[str]) -> float:
    """F1 of the longest common subsequence of the two texts as wholes (ibid.)."""
    return Overlap(common_subsequence(written, wanted), len(written), len(wanted)).f1


def common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for item in left:
        diagonal = 0
        for column, other in enumerate(right, 1):
            above = row[column]
            row[column] = diagonal + 1 if item == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]


def share_copied(sentences: Sequence[str], sources: Sequence[str]) -> float | None:
    """Share of the sentences' runs of five words that stand verbatim in one of `sources`.

    In Korean words, too, not characters. None where no sentence has five words.
    """
    runs = [run for text in sentences for run in _runs(split_words(text), COPY_WORDS)]
    if not runs:
        return None
    known = {run for text in sources for run in _runs(split_words(text), COPY_WORDS)}
    return sum(run in known for run in runs) / len(runs)


def _runs(units: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(units[start : start + n]) for start in range(len(units) - n + 1)]

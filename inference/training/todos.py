"""Owns fitting and scoring the finding of to-dos; it must not need a model."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tomlkit

from inference.duties import Duty, find_duties
from inference.evaluating.items import GoldToDo
from inference.evaluating.overlap import Overlap
from inference.evaluating.scoring import match_todos
from inference.interface import ToDo
from inference.todos import WEIGHTS_FILE, DutyWeights, choose_duties, find_todos
from inference.training.corpus import Conversation, Todo
from inference.training.regressing import regress
from inference.training.scoring import build_item

WEIGHTS_PATH = Path(__file__).parents[1] / WEIGHTS_FILE

LEAST_PRECISION = 0.6
"""Of the to-dos shown, by cross-validation: a wrong obligation hurts more than a missed one."""

_N_FOLDS = 5
_N_WORDS = 300
_FEWEST_DUTIES = 10
"""A word in fewer of them is not weighed: it tells more of one conversation than of to-dos."""

_MOST_TAIL_MESSAGES = 6
"""Without short chats among what is fitted on, little is found in them: a few unread messages
are what a user has most often, and no conversation of the corpus."""

_RIDGE = 1.8
_WORD_RIDGE = 6.0
"""Words are many and each is rare."""

_FREE_RIDGE = 1e-3
"""For the bias."""

_CLOSE_ENOUGH = 1e-3
_OTHER_MESSAGE_WEIGHT = 0.15
"""Of the messages behind a to-do one is enough; the others often only tell the time or place."""

_SMALLEST_WEIGHT = 0.05
_HEAD = """What makes a message somebody's to-do.
Written by `python -m inference.training todos --write`.

The log-odds that somebody (own: the sender; asked: one who is named or spoken to) has something
to do by a message are the bias and the sum of weight times value over what is noticed; a value is
1 or a share, see duties.py. From the chance `threshold` on it is shown.

After `|` stand words: <p> the person's name, <n> another's, 0 a number, ^ the beginning and $ the
end of a message, stem any form of a word, ~ the rest of a Korean word."""
_SEVERAL = re.compile(r"\s*(?:,|·|&|/|\band\b|와 |과 )\s*")

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Case:
    """The duties of one conversation with the gold to-dos that each is."""

    conversation: Conversation
    duties: tuple[Duty, ...]
    gold: tuple[tuple[int, ...], ...]
    """For each duty, the places of to-dos of its person with a message of it as a source."""

    @classmethod
    def of(cls, conversation: Conversation) -> _Case:
        duties = tuple(find_duties(build_item(conversation).chat))
        gold = tuple(
            tuple(
                place
                for place, todo in enumerate(conversation.todos)
                if not set(duty.positions).isdisjoint(todo.sources)
                and duty.who in _list_people(todo)
            )
            for duty in duties
        )
        return cls(conversation, duties, gold)

    @property
    def tail(self) -> _Case:
        """The same for the conversation's last messages alone, as one who missed few sees it."""
        messages = self.conversation.messages
        n_left = len(messages) - 1 - self._draw("tail", min(_MOST_TAIL_MESSAGES, len(messages)))
        todos = tuple(
            replace(todo, sources=tuple(source - n_left for source in todo.sources))
            for todo in self.conversation.todos
            if todo.sources[-1] >= n_left
        )
        return _Case.of(replace(self.conversation, messages=messages[n_left:], todos=todos))

    @property
    def fold(self) -> int:
        return self._draw("fold", _N_FOLDS)

    def _draw(self, purpose: str, n_outcomes: int) -> int:
        digest = hashlib.sha256(f"{purpose} {self.conversation.id}".encode()).hexdigest()
        return int(digest, 16) % n_outcomes


@dataclass(frozen=True)
class TodoFigures:
    """How well found to-dos are the gold ones, over many conversations; each is matched once."""

    by_evidence: Overlap
    """Same person, and a message behind it is among the gold to-do's."""

    by_wording: Overlap
    """Same person, and worded alike, as `companion eval` counts it: a quote seldom is."""


def refit_weights(conversations: Sequence[Conversation], path: Path = WEIGHTS_PATH) -> None:
    """Fit weights and thresholds on `conversations` and write them with how they were found."""
    document = tomlkit.document()
    for line in _HEAD.splitlines():
        document.add(tomlkit.comment(line) if line else tomlkit.nl())
    for language, spoken in _split_languages(conversations).items():
        cases = [_Case.of(conversation) for conversation in spoken]
        fitted = fit_weights(cases, choose_threshold(cases))
        table = tomlkit.table()
        table["threshold"] = fitted.threshold
        table["bias"] = round(fitted.bias, 2)
        table["weights"] = {
            name: round(weight, 2)
            for name, weight in sorted(fitted.weights.items())
            if abs(weight) >= _SMALLEST_WEIGHT
        }
        document[language] = table
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def choose_threshold(cases: Sequence[_Case]) -> float:
    """The chance from which on to-dos are shown, chosen on folds that the weights have not seen.

    The best F1 by evidence among those with `LEAST_PRECISION`; the highest where none has it.
    """
    scored = []
    for fold in range(_N_FOLDS):
        weights = fit_weights([case for case in cases if case.fold != fold], threshold=0.5)
        unseen = [case for case in cases if case.fold == fold]
        scored += [(case, [weights.weigh(duty) for duty in case.duties]) for case in unseen]
    rated = []
    for percent in range(10, 80, 2):
        chosen = [
            _score_choice(case, choose_duties(case.duties, scores, percent / 100))
            for case, scores in scored
        ]
        rated.append((sum(chosen, Overlap()), percent / 100))
    precise = [
        (found.f1, threshold) for found, threshold in rated if found.precision >= LEAST_PRECISION
    ]
    return max(precise, default=(0.0, 0.8))[1]


def fit_weights(cases: Sequence[_Case], threshold: float) -> DutyWeights:
    """Weights by logistic regression on which duties gold to-dos name, in the cases and in tails.

    Fitted twice: the second time, of the messages behind a to-do the likeliest one counts.
    """
    tails = [case.tail for case in cases]
    rows = [(case, place) for case in (*cases, *tails) for place in range(len(case.duties))]
    is_gold = np.array([bool(case.gold[place]) for case, place in rows])
    names = [*_list_notices(cases), *_choose_words(cases)]
    columns = {name: column for column, name in enumerate(names, 1)}
    values = np.zeros((len(rows), len(names) + 1), np.float32)
    values[:, 0] = 1.0
    for row, (case, place) in enumerate(rows):
        for name, value in case.duties[place].features.items():
            if name in columns:
                values[row, columns[name]] = value
    ridges = [_FREE_RIDGE, *(_WORD_RIDGE if " | " in name else _RIDGE for name in names)]
    ridge = np.array(ridges, np.float32)
    weights = np.ones(len(rows), np.float32)
    fitted = regress(values, is_gold, weights, ridge, close_enough=_CLOSE_ENOUGH)
    likeliest = _find_likeliest(rows, values @ fitted)
    weights[is_gold] = _OTHER_MESSAGE_WEIGHT
    weights[likeliest] = 1.0
    fitted = regress(values, is_gold, weights, ridge, close_enough=_CLOSE_ENOUGH)
    return DutyWeights(
        threshold, float(fitted[0]), dict(zip(names, fitted[1:].tolist(), strict=True))
    )


def describe_todos(conversations: Sequence[Conversation]) -> dict[str, object]:
    """Precision, recall and F1 of the to-dos found, by language and by way of matching."""
    return {
        language: {
            name: {
                "precision": round(found.precision, 3),
                "recall": round(found.recall, 3),
                "f1": round(found.f1, 3),
                "written": found.written,
                "wanted": found.wanted,
            }
            for name, found in vars(
                score_todos([(c, find_todos(build_item(c).chat)) for c in spoken])
            ).items()
        }
        for language, spoken in _split_languages(conversations).items()
    }


def score_todos(found: Iterable[tuple[Conversation, Sequence[ToDo]]]) -> TodoFigures:
    """Given the to-dos found in each conversation, the figures of all together."""
    by_evidence, by_wording = Overlap(), Overlap()
    for conversation, todos in found:
        gold = [
            tuple(
                place
                for place, wanted in enumerate(conversation.todos)
                if todo.who == wanted.who and not set(todo.evidence).isdisjoint(wanted.sources)
            )
            for todo in todos
        ]
        by_evidence += Overlap(_count_matched(gold), len(todos), len(conversation.todos))
        by_wording += _match_wording(conversation, todos)
    return TodoFigures(by_evidence, by_wording)


def _match_wording(conversation: Conversation, todos: Iterable[ToDo]) -> Overlap:
    written = [GoldToDo(todo.who, todo.what) for todo in todos]
    wanted = [GoldToDo(todo.who, todo.what) for todo in conversation.todos]
    return match_todos(written, wanted, conversation.language) or Overlap()


def _score_choice(case: _Case, chosen: Sequence[Duty]) -> Overlap:
    gold = dict(zip(map(id, case.duties), case.gold, strict=True))
    hits = _count_matched([gold[id(duty)] for duty in chosen])
    return Overlap(hits, len(chosen), len(case.conversation.todos))


def _count_matched(gold: Iterable[Sequence[int]]) -> int:
    """How many find a gold to-do of theirs that none before took."""
    taken: set[int] = set()
    for places in gold:
        taken.update([place for place in places if place not in taken][:1])
    return len(taken)


def _list_people(todo: Todo) -> list[str]:
    """Whom a gold to-do names: one, or several where it says so ("Ana and Ben")."""
    return [todo.who, *_SEVERAL.split(todo.who)]


def _list_notices(cases: Iterable[_Case]) -> list[str]:
    """The names of all features that are no words."""
    names = {name for case in cases for duty in case.duties for name in duty.features}
    return sorted(name for name in names if " | " not in name)


def _choose_words(cases: Iterable[_Case]) -> list[str]:
    """The words whose share of gold differs most from that of all duties, by standard errors."""
    counts: dict[str, Counter[str]] = {"own": Counter(), "asked": Counter()}
    gold_counts: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    gold_totals: Counter[str] = Counter()
    for case in cases:
        for duty, gold in zip(case.duties, case.gold, strict=True):
            side = "own" if "own: role own" in duty.features else "asked"
            words = [name for name in duty.features if " | " in name]
            counts[side].update(words)
            totals[side] += 1
            if gold:
                gold_counts.update(words)
                gold_totals[side] += 1
    surprises = {}
    for side, of_side in counts.items():
        share = gold_totals[side] / max(totals[side], 1)
        for word, count in of_side.items():
            if count >= _FEWEST_DUTIES:
                expected = count * share
                surprises[word] = abs(gold_counts[word] - expected) / math.sqrt(expected + 1)
    return sorted(surprises, key=lambda word: (-surprises[word], word))[:_N_WORDS]


def _find_likeliest(rows: Sequence[tuple[_Case, int]], scores: Values) -> list[int]:
    """For each gold to-do, the row of its duty with the highest score."""
    best: dict[tuple[int, int], int] = {}
    for row, (case, place) in enumerate(rows):
        for todo in case.gold[place]:
            key = (id(case), todo)
            if key not in best or scores[row] > scores[best[key]]:
                best[key] = row
    return list(best.values())


def _split_languages(
    conversations: Iterable[Conversation],
) -> Mapping[str, list[Conversation]]:
    table: dict[str, list[Conversation]] = {}
    for conversation in sorted(conversations, key=lambda c: c.language):
        table.setdefault(conversation.language, []).append(conversation)
    return table

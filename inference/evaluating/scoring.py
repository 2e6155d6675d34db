"""Owns the figures of one summary against its gold; it makes no summary and no mean.

What is scored as *the summary* is its sentences, as a user is shown them: those of the gist, or
the quoted messages with their senders when there is no gist. What is scored as *shown* is all
that stands on the screen: sentences, topic, highlights and to-dos.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from inference.evaluating.grounding import find_ungrounded, list_source
from inference.evaluating.items import Gold, GoldToDo, Item
from inference.evaluating.overlap import Overlap, rouge_l, rouge_n, share_copied, units_of
from inference.interface import Summary
from inference.language import is_written_in

_BLANKS = re.compile(r"\s+")

LIMIT_SAME_WHAT = 0.5
"""ROUGE-1 F1 from which on two wordings of what is to be done count as the same."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one system shows of one chat."""

    sentences: tuple[str, ...]
    evidence: frozenset[int] | None = None
    """Ids of all messages behind the sentences; None when the system gives none."""

    todos: tuple[GoldToDo, ...] | None = None
    """None when the system finds none anywhere."""

    rest: tuple[str, ...] = ()
    """Topic and highlights."""

    @property
    def text(self) -> str:
        """The sentences, one a line."""
        return "\n".join(self.sentences)

    @property
    def all_text(self) -> str:
        """Everything on the screen, one thing a line."""
        todos = (f"{todo.who}: {todo.what}" for todo in self.todos or ())
        return "\n".join([*self.sentences, *self.rest, *todos])

    @classmethod
    def of(cls, summary: Summary) -> Shown:
        """What a user sees of a summary."""
        highlights = (f"{item.sender}: {item.text}" for item in summary.highlights)
        return cls(
            tuple(sentence.text for sentence in summary.sentences),
            frozenset(id_ for sentence in summary.sentences for id_ in sentence.evidence),
            tuple(GoldToDo(todo.who, todo.what) for todo in summary.todos),
            (summary.topic, *highlights),
        )


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one summary."""

    rouge1: float
    rouge2: float
    rouge_l: float
    """F1 of the sentences against the reference that is best for each figure."""

    met: tuple[bool, ...]
    """For each list of `Gold.must`, whether the sentences hold one of its alternatives."""

    met_shown: tuple[bool, ...]
    """The same of all that is shown."""

    forbidden: tuple[str, ...] | None
    """Those of `Gold.forbid` that stand in the sentences; None where it is."""

    forbidden_shown: tuple[str, ...] | None
    copied: float | None
    """Share of the sentences' runs of five words found verbatim in a message; None without any."""

    ungrounded: tuple[str, ...]
    """Names and numbers in all that is shown which stand nowhere in the chat."""

    language_ok: bool
    """Whether the sentences are written in the item's language; false when there are none."""

    todos: Overlap | None
    """Those of the same person that say about the same; None where either side names none."""

    evidence: Overlap | None
    """Messages given as evidence against those behind the reference; None as for `todos`."""


def score_shown(item: Item, shown: Shown, known_names: Collection[str]) -> Score:
    """Given the people of all chats at hand, score what is shown of one."""
    gold, language = item.gold, item.language
    rouge = [score_rouge(shown.text, reference, language) for reference in gold.references]
    return Score(
        rouge1=max(one for one, _, _ in rouge),
        rouge2=max(two for _, two, _ in rouge),
        rouge_l=max(longest for _, _, longest in rouge),
        met=meet_lists(gold, shown.text),
        met_shown=meet_lists(gold, shown.all_text),
        forbidden=find_forbidden(gold, shown.text),
        forbidden_shown=find_forbidden(gold, shown.all_text),
        copied=share_copied(shown.sentences, list_source(item.chat)),
        ungrounded=find_ungrounded(shown.all_text, item.chat, language, known_names),
        language_ok=is_written_in(language, shown.text),
        todos=match_todos(shown.todos, gold.todos, language),
        evidence=_match_evidence(shown.evidence, gold.sources),
    )


def score_rouge(text: str, reference: str, language: str) -> tuple[float, float, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L, each an F1."""
    written, wanted = units_of(text, language), units_of(reference, language)
    return rouge_n(written, wanted, 1), rouge_n(written, wanted, 2), rouge_l(written, wanted)


def meet_lists(gold: Gold, text: str) -> tuple[bool, ...]:
    """For each list of alternatives, whether one stands in `text`, case and blanks aside."""
    folded = f" {_fold(text)} "
    return tuple(any(_fold(one) in folded for one in alternatives) for alternatives in gold.must)


def find_forbidden(gold: Gold, text: str) -> tuple[str, ...] | None:
    """What of `Gold.forbid` stands in `text`, case and blanks aside; None where it is."""
    if gold.forbid is None:
        return None
    folded = f" {_fold(text)} "
    return tuple(phrase for phrase in gold.forbid if _fold(phrase) in folded)


def _fold(text: str) -> str:
    # A blank at either end of an alternative is meant: "10 " is not in "10k".
    return _BLANKS.sub(" ", text.casefold())


def match_todos(
    written: Sequence[GoldToDo] | None, wanted: Iterable[GoldToDo] | None, language: str
) -> Overlap | None:
    """Each gold to-do is matched once, by the written one of its person that is most like it."""
    if written is None or wanted is None:
        return None
    left, hits, n_wanted = list(written), 0, 0
    for gold in wanted:
        n_wanted += 1
        rated = [
            (rouge_n(units_of(todo.what, language), units_of(gold.what, language), 1), place)
            for place, todo in enumerate(left)
            if todo.who.strip().casefold() == gold.who.strip().casefold()
        ]
        likeness, place = max(rated, default=(0.0, 0))
        if likeness >= LIMIT_SAME_WHAT:
            del left[place]
            hits += 1
    return Overlap(hits, len(written), n_wanted)


def _match_evidence(
    written: frozenset[int] | None, wanted: frozenset[int] | None
) -> Overlap | None:
    if written is None or wanted is None:
        return None
    return Overlap(len(written & wanted), len(written), len(wanted))

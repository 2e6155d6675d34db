"""Owns what a model wrote about conversations beside their gold, and what is shown of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.checks import SourceText, Verdict
from inference.drafting import ATTEMPTS
from inference.evaluating import items
from inference.evaluating.grounding import list_people
from inference.evaluating.items import Item
from inference.evaluating.scoring import Score, Shown, score_shown
from inference.extractive import quote_highlight
from inference.highlights import choose_highlights
from inference.interface import Generation, Highlight
from inference.omissions import find_omissions
from inference.passage_gists import build_source, is_enough, tell_passages
from inference.ranking import FLAG_UNSURE, choose_text
from inference.training.corpus import Conversation
from inference.training.evaluation import describe_conversation, read_lists
from inference.training.generations import Excerpt, Generations, list_excerpts
from inference.training.scoring import build_item

NO_LIMIT = float("-inf")

Told = Sequence[Sequence[str]]
"""The sentences about each part of a case; none about one that is refused."""


@dataclass(frozen=True)
class Part:
    """An excerpt of a conversation and what a model wrote about it."""

    id: str
    """The excerpt's."""

    source: SourceText
    attempts: tuple[Generation, ...]
    """The first one at least; a second one where the first gave nothing that passes."""

    def tell(
        self, least_confidence: float = NO_LIMIT, *, attempts: int | None = None
    ) -> tuple[str, ...]:
        """The sentences of the first so many attempts, chosen as gists are; () where refused.

        None means all attempts.
        """
        verdict = choose_text(self.attempts[0], self.source, least_confidence)
        for generation in self.attempts[1:attempts]:
            if not verdict.passes and verdict.flags != (FLAG_UNSURE,):
                verdict = choose_text(generation, self.source, least_confidence)
        return pass_sentences(verdict)


@dataclass(frozen=True)
class Case:
    """A conversation with its gold, in the parts that a model was asked about."""

    item: Item
    parts: tuple[Part, ...]
    takes_passages: bool
    """Whether the parts are passages; else the conversation is one part."""

    def show(self, told: Told, *, adds_omissions: bool) -> tuple[str, ...]:
        """The sentences that a user sees where `told` is what the model tells."""
        highlights = choose_highlights(self.item.chat)
        if not is_enough(told):
            return tuple(quote_highlight(highlight).text for highlight in highlights)
        offered = highlights if adds_omissions else ()
        if self.takes_passages:
            passages = zip((part.source for part in self.parts), told, strict=True)
            return tuple(s.text for s in tell_passages(self.item.chat, passages, offered))
        return _add_omissions(told[0], offered)


def build_cases(
    conversations: Sequence[Conversation],
    generations: Generations,
    corpus: Path,
    *,
    takes_passages: bool,
) -> list[Case]:
    """One for each conversation of which a model has told all; `corpus` has the lists."""
    lists = read_lists(corpus)
    cases: list[Case] = []
    for conversation in conversations:
        excerpts = list_excerpts(conversation, takes_passages=takes_passages)
        if all((excerpt.id, 0) in generations for excerpt in excerpts):
            table = describe_conversation(conversation, lists[conversation.id])
            item = items.build_item(table, build_item(conversation).chat)
            parts = tuple(_build_part(excerpt, generations) for excerpt in excerpts)
            cases.append(Case(item, parts, takes_passages))
    return cases


def pass_sentences(verdict: Verdict) -> tuple[str, ...]:
    """The sentences of a verdict that passes; () of another."""
    return verdict.sentences if verdict.passes else ()


def list_names(cases: Iterable[Case]) -> frozenset[str]:
    """The people of all chats."""
    return frozenset(name for case in cases for name in list_people(case.item.chat))


def score_case(
    case: Case, told: Told, known_names: Collection[str], *, adds_omissions: bool
) -> Score:
    """The figures of what a user sees where `told` is what the model tells."""
    shown = Shown(case.show(told, adds_omissions=adds_omissions))
    return score_shown(case.item, shown, known_names)


def _build_part(excerpt: Excerpt, generations: Generations) -> Part:
    written = (generations.get((excerpt.id, attempt)) for attempt in range(len(ATTEMPTS)))
    return Part(
        excerpt.id,
        build_source(excerpt.chat, excerpt.messages, excerpt.language),
        tuple(generation for generation in written if generation),
    )


def _add_omissions(sentences: Sequence[str], offered: Sequence[Highlight]) -> tuple[str, ...]:
    omissions = find_omissions(sentences, offered)
    return (*sentences, *(quote_highlight(highlight).text for highlight in omissions))

"""Owns the table of what each part of choosing a text is worth; it chooses nothing for users."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.checks import SENTENCE_CHECKS, SentenceCheck, SourceText, Verdict, check_draft
from inference.drafting import ATTEMPTS
from inference.evaluating import items
from inference.evaluating.figures import Figures, average_scores
from inference.evaluating.grounding import list_people
from inference.evaluating.items import Item
from inference.evaluating.scoring import Score, Shown, score_shown
from inference.extractive import quote_highlight
from inference.highlights import choose_highlights
from inference.interface import Generation
from inference.omissions import find_omissions
from inference.parsing import parse_draft
from inference.ranking import FLAG_UNSURE, choose_text
from inference.training.corpus import Conversation
from inference.training.evaluation import describe_conversation, read_lists
from inference.training.generations import Generations
from inference.training.scoring import build_item

COLUMNS = ("rouge1", "rougeL", "must", "forbid", "copied", "ungrounded")
NO_LIMIT = float("-inf")


@dataclass(frozen=True)
class Case:
    """A conversation with its gold and what a model wrote about it."""

    item: Item
    source: SourceText
    attempts: tuple[Generation, ...]
    """The first one at least; a second one where the first gave nothing that passes."""

    def judge(self, least_confidence: float = NO_LIMIT, *, attempts: int | None = None) -> Verdict:
        """What comes of the first so many attempts, as gists are written; None means all."""
        verdict = choose_text(self.attempts[0], self.source, least_confidence)
        for generation in self.attempts[1:attempts]:
            if not verdict.passes and verdict.flags != (FLAG_UNSURE,):
                verdict = choose_text(generation, self.source, least_confidence)
        return verdict

    @property
    def quotes(self) -> tuple[str, ...]:
        """What is shown where there is no gist."""
        return tuple(quote_highlight(h).text for h in choose_highlights(self.item.chat))


Policy = Callable[[Case], Sequence[str]]
"""The sentences of a gist; none where it is refused and the highlights are quoted instead."""


def build_cases(
    conversations: Sequence[Conversation], generations: Generations, corpus: Path
) -> list[Case]:
    """One for each conversation that a model has written about; `corpus` has the lists."""
    lists = read_lists(corpus)
    cases: list[Case] = []
    for conversation in conversations:
        if (conversation.id, 0) not in generations:
            continue
        chat = build_item(conversation).chat
        table = describe_conversation(conversation, lists[conversation.id])
        written = (generations.get((conversation.id, n)) for n in range(len(ATTEMPTS)))
        cases.append(
            Case(
                items.build_item(table, chat),
                SourceText(chat, conversation.language),
                tuple(generation for generation in written if generation),
            )
        )
    return cases


def list_names(cases: Iterable[Case]) -> frozenset[str]:
    """The people of all chats."""
    return frozenset(name for case in cases for name in list_people(case.item.chat))


def compare_policies(
    cases: Sequence[Case], limits: Mapping[str, float], known_names: frozenset[str]
) -> dict[str, list[tuple[str, float, Figures]]]:
    """By language, for each policy its name, the share of gists and the figures of what is shown.

    `limits`: the least confidence by the item's id.
    """
    policies = list_policies(limits)
    table: dict[str, list[tuple[str, float, Figures]]] = {}
    for language in sorted({case.item.language for case in cases}):
        chosen = [case for case in cases if case.item.language == language]
        table[language] = [
            _apply_policy(name, policy, chosen, known_names) for name, policy in policies.items()
        ]
    return table


def list_policies(limits: Mapping[str, float]) -> dict[str, Policy]:
    """By name: what is shown without a model and without checks, then each part added or left out.

    The last four build on the second attempt; `both` is what a user gets.
    """

    def limit(case: Case) -> Verdict:
        return case.judge(limits[str(case.item.id)])

    policies: dict[str, Policy] = {
        "highlights alone": lambda _: (),
        "first attempt, unchecked": lambda case: parse_draft(case.attempts[0].texts[0]).sentences,
        "first attempt, checked": lambda case: _passing(case.judge(attempts=1)),
    }
    policies |= {f"… without {check.__name__}": _leave_out(check) for check in SENTENCE_CHECKS}
    policies["second attempt"] = lambda case: _passing(case.judge())
    policies["limit of confidence"] = lambda case: _passing(limit(case))
    policies["omissions quoted"] = lambda case: _add_omissions(case, _passing(case.judge()))
    policies["both"] = lambda case: _add_omissions(case, _passing(limit(case)))
    return policies


def score_case(case: Case, sentences: Sequence[str], known_names: frozenset[str]) -> Score:
    """The figures of what is shown: `sentences`, or the highlights where there are none."""
    return score_shown(case.item, Shown(tuple(sentences) or case.quotes), known_names)


def format_table(table: Mapping[str, Sequence[tuple[str, float, Figures]]]) -> str:
    """Markdown, a table a language."""
    lines: list[str] = []
    for language, rows in table.items():
        lines += [f"| {language} | gists | {' | '.join(COLUMNS)} |", "|---" * 8 + "|"]
        for name, share, figures in rows:
            cells = (figures[column] for column in COLUMNS)
            shown = " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells)
            lines.append(f"| {name} | {share:.2f} | {shown} |")
        lines.append("")
    return "\n".join(lines)


def _apply_policy(
    name: str, policy: Policy, cases: Sequence[Case], known_names: frozenset[str]
) -> tuple[str, float, Figures]:
    shown = [policy(case) for case in cases]
    scores = [
        score_case(case, sentences, known_names)
        for case, sentences in zip(cases, shown, strict=True)
    ]
    return name, sum(map(bool, shown)) / len(cases), average_scores(scores)


def _leave_out(left_out: SentenceCheck) -> Policy:
    checks = [check for check in SENTENCE_CHECKS if check is not left_out]
    return lambda case: _passing(
        check_draft(parse_draft(case.attempts[0].texts[0]), case.source, checks)
    )


def _passing(verdict: Verdict) -> tuple[str, ...]:
    return verdict.sentences if verdict.passes else ()


def _add_omissions(case: Case, sentences: tuple[str, ...]) -> tuple[str, ...]:
    if not sentences:
        return ()
    omissions = find_omissions(sentences, choose_highlights(case.item.chat))
    return (*sentences, *(quote_highlight(h).text for h in omissions))

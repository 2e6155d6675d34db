"""Owns the table of what each part of choosing a text is worth; it chooses nothing for users."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from inference.checks import SENTENCE_CHECKS, SentenceCheck, check_draft
from inference.evaluating.figures import Figures, average_scores
from inference.parsing import parse_draft
from inference.training.cases import Case, Part, pass_sentences, score_case

COLUMNS = ("rouge1", "rougeL", "must", "forbid", "copied", "ungrounded")


@dataclass(frozen=True)
class Policy:
    """A way to choose what is shown of a case."""

    tell: Callable[[Part], Sequence[str]]
    """The sentences about a part; none where it is refused and quoted instead."""

    adds_omissions: bool = False


def compare_policies(
    cases: Sequence[Case], limits: Mapping[str, float], known_names: Collection[str]
) -> dict[str, list[tuple[str, float, Figures]]]:
    """By language, for each policy its name, the share of parts told and what is shown in figures.

    `limits`: the least confidence by the part's id.
    """
    policies = list_policies(limits)
    table: dict[str, list[tuple[str, float, Figures]]] = {}
    for language in sorted({case.item.language for case in cases}):
        chosen = [case for case in cases if case.item.language == language]
        table[language] = [
            (name, *_apply_policy(policy, chosen, known_names)) for name, policy in policies.items()
        ]
    return table


def list_policies(limits: Mapping[str, float]) -> dict[str, Policy]:
    """By name: what is shown without a model and without checks, then each part added or left out.

    The last four build on all attempts; `both` is what a user gets.
    """

    def tell_sure(part: Part) -> Sequence[str]:
        return part.tell(limits[part.id])

    policies = {
        "highlights alone": Policy(lambda _: ()),
        "first text, unchecked": Policy(
            lambda part: parse_draft(part.attempts[0].texts[0]).sentences
        ),
        "first text, checked": Policy(_check_first(SENTENCE_CHECKS)),
    }
    policies |= {f"… without {check.__name__}": _leave_out(check) for check in SENTENCE_CHECKS}
    return policies | {
        "first attempt": Policy(lambda part: part.tell(attempts=1)),
        "all attempts": Policy(Part.tell),
        "limit of confidence": Policy(tell_sure),
        "omissions quoted": Policy(Part.tell, adds_omissions=True),
        "both": Policy(tell_sure, adds_omissions=True),
    }


def format_table(table: Mapping[str, Sequence[tuple[str, float, Figures]]]) -> str:
    """Markdown, a table a language."""
    lines: list[str] = []
    for language, rows in table.items():
        lines += [f"| {language} | told | {' | '.join(COLUMNS)} |", "|---" * 8 + "|"]
        for name, share, figures in rows:
            cells = (figures[column] for column in COLUMNS)
            shown = " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells)
            lines.append(f"| {name} | {share:.2f} | {shown} |")
        lines.append("")
    return "\n".join(lines)


def _apply_policy(
    policy: Policy, cases: Sequence[Case], known_names: Collection[str]
) -> tuple[float, Figures]:
    told = [[policy.tell(part) for part in case.parts] for case in cases]
    scores = [
        score_case(case, sentences, known_names, adds_omissions=policy.adds_omissions)
        for case, sentences in zip(cases, told, strict=True)
    ]
    are_told = [bool(sentences) for of_case in told for sentences in of_case]
    return sum(are_told) / max(len(are_told), 1), average_scores(scores)


def _leave_out(left_out: SentenceCheck) -> Policy:
    return Policy(_check_first([check for check in SENTENCE_CHECKS if check is not left_out]))


def _check_first(checks: Collection[SentenceCheck]) -> Callable[[Part], Sequence[str]]:
    """Tells the first text of the first attempt where it passes `checks`."""
    return lambda part: pass_sentences(
        check_draft(parse_draft(part.attempts[0].texts[0]), part.source, checks)
    )

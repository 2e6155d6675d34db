"""Owns fitting a model's calibration to what it wrote; it generates nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inference.calibration import COMMON_LIMIT, Calibration
from inference.evaluating.scoring import Score
from inference.training.worth import Case, score_case

LARGEST_SHARE_REFUSED = 1 / 12
"""Of the texts that pass the checks. A conversation that is quoted is copied whole: refusing more
than this takes what is shown over the project's limit for copying (issue 3)."""

Weighed = tuple[float, float]
"""The confidence of a text, and what it is worth more than quoting its conversation."""


def weigh_cases(cases: Sequence[Case], known_names: frozenset[str]) -> dict[str, Weighed]:
    """By the item's id, for the cases whose first text passes the checks."""
    weighed: dict[str, Weighed] = {}
    for case in cases:
        verdict = case.judge(attempts=1)
        if verdict.passes:
            gist = score_case(case, verdict.sentences, known_names)
            quotes = score_case(case, (), known_names)
            weighed[str(case.item.id)] = (case.attempts[0].scores[0], _worth(gist) - _worth(quotes))
    return weighed


def fit_calibration(
    cases: Sequence[Case], weighed: Mapping[str, Weighed], adapter_sha256: str
) -> Calibration:
    """The limit of confidence, one number a language."""
    limits = {
        language: round(fit_limit(_of_language(cases, weighed, language)), 3)
        for language in sorted({case.item.language for case in cases})
    }
    return Calibration(adapter_sha256, limits)


def fit_limits_apart(cases: Sequence[Case], weighed: Mapping[str, Weighed]) -> dict[str, float]:
    """For each case's id, the limit as it is without that case: what the fit does to new ones."""
    limits: dict[str, float] = {}
    for case in cases:
        others = [other for other in cases if other is not case]
        limits[str(case.item.id)] = fit_limit(_of_language(others, weighed, case.item.language))
    return limits


def fit_limit(weighed: Sequence[Weighed]) -> float:
    """The confidence below which to refuse: there lie the texts that together lose most by it.

    At most `LARGEST_SHARE_REFUSED` of all lie below. Where quoting is worth no more, none do: the
    limit is then `COMMON_LIMIT` or, below that, the least sure text. Raises ValueError for no
    texts.
    """
    if not weighed:
        raise ValueError("no text to fit a limit to")
    ordered = sorted(weighed)
    gained = least = 0.0
    n_refused = 0
    for place, (_, gain) in enumerate(ordered[: int(len(ordered) * LARGEST_SHARE_REFUSED)], 1):
        gained += gain
        if gained < least:
            least, n_refused = gained, place
    return ordered[n_refused][0] if n_refused else min(ordered[0][0], COMMON_LIMIT)


def format_calibration(calibration: Calibration) -> str:
    """The TOML document that `Calibration.parse` reads."""
    limits = (f"{name} = {value}" for name, value in calibration.least_confidence.items())
    return "\n".join(
        (
            "# Written by: python -m inference.training calibrate",
            f'adapter_sha256 = "{calibration.adapter_sha256}"',
            "",
            "[least_confidence]",
            *limits,
            "",
        )
    )


def _of_language(
    cases: Sequence[Case], weighed: Mapping[str, Weighed], language: str
) -> list[Weighed]:
    ids = (str(case.item.id) for case in cases if case.item.language == language)
    return [weighed[one] for one in ids if one in weighed]


def _worth(score: Score) -> float:
    """ROUGE-1 plus the share of `must` lists met, less one for anything forbidden."""
    met = sum(score.met) / len(score.met) if score.met else 0.0
    return score.rouge1 + met - bool(score.forbidden)

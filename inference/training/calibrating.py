"""Owns fitting a model's calibration to what it wrote; it generates nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from inference.calibration import COMMON_LIMIT, Calibration
from inference.training.cases import Case, Told, score_case

LARGEST_SHARE_REFUSED = 1 / 12
"""Of the texts that pass the checks. What is quoted instead is copied whole: refusing more than
this takes what is shown over the project's limit for copying (issue 3)."""

Weighed = tuple[float, float]
"""The confidence of a text, and how much more than quotes it is worth."""


def weigh_parts(cases: Sequence[Case], known_names: Collection[str]) -> dict[str, Weighed]:
    """By the part's id, for the parts of which the first attempt passes the checks.

    What a text is worth is what it adds to its case, the others told.
    """
    weighed: dict[str, Weighed] = {}
    for case in cases:
        told = [part.tell(attempts=1) for part in case.parts]
        worth = _measure_worth(case, told, known_names)
        for place, part in enumerate(case.parts):
            if told[place]:
                others = [*told[:place], (), *told[place + 1 :]]
                gain = worth - _measure_worth(case, others, known_names)
                weighed[part.id] = (part.attempts[0].scores[0], gain)
    return weighed


def fit_calibration(
    cases: Sequence[Case], weighed: Mapping[str, Weighed], adapter_sha256: str
) -> Calibration:
    """The limit of confidence, one number a language."""
    limits = {
        language: round(fit_limit(_list_weighed(cases, weighed, language)), 3)
        for language in sorted({case.item.language for case in cases})
    }
    return Calibration(adapter_sha256, limits)


def fit_limits_apart(cases: Sequence[Case], weighed: Mapping[str, Weighed]) -> dict[str, float]:
    """For each part's id, the limit as it is without its case: what the fit does to new ones."""
    limits: dict[str, float] = {}
    for case in cases:
        others = [other for other in cases if other is not case]
        limit = fit_limit(_list_weighed(others, weighed, case.item.language))
        limits |= dict.fromkeys((part.id for part in case.parts), limit)
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


def _list_weighed(
    cases: Sequence[Case], weighed: Mapping[str, Weighed], language: str
) -> list[Weighed]:
    chosen = (case for case in cases if case.item.language == language)
    return [weighed[part.id] for case in chosen for part in case.parts if part.id in weighed]


def _measure_worth(case: Case, told: Told, known_names: Collection[str]) -> float:
    """ROUGE-1 plus the share of `must` lists met, less one for anything forbidden."""
    score = score_case(case, told, known_names, adds_omissions=True)
    met = sum(score.met) / len(score.met) if score.met else 0.0
    return score.rouge1 + met - bool(score.forbidden)

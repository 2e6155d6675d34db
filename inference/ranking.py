"""Owns which of the texts that a model wrote about one chat is taken; it calls no engine."""

from __future__ import annotations

from dataclasses import replace

from inference.checks import SourceText, Verdict, check_draft
from inference.interface import Generation
from inference.parsing import parse_draft

FLAG_UNSURE = "unsure"


def choose_text(generation: Generation, source: SourceText, least_confidence: float) -> Verdict:
    """The likeliest of the hypotheses that pass with the fewest sentences and to-dos dropped.

    Where none passes, the likeliest one's verdict, with the flags of all. One that passes but
    whose tokens the model holds less likely than `least_confidence` on average is refused.
    """
    verdicts = [check_draft(parse_draft(text), source) for text in generation.texts]
    passing = [place for place, verdict in enumerate(verdicts) if verdict.passes]
    if not passing:
        flags = dict.fromkeys(flag for verdict in verdicts for flag in verdict.flags)
        return replace(verdicts[0], flags=tuple(flags))
    chosen = min(passing, key=lambda place: verdicts[place].n_dropped)
    if generation.scores[chosen] < least_confidence:
        return replace(verdicts[chosen], passes=False, flags=(FLAG_UNSURE,))
    return verdicts[chosen]

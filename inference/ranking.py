"""Owns which of the texts that a model wrote about one chat is taken; it calls no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inference.checks import SourceText, Verdict, check_draft, check_topic
from inference.interface import Generation
from inference.parsing import parse_draft
from inference.words import find_terms

FLAG_UNSURE = "unsure"


TOLD_WEIGHT = 0.5
"""What telling all words of the source is worth, in nats a token of likelihood. Small models leave
out what they were asked to tell: of texts as likely, the fuller one is the better one."""


def choose_text(generation: Generation, source: SourceText, least_confidence: float) -> Verdict:
    """Of the texts that pass with the fewest sentences and to-dos dropped, the best one.

    That is the likeliest, the more of the source it tells and the more it agrees with the others.
    Where none passes, the first one's verdict, with the flags of all. A lone text whose tokens
    the model holds less likely than `least_confidence` on average is refused; of several, the
    agreement tells more than their likelihood does.
    """
    verdicts = [check_draft(parse_draft(text), source) for text in generation.texts]
    passing = [place for place, verdict in enumerate(verdicts) if verdict.passes]
    if not passing:
        flags = dict.fromkeys(flag for verdict in verdicts for flag in verdict.flags)
        return replace(verdicts[0], flags=tuple(flags))
    if len(verdicts) == 1 and generation.scores[0] < least_confidence:
        return replace(verdicts[0], passes=False, flags=(FLAG_UNSURE,))
    texts = [" ".join(verdict.sentences) for verdict in verdicts]
    agreement = measure_agreement(texts)

    def rank(place: int) -> tuple[int, float]:
        told = TOLD_WEIGHT * measure_told(texts[place], source)
        return -verdicts[place].n_dropped, generation.scores[place] + agreement[place] + told

    return verdicts[max(passing, key=rank)]


def measure_told(text: str, source: SourceText) -> float:
    """The share of the words of a chat's messages that stand in a text."""
    said = frozenset().union(*(find_terms(message.text) for message in source.messages))
    return len(said & find_terms(text)) / max(len(said), 1)


def choose_topic(generation: Generation, source: SourceText) -> Verdict:
    """The verdict on a topic: it always passes, with "" for a topic that is not to be shown.

    A summary without a topic lacks little; none is refused for it or waits for another attempt.
    """
    line = generation.texts[0].strip().partition("\n")[0]
    return Verdict((), check_topic(line.strip(' .-*"'), source), passes=True, flags=(), n_dropped=0)


def measure_agreement(texts: Sequence[str]) -> list[float]:
    """For each text, the mean share of terms in common with each other (Dice); 0 for a lone one.

    Minimum Bayes risk (Kumar and Byrne 2004): what the model writes whichever way it goes is
    likelier true than what it writes once.
    """
    terms = [find_terms(text) for text in texts]
    return [
        sum(_share_terms(one, other) for j, other in enumerate(terms) if j != i)
        / max(len(terms) - 1, 1)
        for i, one in enumerate(terms)
    ]


def _share_terms(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / max(len(one) + len(other), 1)

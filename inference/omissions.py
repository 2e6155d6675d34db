"""Owns finding the highlights that a gist leaves untold; it changes neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inference.cues import find_cues
from inference.interface import Highlight
from inference.words import find_terms

LIMIT_TOLD = 0.5
"""Share of a message's terms in the gist from which on the gist tells of it."""

MAX_OMISSIONS = 2
"""Measured on held-out conversations (`python -m inference.training calibrate`): the second one
brings as much again of what a summary must hold, a third would be more quote than gist."""


def find_omissions(
    sentences: Iterable[str], highlights: Sequence[Highlight]
) -> tuple[Highlight, ...]:
    """The highlights with a time, day or amount in figures that the gist lacks, in chat order.

    At most `MAX_OMISSIONS`, those least told of; () for none. Figures are what a reader acts on
    and what a small model leaves out; other messages, quoted too, made no gist more complete. A
    question is never one: what it proposes may have been declined.
    """
    told = find_terms("\n".join(sentences))
    shares: dict[int, float] = {}
    for place, highlight in enumerate(highlights):
        terms = find_terms(highlight.text)
        lacks_figure = any(term[0].isdigit() for term in terms - told)
        is_told = len(terms & told) >= LIMIT_TOLD * len(terms)
        if lacks_figure and not is_told and "question" not in find_cues(highlight.text):
            shares[place] = len(terms & told) / len(terms)
    chosen = sorted(shares, key=lambda place: shares[place])[:MAX_OMISSIONS]
    return tuple(highlights[place] for place in sorted(chosen))

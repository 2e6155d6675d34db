"""Owns what holds of every table of weights that is read from a file; it weighs nothing."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping


def check_weights(
    weights: Mapping[str, float], known: Collection[str], named_besides: Iterable[str] = ()
) -> None:
    """Raise ValueError for a feature that is not `known` and for a weight that is not finite.

    `named_besides` are features that the table names without a weight.
    """
    if unknown := {*weights, *named_besides}.difference(known):
        raise ValueError(f"no such features: {', '.join(sorted(unknown))}")
    if not all(map(math.isfinite, weights.values())):
        raise ValueError("a weight is not finite")

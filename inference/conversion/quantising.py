"""Owns turning float32 rows into int8 rows that no processor's int8 kernel can saturate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.conversion.layers import Floats

# Before rounding a pair may reach 127.5: each of two roundings adds at most a half, and an
# integer that is at most 128.5 is at most 128.
_PAIR_ROOM = 127.5

# Rows quantised at a time, in values: temporaries then stay in the second-level cache.
_CHUNK_VALUES = 256 * 1024


def quantise(rows: Floats) -> tuple[NDArray[np.int8], Floats]:
    """(int8 weights, scales): one scale a row, weight = rint(row * scale), `rows` untouched.

    A row is scaled until its largest value fits int8 and its worst pair fits ctranslate.PAIR_LIMIT.
    Rows of zeros get the scale 1.
    """
    n_rows, n_cols = rows.shape
    weights = np.empty((n_rows, n_cols), np.int8)
    scales = np.empty(n_rows, np.float32)
    step = max(1, _CHUNK_VALUES // max(1, n_cols))
    for start in range(0, n_rows, step):
        part = slice(start, start + step)
        scales[part] = _row_scales(rows[part])
        scaled = rows[part] * scales[part, None]
        weights[part] = np.rint(scaled, out=scaled)
    return weights, scales


def quantise_table(rows: Floats) -> tuple[NDArray[np.int8], Floats]:
    """As `quantise`, for rows that are only looked up and never multiplied: no pair bound."""
    largest = np.maximum(rows.max(1), -rows.min(1)).astype(np.float64)
    limit = 127.0 / np.where(largest > 0, largest, 127.0)
    scales: Floats = np.minimum(limit, np.finfo(np.float32).max).astype(np.float32)
    scaled = rows * scales[:, None]
    return np.rint(scaled, out=scaled).astype(np.int8), scales


def _row_scales(rows: Floats) -> Floats:
    # The worst pair of one sign is the largest |w0 + w1|: where the signs differ the sum is
    # smaller than the larger of the two, which the first bound already holds.
    largest = np.maximum(rows.max(1), -rows.min(1)).astype(np.float64)
    even = rows.shape[1] // 2 * 2
    limit = 127.0 / np.where(largest > 0, largest, 127.0)
    if even:
        sums = rows[:, 0:even:2] + rows[:, 1:even:2]
        worst = np.maximum(sums.max(1), -sums.min(1)).astype(np.float64)
        limit = np.minimum(limit, _PAIR_ROOM / np.where(worst > 0, worst, _PAIR_ROOM))
    scales: Floats = np.minimum(limit, np.finfo(np.float32).max).astype(np.float32)
    return scales


def worst_pair(weights: NDArray[np.int8]) -> int:
    """The largest |w0 + w1| over the neighbouring pairs of all rows of an int8 matrix."""
    n_rows, n_cols = weights.shape
    even = n_cols // 2 * 2
    worst = 0
    step = max(1, _CHUNK_VALUES // max(1, n_cols))
    for start in range(0, n_rows, step):
        part = weights[start : start + step].astype(np.int16)
        sums = part[:, 0:even:2] + part[:, 1:even:2]
        if sums.size:
            worst = max(worst, int(sums.max()), -int(sums.min()))
    return worst

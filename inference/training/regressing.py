"""Owns fitting a logistic regression; it must not know what the columns mean."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

_MOST_STEPS = 50
_LARGEST_LOG_ODDS = 30.0
"""Beyond, a chance is 0 or 1 in any precision, and its exponential overflows float32."""

Number = TypeVar("Number", np.float32, np.float64)


def regress(
    inputs: npt.NDArray[Number],
    is_true: npt.NDArray[np.bool_],
    weights: npt.NDArray[Number],
    ridge: npt.NDArray[Number],
    *,
    close_enough: float,
) -> npt.NDArray[Number]:
    """Coefficients of a ridge-penalised logistic regression, by Newton's method.

    `inputs` has a row a case and a column a feature, `ridge` a penalty a column, which must not
    be 0 where a column is 0 throughout. Ends when no coefficient moves by `close_enough`.
    """
    solution = np.zeros(inputs.shape[1], inputs.dtype)
    for _ in range(_MOST_STEPS):
        odds = np.clip(inputs @ solution, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
        chance = 1 / (1 + np.exp(-odds))
        spread = weights * chance * (1 - chance)
        curvature = (inputs * spread[:, None]).T @ inputs + np.diag(ridge)
        slope = inputs.T @ (weights * (is_true - chance)) - ridge * solution
        step = np.linalg.solve(curvature, slope)
        solution += step
        if np.abs(step).max() < close_enough:
            break
    return solution

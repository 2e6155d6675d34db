from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from inference.conversion.quantising import quantise, quantise_table, worst_pair
from inference.ctranslate import PAIR_LIMIT

Floats = NDArray[np.float32]


def matrices() -> SearchStrategy[Floats]:
    """Any finite float32 rows, outliers and zeros among them, even and odd widths."""
    value = st.floats(-(2.0**60), 2.0**60, width=32) | st.sampled_from([0.0, 1.0, -1.0, 1e-45])
    return st.integers(1, 9).flatmap(
        lambda width: st.lists(
            st.lists(value, min_size=width, max_size=width), min_size=1, max_size=6
        ).map(lambda rows: np.asarray(rows, np.float32))
    )


@given(matrices())
def test_no_neighbouring_pair_can_saturate(rows: Floats) -> None:
    weights, _ = quantise(rows)
    assert worst_pair(weights) <= PAIR_LIMIT
    assert weights.min() >= -127


@given(matrices())
def test_scaling_back_gives_the_row_to_half_a_step(rows: Floats) -> None:
    for weights, scales in (quantise(rows), quantise_table(rows)):
        back = weights.astype(np.float64) / scales[:, None]
        step = 1 / scales.astype(np.float64)[:, None]
        assert (np.abs(back - rows) <= step * 0.5001 + np.abs(rows) * 1e-6).all()


@given(matrices())
def test_quantising_leaves_its_input_alone(rows: Floats) -> None:
    before = rows.copy()
    quantise(rows)
    np.testing.assert_array_equal(rows, before)


def test_the_bound_costs_nothing_where_pairs_do_not_agree() -> None:
    rows = np.asarray([[1.0, -1.0, 0.5, -0.25]], np.float32)
    weights, scales = quantise(rows)
    assert scales[0] == 127
    assert weights.tolist() == [[127, -127, 64, -32]]


def test_a_row_of_equal_values_is_halved() -> None:
    weights, _ = quantise(np.ones((1, 4), np.float32))
    assert weights.tolist() == [[64, 64, 64, 64]]


def test_plain_rows_do_saturate() -> None:
    weights, _ = quantise_table(np.ones((3, 4), np.float32))
    assert worst_pair(weights) == 254

"""Owns moving activation outliers into the weights, exactly, before anything is rounded.

CTranslate2 rounds a token's activations to int8 with one scale, so that a few large channels
drown the rest. Dividing channel j of an activation by s[j] and multiplying column j of the next
weight by s[j] changes nothing in exact arithmetic (SmoothQuant, arXiv:2211.10438). Every linear
layer here has a place before it where the division is free: a norm's gamma (q/k/v, gate/up,
head), the rows and biases of v (attention output) or the rows of up (down).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inference.conversion.architecture import Architecture
from inference.conversion.layers import Floats, LayerWeights

# How far the outliers move from activations (0) to weights (1).
_STRENGTH = 0.5
_SMALLEST = 1e-5

Group = Callable[[Floats], Floats]


class Peaks:
    """The largest |value| seen in each channel of each linear layer's input."""

    def __init__(self, n_rows: int) -> None:
        """Only the first `n_rows` tokens count: the rest is there for the self-test."""
        self._n_rows = n_rows
        self._by_name: dict[str, Floats] = {}

    def observe(self, name: str, values: Floats) -> None:
        """Takes note of one layer's input, shape (tokens, channels)."""
        counted = values[: self._n_rows]
        self._by_name[name] = np.maximum(counted.max(axis=0), -counted.min(axis=0))

    def of(self, name: str) -> Floats:
        """The peaks of one linear layer; raises KeyError for one never observed."""
        return self._by_name[name]


def factors(peaks: Floats, columns: Floats) -> Floats:
    """One factor a channel, of geometric mean about 1, from activation and weight peaks.

    Steps of a factor of 2**(1/8): far finer than matters, and the same on machines whose
    matrix products differ in the last bit.
    """
    wanted = np.maximum(peaks, _SMALLEST) ** _STRENGTH
    wanted = wanted / np.maximum(columns, _SMALLEST) ** (1 - _STRENGTH)
    steps = np.rint(8 * (np.log2(wanted) - np.mean(np.log2(wanted))))
    chosen: Floats = np.exp2(np.clip(steps, -127, 127).astype(np.float32) / 8)
    return chosen


def column_peaks(*matrices: Floats) -> Floats:
    """The largest |value| of each column over all rows of all the matrices."""
    peaks = [np.maximum(matrix.max(axis=0), -matrix.min(axis=0)) for matrix in matrices]
    largest: Floats = np.maximum.reduce(peaks)
    return largest


def smooth_layer(architecture: Architecture, layer: LayerWeights, peaks: Peaks) -> None:
    """Changes the layer's weights in place, so that it computes the same from tamer inputs."""
    s = factors(peaks.of("qkv"), column_peaks(layer.qkv))
    layer.attention_norm = layer.attention_norm / s
    layer.qkv *= s

    _smooth_values(architecture, layer, peaks.of("output"))

    s = factors(peaks.of("ffn"), column_peaks(layer.gate, layer.up))
    layer.ffn_norm = layer.ffn_norm / s
    layer.gate *= s
    layer.up *= s

    s = factors(peaks.of("down"), column_peaks(layer.down))
    layer.up /= s[:, None]
    layer.down *= s


def _smooth_values(architecture: Architecture, layer: LayerWeights, peaks: Floats) -> None:
    # Several query heads share one v head, so they share its factors too.
    n_kv, width = architecture.n_kv_heads, architecture.head_width
    group = architecture.n_heads // n_kv

    def shared(channels: Floats) -> Floats:
        largest: Floats = channels.reshape(n_kv, group, width).max(axis=1).reshape(-1)
        return largest

    s = factors(shared(peaks), shared(column_peaks(layer.output)))
    layer.qkv[-s.size :] /= s[:, None]
    if layer.qkv_bias is not None:
        layer.qkv_bias[-s.size :] /= s
    layer.output *= np.repeat(s.reshape(n_kv, 1, width), group, axis=1).reshape(-1)

"""Owns the float32 forward pass in numpy: what the model says before anything is rounded.

It follows the published Llama, Qwen and Gemma 3 decoders. It serves calibration (how large each
channel of an activation gets) and the self-test (what the next-token distributions should be).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from inference.conversion.architecture import Architecture
from inference.conversion.layers import Floats, LayerWeights

Observer = Callable[[str, Floats], None]
"""Called with the name of a linear layer ("qkv", "output", "ffn", "down") and its input."""


def nothing(_name: str, _values: Floats) -> None:
    """The observer that observes nothing."""


def rms_norm(values: Floats, gamma: Floats, epsilon: float) -> Floats:
    """Root-mean-square norm over the last axis."""
    mean = np.mean(values * values, axis=-1, keepdims=True)
    scaled: Floats = values / np.sqrt(mean + np.float32(epsilon)) * gamma
    return scaled


class Reference:
    """Hidden states of some texts, carried through the layers one by one."""

    def __init__(self, architecture: Architecture, embedded: Sequence[Floats]) -> None:
        """`embedded`: one (tokens, width) array a text, embeddings as the file holds them."""
        self.architecture = architecture
        hidden = np.concatenate(embedded)
        if architecture.scale_embeddings:
            hidden = hidden * np.float32(architecture.width**0.5)
        self.hidden: Floats = hidden
        """All texts' states, one row a token, texts one after another."""

        ends = np.cumsum([len(text) for text in embedded])
        self.spans = [
            slice(int(end) - len(text), int(end)) for end, text in zip(ends, embedded, strict=True)
        ]

    def advance(self, index: int, layer: LayerWeights, observe: Observer = nothing) -> None:
        """Carries all texts over layer `index`, whose weights are given unsmoothed."""
        epsilon = self.architecture.epsilon
        states = rms_norm(self.hidden, layer.attention_norm, epsilon)
        observe("qkv", states)
        mixed = self._attention(index, layer, states)
        observe("output", mixed)
        added = mixed @ layer.output.T
        if layer.post_attention_norm is not None:
            added = rms_norm(added, layer.post_attention_norm, epsilon)
        self.hidden = self.hidden + added

        states = rms_norm(self.hidden, layer.ffn_norm, epsilon)
        observe("ffn", states)
        inner = self._activated(states @ layer.gate.T)
        inner *= states @ layer.up.T
        observe("down", inner)
        added = inner @ layer.down.T
        if layer.post_ffn_norm is not None:
            added = rms_norm(added, layer.post_ffn_norm, epsilon)
        self.hidden = self.hidden + added

    def _activated(self, values: Floats) -> Floats:
        if self.architecture.activation == "gelu_tanh":
            inner = np.float32(0.7978845608028654) * (values + np.float32(0.044715) * values**3)
            gelu: Floats = np.float32(0.5) * values * (1 + np.tanh(inner))
            return gelu
        # The clip keeps exp() finite; at 80 the sigmoid is already 0 or 1 in float32.
        swish: Floats = values / (1 + np.exp(-np.clip(values, -80, None)))
        return swish

    def _attention(self, index: int, layer: LayerWeights, states: Floats) -> Floats:
        shape = self.architecture
        width = shape.head_width
        rows = states @ layer.qkv.T
        if layer.qkv_bias is not None:
            rows += layer.qkv_bias
        n_q, n_kv = shape.n_heads * width, shape.n_kv_heads * width
        mixed = np.empty((len(states), n_q), np.float32)
        for span in self.spans:
            n_tokens = span.stop - span.start
            q, k, v = (
                part.reshape(n_tokens, -1, width).swapaxes(0, 1)
                for part in np.split(rows[span], [n_q, n_q + n_kv], axis=1)
            )
            if layer.q_norm is not None and layer.k_norm is not None:
                q = rms_norm(q, layer.q_norm, shape.epsilon)
                k = rms_norm(k, layer.k_norm, shape.epsilon)
            q, k = self._rotated(q, index), self._rotated(k, index)
            group = shape.n_heads // shape.n_kv_heads
            weights = self._weights(q, np.repeat(k, group, axis=0), shape.windows[index])
            heads = weights @ np.repeat(v, group, axis=0)
            mixed[span] = heads.swapaxes(0, 1).reshape(n_tokens, n_q)
        return mixed

    def _rotated(self, heads: Floats, index: int) -> Floats:
        half = self.architecture.head_width // 2
        frequencies = self.architecture.rotary_bases[index] ** (-np.arange(half) / half)
        if self.architecture.rotary_divisors is not None:
            frequencies = frequencies / self.architecture.rotary_divisors
        angles = np.outer(np.arange(heads.shape[1]), frequencies).astype(np.float32)
        cos, sin = np.cos(angles), np.sin(angles)
        left, right = heads[..., :half], heads[..., half:]
        return np.concatenate([left * cos - right * sin, right * cos + left * sin], axis=-1)

    def _weights(self, q: Floats, k: Floats, window: int) -> Floats:
        n_tokens = q.shape[1]
        scores = q @ k.swapaxes(1, 2) / np.float32(self.architecture.head_width**0.5)
        distance = np.subtract.outer(np.arange(n_tokens), np.arange(n_tokens))
        hidden = distance < 0
        if window:
            hidden |= distance >= window
        scores[:, hidden] = -np.inf
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights: Floats = scores / scores.sum(axis=-1, keepdims=True)
        return weights

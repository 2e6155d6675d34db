"""Owns reading one layer's weights from a GGUF file, in the row order CTranslate2 wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.conversion.architecture import Architecture
from inference.errors import BrokenModelFile, UnsupportedModel
from inference.gguf import GgufFile

Floats = NDArray[np.float32]
Merge = Callable[[str, Floats], Floats]
"""Given a GGUF tensor name and its float32 weights in GGUF row order, the weights to use."""


@dataclass(slots=True)
class LayerWeights:
    """One decoder layer in float32; every matrix has the shape (outputs, inputs)."""

    attention_norm: Floats
    qkv: Floats
    """The rows of q, then k, then v."""

    qkv_bias: Floats | None
    output: Floats
    ffn_norm: Floats
    gate: Floats
    up: Floats
    down: Floats
    q_norm: Floats | None = None
    k_norm: Floats | None = None
    post_attention_norm: Floats | None = None
    post_ffn_norm: Floats | None = None


def read_layer(
    gguf: GgufFile, architecture: Architecture, index: int, merge: Merge
) -> LayerWeights:
    """Layer `index` of the file, with `merge` applied to every matrix before rows are reordered.

    Gemma's norm weights are stored with their +1 already added, so norms need no special case.
    Raises UnsupportedModel when a tensor is missing or has another shape than the metadata says.
    """
    reader = _LayerReader(gguf, architecture, f"blk.{index}.", merge)
    qkv, bias = reader.qkv()
    gate, up = reader.gate_up()
    ffn_width = len(gate)
    qk_norm = architecture.qk_norm
    post = architecture.post_norms
    return LayerWeights(
        attention_norm=reader.vector("attn_norm", architecture.width),
        qkv=qkv,
        qkv_bias=bias,
        output=reader.matrix(
            "attn_output",
            architecture.width,
            architecture.n_heads * architecture.head_width,
        ),
        ffn_norm=reader.vector("ffn_norm", architecture.width),
        gate=gate,
        up=up,
        down=reader.matrix("ffn_down", architecture.width, ffn_width),
        q_norm=reader.vector("attn_q_norm", architecture.head_width) if qk_norm else None,
        k_norm=reader.vector("attn_k_norm", architecture.head_width) if qk_norm else None,
        post_attention_norm=(
            reader.vector("post_attention_norm", architecture.width) if post else None
        ),
        post_ffn_norm=reader.vector("post_ffw_norm", architecture.width) if post else None,
    )


def unpermute(rows: Floats, n_heads: int) -> Floats:
    """Rows in half-split rotary order, from llama.cpp's interleaved order of `n_heads` heads."""
    n_rows, n_cols = rows.shape
    pairs = rows.reshape(n_heads, n_rows // n_heads // 2, 2, n_cols)
    return pairs.swapaxes(1, 2).reshape(n_rows, n_cols)


class _LayerReader:
    def __init__(
        self, gguf: GgufFile, architecture: Architecture, prefix: str, merge: Merge
    ) -> None:
        self.gguf = gguf
        self.architecture = architecture
        self.prefix = prefix
        self.merge = merge

    def vector(self, name: str, size: int) -> Floats:
        full = f"{self.prefix}{name}.weight"
        return _checked(full, self.gguf.vector(full), (size,))

    def matrix(self, name: str, n_rows: int | None, n_cols: int) -> Floats:
        full = f"{self.prefix}{name}.weight"
        if f"{self.prefix}{name}.bias" in self.gguf:
            raise _refused(f"{self.prefix}{name}.bias is not supported")
        return self._merged(full, n_rows, n_cols)

    def _merged(self, full: str, n_rows: int | None, n_cols: int) -> Floats:
        weights = self.gguf.matrix(full)
        shape = (weights.shape[0] if n_rows is None else n_rows, n_cols)
        return self.merge(full, _checked(full, weights, shape))

    def qkv(self) -> tuple[Floats, Floats | None]:
        shape = self.architecture
        sizes = (shape.n_heads, shape.n_kv_heads, shape.n_kv_heads)
        if shape.fused:
            return self.matrix("attn_qkv", sum(sizes) * shape.head_width, shape.width), None
        parts, biases = [], []
        for letter, n_heads in zip("qkv", sizes, strict=True):
            rows = n_heads * shape.head_width
            part = self._merged(f"{self.prefix}attn_{letter}.weight", rows, shape.width)
            bias = f"{self.prefix}attn_{letter}.bias"
            biases.append(
                _checked(bias, self.gguf.vector(bias), (rows,)) if bias in self.gguf else None
            )
            reorder = shape.interleaved_rows and letter != "v"
            parts.append(unpermute(part, n_heads) if reorder else part)
            if reorder and biases[-1] is not None:
                raise _refused(f"{bias} in interleaved order is not supported")
        present = [bias for bias in biases if bias is not None]
        if present and len(present) != len(biases):
            raise _refused(f"{self.prefix}attn has biases on some of q, k, v only")
        return np.concatenate(parts), np.concatenate(present) if present else None

    def gate_up(self) -> tuple[Floats, Floats]:
        width = self.architecture.width
        if self.architecture.fused:
            both = self.matrix("ffn_up", None, width)
            half = len(both) // 2
            return both[:half].copy(), both[half:].copy()
        gate = self.matrix("ffn_gate", None, width)
        return gate, self.matrix("ffn_up", len(gate), width)


def _checked(name: str, values: Floats, shape: tuple[int, ...]) -> Floats:
    if values.shape != shape:
        raise _refused(f"tensor {name} has the shape {values.shape}, expected {shape}")
    if not np.isfinite(values).all():
        raise BrokenModelFile(
            f"tensor {name} holds values that are not finite",
            next_step="fetch the file again, or pass another one",
        )
    return values


def _refused(message: str) -> UnsupportedModel:
    return UnsupportedModel(message, next_step="pick a model from: companion model list")

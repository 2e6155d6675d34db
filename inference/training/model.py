"""Owns the arithmetic of a Qwen2 decoder with LoRA; it must not know files, text or optimizers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own custom)
from torch import Tensor

from inference.training.base import Base, Shape

ADAPTED = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")

Rope: TypeAlias = tuple[Tensor, Tensor]
"""Cosines and sines, each (rows, 1, head size / 2)."""

Attend: TypeAlias = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""(layer, q, k, v), each (rows, heads, size), to the mixed values (rows of q, width)."""


@dataclass(frozen=True)
class Pair:
    """One low-rank update: the merged weight is W + (alpha / rank) * b @ a."""

    a: Tensor
    """(rank, in)"""

    b: Tensor
    """(out, rank)"""


@dataclass(frozen=True)
class Lora:
    """All updates of one adapter, by the adapted matrix's GGUF name without '.weight'."""

    rank: int
    alpha: float
    pairs: dict[str, Pair]

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    def parameters(self) -> list[Tensor]:
        return [tensor for pair in self.pairs.values() for tensor in (pair.a, pair.b)]


def new_lora(base: Base, first_layer: int, rank: int, alpha: float, seed: int) -> Lora:
    """An adapter that changes nothing yet (every b is zero) for layers `first_layer` and up."""
    generator = torch.Generator().manual_seed(seed)
    pairs: dict[str, Pair] = {}
    for layer in range(first_layer, base.shape.layers):
        for part in ADAPTED:
            name = f"blk.{layer}.{part}"
            rows, columns = base.weights[f"{name}.weight"].shape
            a = torch.randn(rank, columns, generator=generator) / math.sqrt(columns)
            pairs[name] = Pair(a.requires_grad_(), torch.zeros(rows, rank).requires_grad_())
    return Lora(rank, alpha, pairs)


def merged_weights(weights: dict[str, Tensor], lora: Lora) -> dict[str, Tensor]:
    """The weights with the adapter merged in, by the rule that the converter follows."""
    merged = dict(weights)
    for name, pair in lora.pairs.items():
        old = merged[f"{name}.weight"]
        update = lora.scale * (pair.b.detach().float() @ pair.a.detach().float())
        merged[f"{name}.weight"] = (old.float() + update).to(old.dtype)
    return merged


@dataclass(frozen=True)
class Span:
    """Where one example lies in a pack of examples laid end to end without padding."""

    start: int
    end: int
    wanted_from: int
    """First row, counted in the pack, whose prediction is wanted; rows before it are context."""


def spans_of(lengths: Sequence[tuple[int, int]]) -> list[Span]:
    """The spans of examples given as (prompt tokens, all tokens).

    The wanted rows begin at the prompt's last token, which predicts the target's first.
    """
    spans: list[Span] = []
    start = 0
    for prompt_tokens, all_tokens in lengths:
        spans.append(Span(start, start + all_tokens, start + prompt_tokens - 1))
        start += all_tokens
    return spans


class Decoder:
    """The forward pass.

    The residual stream is float32 and matrix products run in the weights' own type: bfloat16
    weights then cost the rounding of products, and nothing adds up over the layers.
    """

    def __init__(self, shape: Shape, weights: dict[str, Tensor], lora: Lora | None = None) -> None:
        self.shape = shape
        self._weights = weights
        self._pairs = lora.pairs if lora else {}
        self._scale = lora.scale if lora else 0.0
        self._dtype = weights["blk.0.attn_q.weight"].dtype
        half = shape.head_size // 2
        self._frequencies = shape.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)

    def embed(self, ids: Sequence[int]) -> Tensor:
        return self._weights["token_embd.weight"][torch.tensor(ids)].float()

    def logits(self, normed: Tensor) -> Tensor:
        """Scores of the whole vocabulary for rows that passed the final norm."""
        return F.linear(normed, self._weights["output.weight"]).float()

    def run_layers(self, hidden: Tensor, spans: Sequence[Span], first: int, end: int) -> Tensor:
        """Rows (rows, width) of a pack after layers `first` to `end` - 1."""
        attend = causal_attention(spans)
        rope = self.rope(positions_of(spans))
        for layer in range(first, end):
            hidden = self.layer(layer, hidden, rope, attend)
        return hidden

    def run_to_wanted(
        self, hidden: Tensor, spans: Sequence[Span], first: int, attend: Attend | None = None
    ) -> Tensor:
        """The wanted rows of a pack after layers `first` to the last and the final norm.

        The last layer computes nothing for the other rows but their keys and values. `attend`
        stands in for plain causal attention where keys and values are to be kept.
        """
        attend = attend or causal_attention(spans)
        rope = self.rope(positions_of(spans))
        last = self.shape.layers - 1
        for layer in range(first, last):
            hidden = self.layer(layer, hidden, rope, attend)
        wanted = torch.cat([torch.arange(span.wanted_from, span.end) for span in spans])
        return self.final_norm(self.layer(last, hidden, rope, attend, wanted))

    def layer(
        self, layer: int, hidden: Tensor, rope: Rope, attend: Attend, rows: Tensor | None = None
    ) -> Tensor:
        """One layer; with `rows`, only those come out, and the others serve as context."""
        name = f"blk.{layer}"
        x = self._norm(hidden, f"{name}.attn_norm")
        k = rotate(self._heads(self._project(x, f"{name}.attn_k")), rope)
        v = self._heads(self._project(x, f"{name}.attn_v"))
        if rows is not None:
            hidden, x, rope = hidden[rows], x[rows], (rope[0][rows], rope[1][rows])
        q = rotate(self._heads(self._project(x, f"{name}.attn_q")), rope)
        mixed = attend(layer, q, k, v)
        hidden = hidden + self._project(mixed, f"{name}.attn_output").float()
        x = self._norm(hidden, f"{name}.ffn_norm")
        gate = F.silu(self._project(x, f"{name}.ffn_gate"))
        up = self._project(x, f"{name}.ffn_up")
        return hidden + self._project(gate * up, f"{name}.ffn_down").float()

    def final_norm(self, hidden: Tensor) -> Tensor:
        return self._norm(hidden, "output_norm")

    def rope(self, positions: Tensor) -> Rope:
        """The rotation of each of these positions."""
        angles = positions.double()[:, None] * self._frequencies[None, :]
        return angles.cos()[:, None].to(self._dtype), angles.sin()[:, None].to(self._dtype)

    def _project(self, x: Tensor, name: str) -> Tensor:
        bias = self._weights.get(f"{name}.bias")
        y = F.linear(x, self._weights[f"{name}.weight"], None if bias is None else bias.to(x.dtype))
        pair = self._pairs.get(name)
        if pair is None:
            return y
        # Scaling the thin product costs a hundredth of scaling the wide one.
        thin = F.linear(x, pair.a.to(x.dtype)) * self._scale
        return torch.addmm(y, thin, pair.b.to(x.dtype).t())

    def _norm(self, hidden: Tensor, name: str) -> Tensor:
        weight = self._weights[f"{name}.weight"]
        normed = F.rms_norm(hidden, (self.shape.width,), weight, self.shape.norm_epsilon)
        return normed.to(self._dtype)

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], -1, self.shape.head_size)


def positions_of(spans: Sequence[Span]) -> Tensor:
    """The position of every row within its own example."""
    return torch.cat([torch.arange(span.end - span.start) for span in spans])


def causal_attention(spans: Sequence[Span]) -> Attend:
    """Attention within each span. Rows of q are all rows, or the wanted ones of every span."""

    def attend(_layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        everything = q.shape[0] == k.shape[0]
        mixed: list[Tensor] = []
        row = 0
        for span in spans:
            count = span.end - (span.start if everything else span.wanted_from)
            mixed.append(
                attend_last(
                    q[row : row + count], k[span.start : span.end], v[span.start : span.end]
                )
            )
            row += count
        return torch.cat(mixed)

    return attend


def attend_last(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention of the last rows of one text (rows of q) over all its rows (of k and v)."""
    count, length = q.shape[0], k.shape[0]
    mask: Tensor | None = None
    if 1 < count < length:
        positions = torch.arange(length)
        mask = positions[None, :] <= positions[length - count :, None]
    out = F.scaled_dot_product_attention(
        q.transpose(0, 1)[None],
        k.transpose(0, 1)[None],
        v.transpose(0, 1)[None],
        attn_mask=mask,
        is_causal=count == length,
        enable_gqa=True,
    )
    return out[0].transpose(0, 1).reshape(count, -1)


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Rotary positions on (rows, heads, size); GGUF keeps Qwen2's two halves apart."""
    cos, sin = rope
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)

"""A base model small enough to run everywhere, made at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from inference.training.base import Base

VOCABULARY = 40
END_ID = 39


@pytest.fixture
def tiny_base() -> Base:
    """Three Qwen2 layers with biases and grouped heads, in float32."""
    torch = pytest.importorskip("torch")
    from tokenizers import Tokenizer, models

    from inference.training.base import Base, Shape

    generator = torch.Generator().manual_seed(1)
    shape = Shape(layers=3, width=16, heads=4, kv_heads=2, rope_base=1e4, norm_epsilon=1e-6)
    sizes = {
        "token_embd.weight": (VOCABULARY, 16),
        "output.weight": (VOCABULARY, 16),
        "output_norm.weight": (16,),
    }
    for layer in range(shape.layers):
        sizes |= {
            f"blk.{layer}.attn_norm.weight": (16,),
            f"blk.{layer}.ffn_norm.weight": (16,),
            f"blk.{layer}.attn_q.weight": (16, 16),
            f"blk.{layer}.attn_q.bias": (16,),
            f"blk.{layer}.attn_k.weight": (8, 16),
            f"blk.{layer}.attn_k.bias": (8,),
            f"blk.{layer}.attn_v.weight": (8, 16),
            f"blk.{layer}.attn_v.bias": (8,),
            f"blk.{layer}.attn_output.weight": (16, 16),
            f"blk.{layer}.ffn_gate.weight": (32, 16),
            f"blk.{layer}.ffn_up.weight": (32, 16),
            f"blk.{layer}.ffn_down.weight": (16, 32),
        }
    weights = {
        name: torch.randn(*size, generator=generator) * (0.4 if len(size) == 2 else 1.0)
        for name, size in sizes.items()
    }
    return Base(shape, weights, Tokenizer(models.BPE()), END_ID, "a" * 64)

"""Owns what training takes from the base model's GGUF file; it must not change any of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from inference.gguf import GgufFile
from inference.tokenizer import build_tokenizer


@dataclass(frozen=True)
class Shape:
    """The sizes and constants of a Qwen2 decoder."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    rope_base: float
    norm_epsilon: float

    @property
    def head_size(self) -> int:
        return self.width // self.heads


@dataclass(frozen=True)
class Base:
    """A base model as its GGUF file gives it."""

    shape: Shape
    weights: dict[str, Tensor]
    """Dequantised, by GGUF tensor name: matrices (out, in) in the wanted type, vectors float32."""

    tokenizer: Tokenizer
    end_id: int
    sha256: str


def read_base(path: Path, dtype: torch.dtype) -> Base:
    """The model in a Qwen2 GGUF file, its matrices in `dtype`.

    Raises ValueError for another architecture and BrokenModelFile for a damaged file.
    """
    with GgufFile(path) as file:
        if file.architecture != "qwen2":
            raise ValueError(f"training knows qwen2, not {file.architecture}")
        built = build_tokenizer(file)
        weights: dict[str, Tensor] = {}
        for name, info in file.tensors.items():
            if info.n_rows == 1:
                weights[name] = torch.from_numpy(file.vector(name))
            else:
                weights[name] = torch.from_numpy(file.matrix(name)).to(dtype)
        weights.setdefault("output.weight", weights["token_embd.weight"])
        return Base(
            shape=_shape(file),
            weights=weights,
            tokenizer=built.tokenizer,
            end_id=file.integer("tokenizer.ggml.eos_token_id"),
            sha256=file_sha256(path),
        )


def file_sha256(path: Path) -> str:
    """The hash by which an adapter knows its base."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shape(file: GgufFile) -> Shape:
    return Shape(
        layers=file.integer("qwen2.block_count"),
        width=file.integer("qwen2.embedding_length"),
        heads=file.integer("qwen2.attention.head_count"),
        kv_heads=file.integer("qwen2.attention.head_count_kv"),
        rope_base=file.real("qwen2.rope.freq_base"),
        norm_epsilon=file.real("qwen2.attention.layer_norm_rms_epsilon"),
    )

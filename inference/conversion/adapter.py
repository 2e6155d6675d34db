"""Owns LoRA adapters: reading them from safetensors and merging them into dequantised weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from inference.conversion.layers import Floats
from inference.errors import BrokenModelFile, UnsupportedModel

FORMAT = "companion-lora-1"

_TARGETS = (
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_qkv",
    "attn_output",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
)


class Adapter:
    """Low-rank changes to some matrices of one very base file (LoRA, arXiv:2106.09685).

    Tensors are named `blk.{layer}.{matrix}.lora_a`, shape (rank, inputs), and `.lora_b`, shape
    (outputs, rank), with GGUF's matrix names and row order. The change to a matrix W is
    (alpha / rank) * B @ A.
    """

    def __init__(self, tensors: dict[str, Floats], metadata: dict[str, str]) -> None:
        """`metadata` must hold format, base_sha256, alpha, rank and prompt."""
        if metadata.get("format") != FORMAT:
            raise _refused(f"the adapter's format is {metadata.get('format')}, not {FORMAT}")
        try:
            self.base_sha256 = metadata["base_sha256"]
            self.prompt = metadata["prompt"]
            self._scale = np.float32(float(metadata["alpha"]) / int(metadata["rank"]))
        except (KeyError, ValueError, ZeroDivisionError) as error:
            raise _broken("its metadata lacks base_sha256, prompt, alpha or rank") from error
        self._pairs = dict(_pairs(tensors, int(metadata["rank"])))
        self._left = set(self._pairs)

    def require_base(self, source_sha256: str) -> None:
        """Raises UnsupportedModel when the adapter was trained on another file."""
        if self.base_sha256 != source_sha256:
            raise _refused(
                f"the adapter was made for another model file ({self.base_sha256[:12]}, "
                f"this one is {source_sha256[:12]})"
            )

    def merge(self, name: str, weights: Floats) -> Floats:
        """`weights` of GGUF tensor `name` with this adapter's change added, in place."""
        stem = name.removesuffix(".weight")
        if stem not in self._pairs:
            return weights
        a, b = self._pairs[stem]
        if weights.shape != (b.shape[0], a.shape[1]):
            raise _refused(f"the adapter's {stem} does not fit the shape {weights.shape}")
        self._left.discard(stem)
        weights += self._scale * (b @ a)
        return weights

    def require_merged(self) -> None:
        """Raises UnsupportedModel when the adapter changes a matrix that was never read."""
        if self._left:
            raise _refused(f"the adapter changes {min(self._left)}, which the model does not have")


def read_adapter(path: Path) -> Adapter:
    """The adapter in a safetensors file; raises BrokenModelFile when it is no such file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {
                name: np.asarray(file.get_tensor(name)).astype(np.float32)
                for name in file.keys()  # noqa: SIM118 (not a dict)
            }
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, TypeError) as error:
        raise _broken("it is not a readable safetensors file") from error
    return Adapter(tensors, metadata)


def _pairs(tensors: dict[str, Floats], rank: int) -> Iterator[tuple[str, tuple[Floats, Floats]]]:
    stems = {name.rsplit(".", 1)[0] for name in tensors}
    for stem in sorted(stems):
        a, b = tensors.get(f"{stem}.lora_a"), tensors.get(f"{stem}.lora_b")
        parts = stem.split(".")
        if len(parts) != 3 or parts[0] != "blk" or parts[2] not in _TARGETS:
            raise _refused(f"the adapter changes {stem}, which is not supported")
        if a is None or b is None or len(tensors) != 2 * len(stems):
            raise _broken(f"it lacks one half of {stem}, or holds more")
        if a.ndim != 2 or b.ndim != 2 or a.shape[0] != rank or b.shape[1] != rank:
            raise _broken(f"{stem} is not of rank {rank}")
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise _broken(f"{stem} holds values that are not finite")
        yield stem, (a, b)


def _refused(message: str) -> UnsupportedModel:
    return UnsupportedModel(message, next_step="use the adapter that belongs to this model")


def _broken(reason: str) -> BrokenModelFile:
    return BrokenModelFile(
        f"not a usable adapter: {reason}", next_step="install this version of companion again"
    )

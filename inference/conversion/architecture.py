"""Owns what a GGUF file says about its architecture, and which of them can be converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.errors import UnsupportedModel
from inference.gguf import GgufFile

SUPPORTED = ("gemma3", "llama", "phi3", "qwen2", "qwen3")

# Gemma 3's report: five layers with local attention, then a global one; local layers turn with
# base 10,000 whatever the file says of the global ones.
_GEMMA_PATTERN = 6
_GEMMA_LOCAL_BASE = 10_000.0


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything about a decoder but its weights."""

    name: str
    """As GGUF spells it; one of SUPPORTED."""

    n_layers: int
    n_heads: int
    n_kv_heads: int
    width: int
    """Values in a hidden state."""

    head_width: int
    epsilon: float
    activation: Literal["swish", "gelu_tanh"]
    rotary_bases: tuple[float, ...]
    """One base a layer."""

    rotary_divisors: NDArray[np.float32] | None
    """What each of the head_width / 2 rotary frequencies is divided by; None: by nothing."""

    windows: tuple[int, ...]
    """Tokens each layer looks back on, one number a layer; 0: all of them."""

    scale_embeddings: bool
    """Whether embeddings are multiplied by the square root of `width`."""

    qk_norm: bool
    post_norms: bool
    """Whether attention and feed-forward outputs pass a norm before they are added."""

    interleaved_rows: bool
    """Whether the file holds q and k rows in llama.cpp's interleaved order."""

    fused: bool
    """Whether the file holds q, k, v in one tensor and gate, up in another."""

    context_tokens: int
    """The longest prompt and answer together the model was made for."""

    prompt_limit_tokens: int
    """The longest prompt that CTranslate2 gets right; never more than `context_tokens`."""

    sliding_window: int
    """The window of the windowed layers; 0 when the model has none."""


def read_architecture(gguf: GgufFile) -> Architecture:
    """What the file says of its architecture.

    Raises UnsupportedModel, with the name, for an architecture or variant that CTranslate2's
    layers cannot express, and BrokenModelFile when the metadata lacks what it must hold.
    """
    name = gguf.architecture
    if name not in SUPPORTED:
        raise _unsupported(f"the architecture {name or 'without a name'} is not supported")
    if gguf.integer(f"{name}.expert_count", 0):
        raise _unsupported(f"{name} as a mixture of experts is not supported")

    n_layers = gguf.integer(f"{name}.block_count")
    n_heads = _heads(gguf, f"{name}.attention.head_count", None)
    width = gguf.integer(f"{name}.embedding_length")
    head_width = gguf.integer(f"{name}.attention.key_length", width // max(1, n_heads))
    if gguf.integer(f"{name}.attention.value_length", head_width) != head_width:
        raise _unsupported(f"{name} with values wider than keys is not supported")
    if gguf.integer(f"{name}.rope.dimension_count", head_width) != head_width:
        raise _unsupported(f"{name} with partly rotated heads is not supported")
    n_kv_heads = _heads(gguf, f"{name}.attention.head_count_kv", n_heads)
    if n_layers < 1 or n_heads < 1 or n_kv_heads < 1 or n_heads % n_kv_heads or head_width % 2:
        raise _unsupported(f"{name} with {n_heads} heads over {n_kv_heads} is not supported")

    gemma = name == "gemma3"
    base = gguf.real(f"{name}.rope.freq_base", 10_000.0)
    window = gguf.integer(f"{name}.attention.sliding_window", 0)
    context = gguf.integer(f"{name}.context_length")
    if gemma:
        pattern = gguf.integer(f"{name}.attention.sliding_window_pattern", _GEMMA_PATTERN)
        everywhere = [(i + 1) % pattern == 0 for i in range(n_layers)]
        windows = tuple(0 if is_global else window for is_global in everywhere)
        bases = tuple(base if is_global else _GEMMA_LOCAL_BASE for is_global in everywhere)
    else:
        windows, bases = (0,) * n_layers, (base,) * n_layers

    # Gemma: beyond one window CTranslate2 cuts the prompt in pieces and gives the global layers
    # a mask of one window too few. The others are converted without their window, which is exact
    # as long as prompt and answer together stay inside it.
    if window and not gemma:
        context = min(context, window)
    prompt_limit = min(context, window) if gemma and window else context
    return Architecture(
        name=name,
        n_layers=n_layers,
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        width=width,
        head_width=head_width,
        epsilon=gguf.real(f"{name}.attention.layer_norm_rms_epsilon"),
        activation="gelu_tanh" if gemma else "swish",
        rotary_bases=bases,
        rotary_divisors=_rotary_divisors(gguf, name, head_width),
        windows=windows,
        scale_embeddings=gemma,
        qk_norm=name in ("gemma3", "qwen3"),
        post_norms=gemma,
        interleaved_rows=name == "llama",
        fused=name == "phi3",
        context_tokens=context,
        prompt_limit_tokens=prompt_limit,
        sliding_window=window,
    )


def _heads(gguf: GgufFile, key: str, default: int | None) -> int:
    if isinstance(gguf.fields.get(key), list):
        raise _unsupported(f"{gguf.architecture} with other heads in other layers is not supported")
    return gguf.integer(key, default)


def _rotary_divisors(gguf: GgufFile, name: str, head_width: int) -> NDArray[np.float32] | None:
    """RoPE scaling as a divisor for each frequency, None when there is none."""
    if "rope_factors_long.weight" in gguf or "rope_factors_short.weight" in gguf:
        raise _unsupported(f"{name} with long-context (su, longrope) rotary factors")
    kind = gguf.text(f"{name}.rope.scaling.type", "none")
    factor = gguf.real(f"{name}.rope.scaling.factor", 1.0)
    divisors = None
    if "rope_freqs.weight" in gguf:  # Llama 3.1 and later: llama.cpp precomputes its divisors
        divisors = gguf.vector("rope_freqs.weight")
        if divisors.shape != (head_width // 2,) or not (divisors > 0).all():
            raise _unsupported(f"{name} with rotary factors of another size")
    if kind == "linear":
        if factor != 1.0:
            linear = np.full(head_width // 2, factor, np.float32)
            divisors = linear if divisors is None else divisors * linear
    elif kind not in ("none", "llama3"):
        raise _unsupported(f"{name} with {kind} rotary scaling")
    if divisors is not None and name == "gemma3":
        raise _unsupported("gemma3 with rotary scaling in its global layers")
    return divisors


def _unsupported(message: str) -> UnsupportedModel:
    return UnsupportedModel(
        message + f" (supported: {', '.join(SUPPORTED)})",
        next_step="pick a model from: companion model list",
    )

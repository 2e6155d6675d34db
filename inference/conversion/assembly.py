"""Owns the walk through a GGUF file: read a layer, measure, smooth, quantise, hand it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.conversion.architecture import Architecture
from inference.conversion.layers import Floats, LayerWeights, Merge, read_layer
from inference.conversion.quantising import quantise, quantise_table
from inference.conversion.reference import Reference, nothing, rms_norm
from inference.conversion.smoothing import Peaks, factors, smooth_layer
from inference.ctranslate import DecoderFiles, DecoderLayer, DecoderShape, Linear
from inference.errors import UnsupportedModel
from inference.gguf import GgufFile

Report = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what is being done)."""

# Tensors that hold nothing a decoder computes with.
_IGNORED = frozenset({"rope_freqs.weight"})


@dataclass(frozen=True, slots=True)
class Recipe:
    """How weights are stored. The defaults are what ships; the rest is for measuring."""

    int8: bool = True
    bounded: bool = True
    """Whether neighbouring int8 weights obey PAIR_LIMIT."""

    smooth: bool = True
    untie: bool = True
    """Whether an output layer tied to the embeddings gets weights of its own."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Token ids to measure activations on, and to note the float32 model's answers on."""

    texts: Sequence[Sequence[int]]
    probes: Sequence[Sequence[int]]
    """Not measured; their next-token logits are the self-test's reference."""

    probe_tokens: int
    """How many positions at the end of each probe are noted."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a walk gives besides the weights in `files`."""

    files: DecoderFiles
    n_rows: int
    """Rows of the embeddings: the size of the vocabulary."""

    probe_logits: list[Floats]
    """One (probe_tokens, vocabulary) array of float32 logits a probe."""


def assemble(
    gguf: GgufFile,
    architecture: Architecture,
    calibration: Calibration,
    recipe: Recipe,
    merge: Merge,
    report: Report,
) -> Assembled:
    """Reads every tensor of the file once; raises UnsupportedModel when one is left over."""
    steps = count_steps(architecture)
    report(0, steps, "embeddings")
    files = DecoderFiles(_shape(architecture))
    files.set_embeddings(_embeddings(gguf, architecture, recipe))
    texts = [*calibration.texts, *calibration.probes]
    embedded = [gguf.rows("token_embd.weight", list(ids)) for ids in texts]
    reference = Reference(architecture, embedded)
    n_measured = sum(len(ids) for ids in calibration.texts)

    for index in range(architecture.n_layers):
        report(1 + index, steps, "layers")
        layer = read_layer(gguf, architecture, index, merge)
        peaks = Peaks(n_measured)
        smooth = recipe.int8 and recipe.smooth
        reference.advance(index, layer, peaks.observe if smooth else nothing)
        if smooth:
            smooth_layer(architecture, layer, peaks)
        files.set_layer(index, _stored(layer, recipe))

    report(1 + architecture.n_layers, steps, "output layer")
    logits = _set_head(files, gguf, reference, calibration, recipe, n_measured)
    left_over = sorted(set(gguf.tensors) - gguf.used - _IGNORED)
    if left_over:
        raise UnsupportedModel(
            f"{architecture.name} with the extra tensor {left_over[0]} is not supported",
            next_step="pick a model from: companion model list",
        )
    return Assembled(files, gguf.info("token_embd.weight").n_rows, logits)


def count_steps(architecture: Architecture) -> int:
    """Steps of a conversion: embeddings, layers, output layer, saving, self-test."""
    return architecture.n_layers + 4


def _shape(architecture: Architecture) -> DecoderShape:
    return DecoderShape(
        n_layers=architecture.n_layers,
        n_heads=architecture.n_heads,
        n_kv_heads=architecture.n_kv_heads,
        head_width=architecture.head_width,
        epsilon=architecture.epsilon,
        gelu=architecture.activation == "gelu_tanh",
        rotary_bases=architecture.rotary_bases,
        rotary_divisors=architecture.rotary_divisors,
        context_tokens=architecture.context_tokens,
        windows=architecture.windows,
        scale_embeddings=architecture.scale_embeddings,
        qk_norm=architecture.qk_norm,
        post_norms=architecture.post_norms,
    )


def _linear(rows: Floats, recipe: Recipe, bias: Floats | None = None) -> Linear:
    if not recipe.int8:
        return Linear(np.ascontiguousarray(rows), bias=bias)
    weights, scales = quantise(rows) if recipe.bounded else quantise_table(rows)
    return Linear(weights, scales, bias)


def _stored(layer: LayerWeights, recipe: Recipe) -> DecoderLayer:
    return DecoderLayer(
        attention_norm=layer.attention_norm,
        qkv=_linear(layer.qkv, recipe, layer.qkv_bias),
        output=_linear(layer.output, recipe),
        ffn_norm=layer.ffn_norm,
        gate=_linear(layer.gate, recipe),
        up=_linear(layer.up, recipe),
        down=_linear(layer.down, recipe),
        q_norm=layer.q_norm,
        k_norm=layer.k_norm,
        post_attention_norm=layer.post_attention_norm,
        post_ffn_norm=layer.post_ffn_norm,
    )


def _embeddings(gguf: GgufFile, architecture: Architecture, recipe: Recipe) -> Linear:
    info = gguf.info("token_embd.weight")
    if info.n_cols != architecture.width:
        raise UnsupportedModel(
            f"token_embd.weight has {info.n_cols} columns, expected {architecture.width}",
            next_step="pick a model from: companion model list",
        )
    tied = "output.weight" not in gguf and not recipe.untie
    return _table(gguf, info.name, recipe, bounded=tied and recipe.bounded, scale_columns=None)


def _table(
    gguf: GgufFile, name: str, recipe: Recipe, *, bounded: bool, scale_columns: Floats | None
) -> Linear:
    """Block by block: the float32 form of a large vocabulary never exists at once."""
    info = gguf.info(name)
    weights = np.empty((info.n_rows, info.n_cols), np.int8 if recipe.int8 else np.float32)
    scales = np.empty(info.n_rows, np.float32)
    for start, block in gguf.blocks(name):
        part = slice(start, start + len(block))
        rows = block if scale_columns is None else block * scale_columns
        if not recipe.int8:
            weights[part] = rows
        elif bounded:
            weights[part], scales[part] = quantise(rows)
        else:
            weights[part], scales[part] = quantise_table(rows)
    return Linear(weights, scales if recipe.int8 else None)


def _set_head(
    files: DecoderFiles,
    gguf: GgufFile,
    reference: Reference,
    calibration: Calibration,
    recipe: Recipe,
    n_measured: int,
) -> list[Floats]:
    """Sets the last norm and the output layer; returns the probes' float32 logits.

    The logits matter most, and a table tied to the embeddings cannot take smoothing factors
    (they would change the embeddings): the output layer gets its own weights.
    """
    epsilon = reference.architecture.epsilon
    norm = gguf.vector("output_norm.weight")
    states = rms_norm(reference.hidden, norm, epsilon)
    ends = [span.stop for span in reference.spans[len(calibration.texts) :]]
    picked = [states[end - calibration.probe_tokens : end] for end in ends]
    tied = "output.weight" not in gguf
    name = "token_embd.weight" if tied else "output.weight"
    columns, logits = _head_pass(gguf, name, picked)
    if tied and not recipe.untie:
        files.set_head(norm, None)
        return logits
    s = None
    if recipe.int8 and recipe.smooth:
        measured = states[:n_measured]
        s = factors(np.maximum(measured.max(axis=0), -measured.min(axis=0)), columns)
        norm = norm / s
    head = _table(gguf, name, recipe, bounded=recipe.bounded, scale_columns=s)
    files.set_head(norm, head)
    return logits


def _head_pass(gguf: GgufFile, name: str, picked: list[Floats]) -> tuple[Floats, list[Floats]]:
    """(largest |weight| of each column, logits of the picked states), in one pass."""
    info = gguf.info(name)
    columns = np.zeros(info.n_cols, np.float32)
    stacked = np.concatenate(picked)
    logits = np.empty((len(stacked), info.n_rows), np.float32)
    for start, block in gguf.blocks(name):
        np.maximum(columns, block.max(axis=0), out=columns)
        np.maximum(columns, -block.min(axis=0), out=columns)
        logits[:, start : start + len(block)] = stacked @ block.T
    return columns, np.split(logits, np.cumsum([len(part) for part in picked])[:-1])

"""Owns every call into ctranslate2: a thin, typed border for the converter and the engine.

This is the only file that imports ctranslate2, and it does so inside functions: importing this
module costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from inference.errors import BrokenModelFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAIR_LIMIT = 128
"""The largest |w0 + w1| of neighbouring int8 weights that cannot overflow.

On x86 without VNNI (AVX2; AVX-512 before Cascade Lake; every AMD before Zen 4) oneDNN multiplies
uint8 activations by int8 weights with vpmaddubsw, which adds two neighbouring products in a
saturating int16: 255 * 128 = 32,640 still fits, 255 * 129 does not.
"""

SEED = 1
"""Every worker thread of a new generator draws from it: the same calls in the same order, made by
one worker, give the same texts."""

# ---------------------------------------------------------------- run time


class StepResult(Protocol):
    """One generated token, given to a callback while a batch runs."""

    step: int
    batch_id: int
    hypothesis_id: int
    token_id: int
    token: str
    is_last: bool
    log_prob: float | None


class GenerationResult(Protocol):
    """What one prompt of a batch gave."""

    sequences: list[list[str]]
    sequences_ids: list[list[int]]
    scores: list[float]
    """Mean log-probability a token by hypothesis; [] unless asked for with return_scores."""

    logits: list[list[Any]]
    """By hypothesis and step, (vocabulary,) float32; [] unless return_logits_vocab."""


class Generator(Protocol):
    """The part of ctranslate2.Generator that this project uses.

    One object may be called from several threads; calls queue for its workers, and the
    interpreter lock is free during a call. An object whose last call had a callback must be
    deleted before the interpreter ends, or the process may abort.
    """

    model_is_loaded: bool

    def generate_batch(
        self,
        start_tokens: Sequence[Sequence[str]],
        *,
        max_batch_size: int = 0,
        beam_size: int = 1,
        num_hypotheses: int = 1,
        length_penalty: float = 1,
        repetition_penalty: float = 1,
        no_repeat_ngram_size: int = 0,
        disable_unk: bool = False,
        suppress_sequences: Sequence[Sequence[str]] | None = None,
        end_token: str | Sequence[str] | Sequence[int] | None = None,
        max_length: int = 512,
        min_length: int = 0,
        static_prompt: Sequence[str] | None = None,
        cache_static_prompt: bool = True,
        include_prompt_in_result: bool = True,
        return_scores: bool = False,
        return_logits_vocab: bool = False,
        sampling_topk: int = 1,
        sampling_temperature: float = 1,
        callback: Callable[[StepResult], bool] | None = None,
    ) -> list[GenerationResult]:
        """Continues every prompt, results in the prompts' order; prompts are token strings."""

    def forward_batch(
        self, inputs: Sequence[Sequence[int]], *, return_log_probs: bool = False
    ) -> Any:  # noqa: ANN401 (an extension type that numpy reads)
        """Logits at every position, shape (prompts, tokens, vocabulary)."""

    def unload_model(self, to_cpu: bool = False) -> None:
        """Frees the model; does nothing, silently, while a batch counts as active."""

    def load_model(self) -> None:
        """Loads the model again after unload_model."""


def open_generator(
    folder: Path, *, threads: int, workers: int = 1, compute_type: str = "int8"
) -> Generator:
    """The loaded model of a CTranslate2 folder, on the processor.

    `threads` are used by one call, `workers` calls run side by side on shared weights.
    Raises BrokenModelFile when ctranslate2 does not accept the files.
    """
    import ctranslate2

    ctranslate2.set_random_seed(SEED)
    try:
        generator = ctranslate2.Generator(
            str(folder),
            device="cpu",
            compute_type=compute_type,
            inter_threads=workers,
            intra_threads=threads,
        )
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BrokenModelFile(
            f"the model in {folder.name} does not load: {reason}",
            next_step="run companion model verify",
        ) from error
    return cast("Generator", generator)


def next_token_logits(generator: Generator, ids: Sequence[int]) -> NDArray[np.float32]:
    """Float32 logits after each token of one prompt, shape (tokens, vocabulary)."""
    import numpy as np

    output: NDArray[np.float32] = np.asarray(generator.forward_batch([list(ids)]))[0]
    return output


def library_version() -> str:
    """The version of the installed ctranslate2."""
    import ctranslate2

    return str(ctranslate2.__version__)


# ---------------------------------------------------------------- writing models


@dataclass(frozen=True, slots=True)
class Linear:
    """A weight as it is stored: (outputs, inputs), int8 with one scale a row, or float32."""

    weight: NDArray[np.int8] | NDArray[np.float32]
    scales: NDArray[np.float32] | None = None
    """None exactly when `weight` is float32."""

    bias: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """What CTranslate2 must know of a decoder besides its weights."""

    n_layers: int
    n_heads: int
    n_kv_heads: int
    head_width: int
    epsilon: float
    gelu: bool
    """True for tanh-approximated GELU, False for SiLU ("swish")."""

    rotary_bases: tuple[float, ...]
    rotary_divisors: NDArray[np.float32] | None
    context_tokens: int
    windows: tuple[int, ...]
    """Sliding window of each layer; 0 for none."""

    scale_embeddings: bool
    qk_norm: bool
    post_norms: bool


@dataclass(frozen=True, slots=True)
class DecoderLayer:
    """One layer's stored weights; norms that the shape does not have are None."""

    attention_norm: NDArray[np.float32]
    qkv: Linear
    output: Linear
    ffn_norm: NDArray[np.float32]
    gate: Linear
    up: Linear
    down: Linear
    q_norm: NDArray[np.float32] | None = None
    k_norm: NDArray[np.float32] | None = None
    post_attention_norm: NDArray[np.float32] | None = None
    post_ffn_norm: NDArray[np.float32] | None = None


class DecoderFiles:
    """Collects a decoder's weights and writes model.bin, config.json and vocabulary.json."""

    def __init__(self, shape: DecoderShape) -> None:
        from ctranslate2.specs import common_spec, transformer_spec

        activation = common_spec.Activation
        windowed = any(shape.windows)
        self._shape = shape
        self._spec = transformer_spec.TransformerDecoderModelSpec.from_config(
            shape.n_layers,
            shape.n_heads,
            pre_norm=True,
            ffn_glu=True,
            rms_norm=True,
            activation=activation.GELUTanh if shape.gelu else activation.SWISH,
            rotary_dim=shape.head_width,
            rotary_interleave=False,
            rotary_base=shape.rotary_bases[0],
            num_heads_kv=None if shape.n_kv_heads == shape.n_heads else shape.n_kv_heads,
            head_dim=shape.head_width,
            sliding_window=max(shape.windows) if windowed else None,
            qk_norm=shape.qk_norm,
            pre_post_layer_norm=shape.post_norms,
            **self._rotary_scaling(),
        )
        self._spec.decoder.scale_embeddings = shape.scale_embeddings
        self._spec.config.layer_norm_epsilon = shape.epsilon

    def _rotary_scaling(self) -> dict[str, Any]:
        """Any set of frequency divisors, said in the one way CTranslate2 takes them.

        "Su" scaling has a divisor for each frequency for prompts within the original context and
        one beyond it, and a factor on top that is 1 when the original context is the whole one.
        """
        from ctranslate2.specs import attention_spec

        if self._shape.rotary_divisors is None:
            return {}
        return {
            "rotary_scaling_type": attention_spec.RotaryScalingType.Su,
            "original_max_position_embeddings": self._shape.context_tokens,
            "max_position_embeddings": self._shape.context_tokens,
        }

    def set_embeddings(self, table: Linear) -> None:
        """The input embeddings, shape (vocabulary, width)."""
        _set_linear(self._spec.decoder.embeddings, table)

    def set_head(self, norm: NDArray[np.float32], head: Linear | None) -> None:
        """The last norm and the output layer; None ties the latter to the embeddings."""
        decoder = self._spec.decoder
        decoder.layer_norm.gamma = norm
        if head is not None:
            _set_linear(decoder.projection, head)
            return
        decoder.projection.weight = decoder.embeddings.weight
        decoder.projection.weight_scale = decoder.embeddings.weight_scale

    def set_layer(self, index: int, layer: DecoderLayer) -> None:
        """The weights of layer `index`."""
        spec = self._spec.decoder.layer[index]
        attention, ffn = spec.self_attention, spec.ffn
        if self._shape.post_norms:
            spec.input_layer_norm.gamma = layer.attention_norm
            spec.post_attention_layer_norm.gamma = layer.post_attention_norm
            spec.pre_feedforward_layer_norm.gamma = layer.ffn_norm
            spec.post_feedforward_layer_norm.gamma = layer.post_ffn_norm
        else:
            attention.layer_norm.gamma = layer.attention_norm
            ffn.layer_norm.gamma = layer.ffn_norm
        if self._shape.qk_norm:
            attention.q_norm.gamma = layer.q_norm
            attention.k_norm.gamma = layer.k_norm
        attention.rotary_base = _float32(self._shape.rotary_bases[index])
        if any(self._shape.windows):
            attention.sliding_window = _int32(self._shape.windows[index])
        if self._shape.rotary_divisors is not None:
            attention.rotary_scaling_long_factor = self._shape.rotary_divisors
            attention.rotary_scaling_short_factor = self._shape.rotary_divisors
        _set_linear(attention.linear[0], layer.qkv)
        _set_linear(attention.linear[1], layer.output)
        _set_linear(ffn.linear_0, layer.gate)
        _set_linear(ffn.linear_0_noact, layer.up)
        _set_linear(ffn.linear_1, layer.down)

    def save(
        self, folder: Path, tokens: Sequence[str], *, bos: str, eos: str, unknown: str
    ) -> None:
        """Writes the three files; `tokens` are as many as the embeddings have rows.

        Raises OSError when the disk refuses, ValueError when a weight was never set.
        """
        config = self._spec.config
        config.bos_token, config.eos_token, config.unk_token = bos, eos, unknown
        self._spec.register_vocabulary(list(tokens))
        self._spec.validate()
        # Not optimize(): it would quantise the int8 weights once more. Only the tied output
        # layer is left to do, which the public methods do not offer alone.
        self._spec._alias_variables()  # noqa: SLF001
        self._spec.save(str(folder))


def _set_linear(spec: Any, linear: Linear) -> None:  # noqa: ANN401 (an untyped library's class)
    spec.weight = linear.weight
    if linear.scales is not None:
        spec.weight_scale = linear.scales
    if linear.bias is not None:
        spec.bias = linear.bias


def _float32(value: float) -> Any:  # noqa: ANN401
    import numpy as np

    return np.float32(value)


def _int32(value: int) -> Any:  # noqa: ANN401
    import numpy as np

    return np.int32(value)


def read_config(folder: Path) -> dict[str, object]:
    """What config.json of a CTranslate2 folder says; raises BrokenModelFile when unreadable."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenModelFile(
            f"{folder.name}/config.json is not readable",
            next_step="run companion model verify",
        ) from error
    if not isinstance(config, dict):
        raise BrokenModelFile(
            f"{folder.name}/config.json is not a JSON object",
            next_step="run companion model verify",
        )
    return config

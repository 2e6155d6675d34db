"""Small random models of every supported architecture, written as GGUF files.

`gguf.GGUFWriter` is the reference writer, numpy the source of the weights.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float32]

N_LAYERS, WIDTH, N_HEADS, N_KV_HEADS, FFN = 2, 32, 4, 2, 48
VOCABULARY = 300


@dataclass
class TinyModel:
    """What to write; tests change the fields they are about."""

    architecture: str
    seed: int = 0
    head_width: int = 8
    tied: bool = True
    context: int = 256
    window: int = 0
    fields: dict[str, object] = field(default_factory=dict)
    tensors: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.architecture in ("gemma3", "qwen3"):
            self.head_width = 16
        if self.architecture == "gemma3" and not self.window:
            self.window = 16
        self.tensors = {**self._tensors(), **self.tensors}

    @property
    def n_layers(self) -> int:
        """Gemma's sixth layer is its first global one."""
        return 6 if self.architecture == "gemma3" else N_LAYERS

    def _tensors(self) -> dict[str, Floats]:
        random = np.random.default_rng(self.seed)

        def weight(*shape: int) -> Floats:
            return random.normal(0, 0.2, shape).astype(np.float32)

        def norm(size: int) -> Floats:
            return random.uniform(0.5, 1.5, size).astype(np.float32)

        q, kv = N_HEADS * self.head_width, N_KV_HEADS * self.head_width
        tensors = {
            "token_embd.weight": weight(VOCABULARY, WIDTH),
            "output_norm.weight": norm(WIDTH),
        }
        if not self.tied:
            tensors["output.weight"] = weight(VOCABULARY, WIDTH)
        for layer in range(self.n_layers):
            p = f"blk.{layer}."
            tensors[p + "attn_norm.weight"] = norm(WIDTH)
            tensors[p + "ffn_norm.weight"] = norm(WIDTH)
            tensors[p + "attn_output.weight"] = weight(WIDTH, q)
            tensors[p + "ffn_down.weight"] = weight(WIDTH, FFN)
            if self.architecture == "phi3":
                tensors[p + "attn_qkv.weight"] = weight(q + 2 * kv, WIDTH)
                tensors[p + "ffn_up.weight"] = weight(2 * FFN, WIDTH)
            else:
                for name, rows in (("attn_q", q), ("attn_k", kv), ("attn_v", kv)):
                    tensors[f"{p}{name}.weight"] = weight(rows, WIDTH)
                    if self.architecture == "qwen2":
                        tensors[f"{p}{name}.bias"] = weight(rows)
                tensors[p + "ffn_gate.weight"] = weight(FFN, WIDTH)
                tensors[p + "ffn_up.weight"] = weight(FFN, WIDTH)
            if self.architecture in ("gemma3", "qwen3"):
                tensors[p + "attn_q_norm.weight"] = norm(self.head_width)
                tensors[p + "attn_k_norm.weight"] = norm(self.head_width)
            if self.architecture == "gemma3":
                tensors[p + "post_attention_norm.weight"] = norm(WIDTH)
                tensors[p + "post_ffw_norm.weight"] = norm(WIDTH)
        return tensors

    def with_outliers(self) -> TinyModel:
        """The same model with a few huge activation channels, as trained models have them."""
        for name in self.tensors:
            if name.endswith(("attn_norm.weight", "ffn_norm.weight")):
                self.tensors[name][[3, 17]] *= 40
        return self

    def write(self, path: Path) -> Path:
        """Writes the GGUF file and returns its path."""
        from gguf import GGUFWriter

        writer = GGUFWriter(path, self.architecture)
        writer.add_context_length(self.context)
        writer.add_block_count(self.n_layers)
        writer.add_embedding_length(WIDTH)
        writer.add_feed_forward_length(FFN)
        writer.add_head_count(N_HEADS)
        writer.add_head_count_kv(N_KV_HEADS)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(10_000.0)
        if self.head_width * N_HEADS != WIDTH:
            writer.add_key_length(self.head_width)
            writer.add_value_length(self.head_width)
        if self.window:
            writer.add_sliding_window(self.window)
        _add_tokenizer(writer)
        for key, value in self.fields.items():
            add = {str: writer.add_string, float: writer.add_float32, int: writer.add_uint32}
            add[type(value)](key, value)
        for name, tensor in self.tensors.items():
            writer.add_tensor(name, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path


@pytest.fixture
def model_cache() -> Path:
    """The cache folder of real, pulled models that the environment names."""
    folder = os.environ.get("COMPANION_TEST_MODELS")
    if not folder:
        pytest.skip("COMPANION_TEST_MODELS names no model cache")
    return Path(folder)


@pytest.fixture
def tiny() -> type[TinyModel]:
    """The class of small models: `tiny("qwen2").write(path)`."""
    return TinyModel


def _add_tokenizer(writer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 (untyped package)
    from tokenizers import pre_tokenizers

    tokens = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = ["Ġ t", "h e", "Ġt he", "i n", "e r"]
    tokens += [merge.replace(" ", "") for merge in merges]
    tokens += ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]
    kinds = [1] * len(tokens)
    kinds[-3:] = [3, 3, 3]
    spare = VOCABULARY - len(tokens)
    tokens += [f"[PAD{index}]" for index in range(spare)]
    kinds += [5] * spare
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|im_start|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template("{{ messages }}")

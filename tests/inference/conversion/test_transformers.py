"""Against transformers, where it is installed (dependency group `reference`).

Small random models: initialised by transformers, written as GGUF by this test the way llama.cpp's
converter does (row order of q and k, fused tensors, norms with their +1), then converted here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.conversion.assembly import Recipe
from inference.conversion.conversion import Job, convert
from inference.ctranslate import next_token_logits, open_generator
from inference.gguf import GgufFile
from inference.tokenizer import Tokenizer, build_tokenizer

if TYPE_CHECKING:
    from tests.inference.conversion.conftest import TinyModel

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

Floats = NDArray[np.float32]

IDS = [3, 141, 59, 26, 200, 53, 58, 97, 93, 23, 84, 62, 64, 33, 83, 27]
SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "vocab_size": 300,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
    "pad_token_id": 0,
    "tie_word_embeddings": True,
    "attn_implementation": "eager",
}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 10_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
GEMMA_ROPE = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
    "full_attention": {"rope_type": "default", "rope_theta": 10_000.0},
}
CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {}),
    "llama-untied": ("Llama", {"tie_word_embeddings": False}),
    "llama-3.1": ("Llama", {"rope_parameters": LLAMA3_ROPE}),
    "qwen2": ("Qwen2", {}),
    "qwen3": ("Qwen3", {"head_dim": 16}),
    "phi3": ("Phi3", {}),
    "gemma3": (
        "Gemma3Text",
        {
            "head_dim": 16,
            "num_hidden_layers": 6,
            "sliding_window": 16,
            "query_pre_attn_scalar": 16,
            "rope_parameters": GEMMA_ROPE,
        },
    ),
}
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.qkv_proj": "attn_qkv",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
GEMMA_NAMES = {
    **NAMES,
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


def reference(kind: str) -> Any:
    """A random transformers model, norms and biases not at their trivial start."""
    class_name, changes = CONFIGS[kind]
    torch.manual_seed(7)
    config = getattr(transformers, f"{class_name}Config")(**{**SHAPE, **changes})
    model = getattr(transformers, f"{class_name.removesuffix('Text')}ForCausalLM")(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.add_(torch.randn_like(parameter) * 0.2)
            else:
                parameter.copy_(torch.randn_like(parameter) * 0.2)
    return model


def interleaved(rows: Floats, n_heads: int) -> Floats:
    """llama.cpp's `permute` (convert_hf_to_gguf.py)."""
    split = rows.reshape(n_heads, 2, len(rows) // n_heads // 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


def as_gguf(model: Any, architecture: str) -> dict[str, Floats]:
    names = GEMMA_NAMES if architecture == "gemma3" else NAMES
    tensors: dict[str, Floats] = {}
    for name, parameter in model.named_parameters():
        values: Floats = parameter.detach().numpy().copy()
        if architecture == "gemma3" and "norm" in name:
            values = values + 1
        if name == "model.embed_tokens.weight":
            tensors["token_embd.weight"] = values
        elif name == "model.norm.weight":
            tensors["output_norm.weight"] = values
        elif name == "lm_head.weight":
            tensors["output.weight"] = values
        else:
            _, _, layer, rest = name.split(".", 3)
            module, part = rest.rsplit(".", 1)
            if architecture == "llama" and module.endswith(("q_proj", "k_proj")):
                values = interleaved(values, 4 if module.endswith("q_proj") else 2)
            tensors[f"blk.{layer}.{names[module]}.{part}"] = values
    if model.config.rope_parameters.get("rope_type") == "llama3":
        plain = 10_000.0 ** (-np.arange(4) / 4)
        tensors["rope_freqs.weight"] = (plain / model.model.rotary_emb.inv_freq.numpy()).astype(
            "f4"
        )
    return tensors


@pytest.mark.parametrize("kind", list(CONFIGS))
def test_logits_are_those_of_transformers(tmp_path: Path, tiny: type[TinyModel], kind: str) -> None:
    model = reference(kind)
    architecture = kind.partition("-")[0]
    written = tiny(architecture, window=16 if architecture == "gemma3" else 0)
    written.tensors = as_gguf(model, architecture)
    path = written.write(tmp_path / "m.gguf")
    convert(Job(path, tmp_path / "exact"), lambda *_: None, Recipe(int8=False))
    with torch.no_grad():
        wanted = model(torch.tensor([IDS])).logits[0].numpy()
    generator = open_generator(tmp_path / "exact", threads=1, compute_type="float32")
    found = next_token_logits(generator, IDS)
    np.testing.assert_allclose(found, wanted, atol=3e-5 * float(np.abs(wanted).max()) + 3e-5)

    convert(Job(path, tmp_path / "int8"), lambda *_: None)
    rounded = next_token_logits(open_generator(tmp_path / "int8", threads=1), IDS)
    assert divergence(wanted, rounded) < 0.02


def divergence(wanted: Floats, found: Floats) -> float:
    a, b = (torch.log_softmax(torch.tensor(logits).double(), -1) for logits in (wanted, found))
    return float((a.exp() * (a - b)).sum(-1).mean())


TEXTS = [
    "Hello, world!  Two  spaces and\ttabs\n\nnew lines",
    "안녕하세요, 내일 3시에 봐요 ㅋㅋㅋ",
    "emoji 👩‍👩‍👧 and ｆｕｌｌ width, naïve café",
    "<|im_start|>user\nhi<|im_end|>\n",
    "don't they'll 12345 3.14 x=1;y=2",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_token_ids_are_those_of_transformers(
    tmp_path: Path, tiny: type[TinyModel], text: str
) -> None:
    """transformers' fast tokenizer, from the same vocabulary and merges."""
    path = tiny("llama").write(tmp_path / "m.gguf")
    with GgufFile(path) as gguf:
        built = build_tokenizer(gguf)
        tokens, merges = built.tokens, gguf.texts("tokenizer.ggml.merges")
    (tmp_path / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges))
    theirs = transformers.GPT2TokenizerFast(
        vocab=str(tmp_path / "vocab.json"),
        merges=str(tmp_path / "merges.txt"),
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        unk_token="<|endoftext|>",
    )
    assert Tokenizer(built.tokenizer).encode(text) == theirs.encode(text, add_special_tokens=False)


REAL = {
    "smollm2-135m": "SmolLM2-135M-Instruct.Q4_1.gguf",
    "qwen2.5-coder-0.5b": "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    "gemma-3-270m": "gemma-3-270m-q4_k_m.gguf",
}


@pytest.mark.real_model
@pytest.mark.parametrize("name", list(REAL))
def test_real_files_say_what_transformers_says_of_them(
    tmp_path: Path, model_cache: Path, name: str
) -> None:
    """Its own dequantiser and layers on the same file; the ids are ours (its GGUF tokenizer
    ignores SmolLM2's pre-tokenizer), compared with its own for the other two."""
    pytest.importorskip("accelerate")  # transformers reads GGUF files with its help
    path = model_cache / "models" / "files" / REAL[name]
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the cache")
    convert(Job(path, tmp_path / "exact"), lambda *_: None, Recipe(int8=False))
    text = "Mina: can you bring 3 cups?\n수진: 네, 내일 3시에 봐요 😀\nMina: thanks!"
    ids = Tokenizer.load(tmp_path / "exact").encode(text)
    if not name.startswith("smollm2"):
        theirs = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        assert ids == theirs.encode(text, add_special_tokens=False)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()
    with torch.no_grad():
        wanted = model(torch.tensor([ids])).logits[0].numpy()
    generator = open_generator(tmp_path / "exact", threads=1, compute_type="float32")
    found = next_token_logits(generator, ids)
    assert divergence(wanted, found[:, : wanted.shape[1]]) < 1e-6
    assert (wanted.argmax(-1) == found.argmax(-1)).all()

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.conversion.adapter import FORMAT, read_adapter
from inference.conversion.assembly import Recipe
from inference.conversion.conversion import Job, convert
from inference.ctranslate import next_token_logits, open_generator
from inference.errors import BrokenModelFile, InferenceError, UnsupportedModel
from inference.files import sha256_of
from inference.modelfolder import read_folder

if TYPE_CHECKING:
    from tests.inference.conversion.conftest import TinyModel

RANK, ALPHA = 4, 8.0


def silent(*_: object) -> None:
    return


def write_adapter(
    path: Path, base_sha256: str, shapes: dict[str, tuple[int, int]], **changes: str
) -> dict[str, NDArray[np.float32]]:
    """Writes a random fp16 adapter; returns the change it makes to each matrix."""
    from safetensors.numpy import save_file

    random = np.random.default_rng(5)
    tensors: dict[str, NDArray[np.float16]] = {}
    added = {}
    for name, (rows, cols) in shapes.items():
        a = random.normal(0, 0.3, (RANK, cols)).astype(np.float16)
        b = random.normal(0, 0.3, (rows, RANK)).astype(np.float16)
        tensors |= {f"{name}.lora_a": a, f"{name}.lora_b": b}
        added[name] = ALPHA / RANK * (b.astype(np.float32) @ a.astype(np.float32))
    metadata = {
        "format": FORMAT,
        "base_sha256": base_sha256,
        "alpha": f"{ALPHA:g}",
        "rank": str(RANK),
        "prompt": "companion-1",
        **changes,
    }
    save_file(tensors, path, metadata)
    return added


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_merging_is_the_same_as_converting_the_changed_weights(
    tmp_path: Path, tiny: type[TinyModel], architecture: str
) -> None:
    """Also for llama, whose q and k rows are stored in another order than they are used in."""
    path = tiny(architecture).write(tmp_path / "base.gguf")
    names = [f"blk.{i}.{m}" for i in (0, 1) for m in ("attn_q", "attn_k", "ffn_down")]
    shapes = {name: tiny(architecture).tensors[f"{name}.weight"].shape for name in names}
    added = write_adapter(tmp_path / "a.safetensors", sha256_of(path), shapes)
    changed = tiny(architecture)
    for name, change in added.items():
        changed.tensors[f"{name}.weight"] = changed.tensors[f"{name}.weight"] + change
    changed.write(tmp_path / "changed.gguf")

    exact = Recipe(int8=False)
    job = Job(path, tmp_path / "merged", adapter=tmp_path / "a.safetensors")
    convert(job, silent, exact)
    convert(Job(tmp_path / "changed.gguf", tmp_path / "changed"), silent, exact)
    logits = [
        next_token_logits(
            open_generator(tmp_path / name, threads=1, compute_type="float32"), [5, 9, 2, 77]
        )
        for name in ("merged", "changed")
    ]
    np.testing.assert_allclose(logits[0], logits[1], atol=1e-5)
    facts = read_folder(tmp_path / "merged").facts
    assert facts.adapter_sha256 == sha256_of(tmp_path / "a.safetensors")
    assert facts.adapter_prompt == "companion-1"


REFUSED: list[tuple[str, dict[str, tuple[int, int]], dict[str, str], type[InferenceError]]] = [
    ("another base", {"blk.0.attn_q": (32, 32)}, {"base_sha256": "0" * 64}, UnsupportedModel),
    ("another format", {"blk.0.attn_q": (32, 32)}, {"format": "peft"}, UnsupportedModel),
    ("a shape that does not fit", {"blk.0.attn_q": (16, 32)}, {}, UnsupportedModel),
    ("a layer the model lacks", {"blk.7.attn_q": (32, 32)}, {}, UnsupportedModel),
    ("a matrix nobody adapts", {"blk.0.attn_norm": (32, 32)}, {}, UnsupportedModel),
    ("another rank than it says", {"blk.0.attn_q": (32, 32)}, {"rank": "8"}, BrokenModelFile),
    ("a rank of nothing", {"blk.0.attn_q": (32, 32)}, {"rank": "0"}, BrokenModelFile),
]


@pytest.mark.parametrize(("claim", "shapes", "changes", "error"), REFUSED)
def test_an_adapter_that_does_not_belong_is_refused(
    tmp_path: Path,
    tiny: type[TinyModel],
    claim: str,
    shapes: dict[str, tuple[int, int]],
    changes: dict[str, str],
    error: type[InferenceError],
) -> None:
    path = tiny("qwen2").write(tmp_path / "base.gguf")
    base = {"base_sha256": sha256_of(path), **changes}
    write_adapter(tmp_path / "a.safetensors", base.pop("base_sha256"), shapes, **base)
    with pytest.raises(error):
        convert(Job(path, tmp_path / "m", adapter=tmp_path / "a.safetensors"), silent)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("contents", [b"", b"\x10\0\0\0\0\0\0\0{}", b"\xff" * 64])
def test_a_file_that_is_no_adapter_is_broken(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(contents)
    with pytest.raises(BrokenModelFile):
        read_adapter(path)

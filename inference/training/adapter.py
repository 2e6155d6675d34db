"""Owns the adapter file (format `companion-lora-1`); it must not train or merge."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from inference.training.examples import MARKED_PROMPT_FORM, PASSAGE_FORM, PROMPT_FORM
from inference.training.model import Lora, Pair

FORMAT = "companion-lora-1"


FORMS = frozenset({PROMPT_FORM, MARKED_PROMPT_FORM, PASSAGE_FORM})


def save_adapter(lora: Lora, base_sha256: str, path: Path, form: str = PROMPT_FORM) -> None:
    """Write the adapter in half precision, so that `path` is at every moment either old or new.

    `form`, of `FORMS`, is that of the prompts it was taught.
    """
    tensors: dict[str, torch.Tensor] = {}
    for name, pair in lora.pairs.items():
        tensors[f"{name}.lora_a"] = pair.a.detach().half().contiguous()
        tensors[f"{name}.lora_b"] = pair.b.detach().half().contiguous()
    metadata = {
        "format": FORMAT,
        "prompt": form,
        "rank": str(lora.rank),
        "alpha": f"{lora.alpha:g}",
        "base_sha256": base_sha256,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    save_file(tensors, unfinished, metadata)
    unfinished.chmod(0o644)  # the library leaves it closed to others
    unfinished.replace(path)


def load_adapter(path: Path, base_sha256: str) -> Lora:
    """Given an adapter file, return it in float32; raise ValueError if it was made for another
    base, another prompt form or in another format.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        wanted = {"format": {FORMAT}, "prompt": FORMS, "base_sha256": {base_sha256}}
        for key, values in wanted.items():
            if metadata.get(key) not in values:
                raise ValueError(f"adapter has {key} {metadata.get(key)!r}, not {min(values)!r}")
        keys: list[str] = file.keys()
        names = sorted({key.rpartition(".")[0] for key in keys})
        pairs = {
            name: Pair(
                file.get_tensor(f"{name}.lora_a").float(),
                file.get_tensor(f"{name}.lora_b").float(),
            )
            for name in names
        }
    return Lora(int(metadata["rank"]), float(metadata["alpha"]), pairs)

"""The adapter file holds what the converter's contract says, and refuses another base."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from safetensors import safe_open  # noqa: E402

from inference.training.adapter import load_adapter, save_adapter  # noqa: E402
from inference.training.examples import MARKED_PROMPT_FORM  # noqa: E402
from inference.training.model import new_lora  # noqa: E402

if TYPE_CHECKING:
    from inference.training.base import Base


def test_names_shapes_type_and_metadata_follow_the_contract(
    tiny_base: Base, tmp_path: Path
) -> None:
    path = tmp_path / "adapters" / "adapter.safetensors"
    save_adapter(new_lora(tiny_base, 2, rank=4, alpha=8.0, seed=0), tiny_base.sha256, path)
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == {
            "format": "companion-lora-1",
            "prompt": "companion-1",
            "rank": "4",
            "alpha": "8",
            "base_sha256": tiny_base.sha256,
        }
        assert len(list(file.keys())) == 14
        down_a = file.get_tensor("blk.2.ffn_down.lora_a")
        down_b = file.get_tensor("blk.2.ffn_down.lora_b")
    assert down_a.shape == (4, 32)
    assert down_b.shape == (16, 4)
    assert down_a.dtype == down_b.dtype == torch.float16
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_adapter_comes_back_as_it_was_to_half_precision(tiny_base: Base, tmp_path: Path) -> None:
    lora = new_lora(tiny_base, 1, rank=4, alpha=8.0, seed=0)
    save_adapter(lora, tiny_base.sha256, tmp_path / "a.safetensors")
    again = load_adapter(tmp_path / "a.safetensors", tiny_base.sha256)
    assert (again.rank, again.alpha) == (4, 8.0)
    assert set(again.pairs) == set(lora.pairs)
    for name, pair in lora.pairs.items():
        assert torch.equal(again.pairs[name].a, pair.a.detach().half().float())


def test_an_adapter_says_whether_it_knows_context(tiny_base: Base, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    lora = new_lora(tiny_base, 1, rank=4, alpha=8.0, seed=0)
    save_adapter(lora, tiny_base.sha256, path, MARKED_PROMPT_FORM)
    with safe_open(path, framework="pt") as file:
        assert file.metadata()["prompt"] == "companion-2"
    assert load_adapter(path, tiny_base.sha256).rank == 4


def test_an_adapter_of_another_base_is_refused(tiny_base: Base, tmp_path: Path) -> None:
    lora = new_lora(tiny_base, 1, rank=4, alpha=8.0, seed=0)
    save_adapter(lora, "b" * 64, tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="base_sha256"):
        load_adapter(tmp_path / "a.safetensors", tiny_base.sha256)

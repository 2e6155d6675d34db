"""The adapter that ships is one that the converter accepts, small enough to lie in a repository."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open

from inference.conversion.adapter import read_adapter

FOLDER = Path(__file__).parents[3] / "inference" / "adapters" / "qwen2.5-coder-0.5b"
ADAPTER = FOLDER / "adapter.safetensors"
BASE_SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
LIMIT_BYTES = 20_000_000


def test_it_belongs_to_the_official_base_and_to_the_prompt_in_use() -> None:
    adapter = read_adapter(ADAPTER)
    adapter.require_base(BASE_SHA256)
    assert adapter.prompt == "companion-1"


def test_it_is_half_precision_and_under_twenty_megabytes() -> None:
    assert ADAPTER.stat().st_size < LIMIT_BYTES
    with safe_open(ADAPTER, framework="numpy") as file:
        types = {str(file.get_tensor(name).dtype) for name in list(file.keys())}
    assert types == {"float16"}


def test_its_card_names_the_rank_that_the_file_has() -> None:
    with safe_open(ADAPTER, framework="numpy") as file:
        metadata = file.metadata()
    card = (FOLDER / "card.md").read_text(encoding="utf-8")
    assert f"rank {metadata['rank']}, alpha {metadata['alpha']}" in card
    assert metadata["base_sha256"] in card


def test_the_curve_that_the_card_tells_of_lies_beside_it() -> None:
    lines = (FOLDER / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    checks = [row["held_out_loss"] for row in map(json.loads, lines) if "held_out_loss" in row]
    assert checks[-1] < checks[0]

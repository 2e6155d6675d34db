"""The adapters that ship are such as the converter accepts, small enough to lie in a repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors import safe_open

from inference.catalogue import Catalogue
from inference.conversion.adapter import read_adapter
from inference.prompts import MARKED_PROMPT_VERSION, PASSAGE_PROMPT_VERSION, PROMPT_VERSION

ADAPTERS = Path(__file__).parents[3] / "inference" / "adapters"
FOLDERS = sorted(path for path in ADAPTERS.iterdir() if (path / "card.md").exists())
FILE = "adapter.safetensors"
LIMIT_BYTES = 20_000_000

each_adapter = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def test_every_adapter_is_that_of_a_model_of_the_catalogue() -> None:
    assert {entry.adapter for entry in Catalogue.load()} - {""} == {f.name for f in FOLDERS}


@each_adapter
def test_it_belongs_to_the_official_base_and_to_a_prompt_in_use(folder: Path) -> None:
    (entry,) = (entry for entry in Catalogue.load() if entry.adapter == folder.name)
    adapter = read_adapter(folder / FILE)
    adapter.require_base(entry.sha256)
    assert adapter.prompt in {PROMPT_VERSION, MARKED_PROMPT_VERSION, PASSAGE_PROMPT_VERSION}


@each_adapter
def test_it_is_half_precision_and_under_twenty_megabytes(folder: Path) -> None:
    assert (folder / FILE).stat().st_size < LIMIT_BYTES
    with safe_open(folder / FILE, framework="numpy") as file:
        types = {str(file.get_tensor(name).dtype) for name in list(file.keys())}
    assert types == {"float16"}


@each_adapter
def test_its_card_names_the_rank_that_the_file_has(folder: Path) -> None:
    with safe_open(folder / FILE, framework="numpy") as file:
        metadata = file.metadata()
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert f"rank {metadata['rank']}, alpha {metadata['alpha']}" in card
    assert metadata["base_sha256"] in card


@each_adapter
def test_the_curve_that_the_card_tells_of_lies_beside_it(folder: Path) -> None:
    lines = (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    checks = [row["held_out_loss"] for row in map(json.loads, lines) if "held_out_loss" in row]
    assert checks[-1] < checks[0]

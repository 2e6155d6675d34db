"""The shipped entries on their real files: slow, and skipped where they are not in the cache.

The figures are those of the docstrings in inference/selftest.py and inference/catalogue.toml.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inference.catalogue import Catalogue
from inference.conversion.assembly import Recipe
from inference.conversion.conversion import Job, convert
from inference.modelfolder import ModelFolder
from inference.modelstore import ModelStore

pytestmark = pytest.mark.real_model

NAMES = ["smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "gemma-3-270m"]

# What a processor without VNNI has; the whole process must be told before oneDNN loads.
WITHOUT_VNNI = {"ONEDNN_MAX_CPU_ISA": "AVX2"}


def ready(cache: Path, name: str) -> ModelFolder:
    store = ModelStore(cache)
    entry = Catalogue.load().get(name)
    if not store.file_of(entry).is_file():
        pytest.skip(f"{entry.file} is not in the cache")
    return store.prepare(entry, lambda *_: None)


def self_test_elsewhere(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """The self-test's findings in a process of its own."""
    code = (
        "import json, sys; from pathlib import Path; from inference.selftest import self_test; "
        "print(json.dumps(self_test(Path(sys.argv[1])).to_json()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("environment", [{}, WITHOUT_VNNI])
@pytest.mark.parametrize("name", NAMES)
def test_what_ships_stays_under_its_limit_on_every_kernel(
    model_cache: Path, name: str, environment: dict[str, str]
) -> None:
    model = ready(model_cache, name)
    found = self_test_elsewhere(model.path, environment)
    limit = Catalogue.load().get(name).divergence_limit
    assert found["worst_pair"] <= 128
    assert found["mean_divergence"] < limit / 1.25


@pytest.mark.parametrize("environment", [{}, WITHOUT_VNNI])
def test_a_plain_conversion_is_over_its_limit_on_every_kernel(
    tmp_path: Path, model_cache: Path, environment: dict[str, str]
) -> None:
    entry = Catalogue.load().get("tiny")
    source = ModelStore(model_cache).file_of(entry)
    if not source.is_file():
        pytest.skip(f"{entry.file} is not in the cache")
    plain = Recipe(bounded=False, smooth=False, untie=False)
    convert(Job(source, tmp_path / "plain"), lambda *_: None, plain)
    found = self_test_elsewhere(tmp_path / "plain", environment)
    assert found["worst_pair"] == 254
    assert found["mean_divergence"] > entry.divergence_limit * 1.25

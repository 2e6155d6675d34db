"""bench: figures of the sample stores with and without a model, and the limits beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.benching import Limits, run_bench
from companion.config import Config
from companion.memory import read_peak_bytes, read_resident_bytes
from companion.modelling import NO_MODEL, Model


def test_limits_follow_from_what_the_machine_moves_and_multiplies() -> None:
    limits = Limits(copied_bytes_per_s=5e9, float_ops_per_s=40e9)
    assert limits.find_decode_limit(size_bytes=500_000_000) == pytest.approx(20)
    assert limits.find_prefill_limit(size_bytes=500_000_000) == pytest.approx(40)


def test_without_a_model_the_stores_alone_are_measured(tmp_path: Path) -> None:
    config = Config(model=NO_MODEL)
    bench = run_bench(tmp_path, config, Model(config, tmp_path / "cache"))
    assert bench.model is None
    assert bench.messages >= 150
    assert bench.ingest_s > 0
    assert bench.unread_s > 0
    assert bench.limits.copied_bytes_per_s > 0
    assert bench.limits.float_ops_per_s > 0


def test_what_is_there_now_was_there_at_most() -> None:
    assert 0 < read_resident_bytes() <= read_peak_bytes()

"""bench: figures of the sample stores with and without a model, and the limits beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.benching import Limits, check_peer, race_peer, run_bench
from companion.benching.limits import find_int8_gain
from companion.benching.peering import PeerFailed
from companion.config import Config
from companion.errors import UsageError
from companion.memory import read_peak_bytes, read_resident_bytes
from companion.modelling import NO_MODEL, Model
from inference.footprint import WeightSizes


def test_limits_follow_from_what_the_machine_moves_and_multiplies() -> None:
    limits = Limits(copied_bytes_per_s=5e9, float_ops_per_s=40e9, int8_gain=4.0)
    weights = WeightSizes(layer_bytes=400_000_000, output_bytes=100_000_000)
    assert limits.find_decode_limit(weights) == pytest.approx(20)
    assert limits.find_prefill_limit(weights) == pytest.approx(200)


@pytest.mark.parametrize(
    ("flags", "architecture", "gain"),
    [
        ({"fma", "avx2"}, "x86_64", 4 / 3),
        ({"fma", "avx2", "avx512_vnni"}, "x86_64", 4),
        ({"fma", "avx2", "avx_vnni"}, "x86_64", 4),
        ({"asimd", "asimddp"}, "aarch64", 4),
        ({"asimd"}, "aarch64", 4 / 3),
        (set(), "arm64", 4),
    ],
)
def test_instructions_decide_what_int8_gains(
    flags: set[str], architecture: str, gain: float
) -> None:
    assert find_int8_gain(flags, architecture) == pytest.approx(gain)


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.benching.peering.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install llama-cpp-python"):
        check_peer()


def test_a_peer_needs_the_file_that_the_model_was_made_of(tmp_path: Path) -> None:
    with pytest.raises(PeerFailed, match="companion model pull qwen"):
        race_peer(Model(Config(), tmp_path / "cache"))


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

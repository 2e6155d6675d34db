from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import selftest
from inference.errors import BrokenModelFile
from inference.selftest import REFERENCE_FILE, SelfTest, divergences, write_reference


def findings(*, worst_pair: int = 128, mean: float = 0.01) -> SelfTest:
    return SelfTest(worst_pair, "w", mean, mean, 120, divergence_limit=0.03)


@pytest.mark.parametrize(
    ("found", "passed"),
    [
        (findings(), True),
        (findings(worst_pair=129), False),
        (findings(mean=0.031), False),
        (findings(mean=float("nan")), False),
        (findings(worst_pair=0), True),
    ],
)
def test_a_model_passes_when_it_neither_overflows_nor_diverges(
    found: SelfTest, passed: bool
) -> None:
    assert found.passed is passed
    assert found.to_json()["passed"] is passed


def noted_divergence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, shift: float
) -> list[list[float]]:
    """What the numerical check finds of a model whose logits are off by noise of that size."""
    random = np.random.default_rng(1)
    prompts = [[1, 2, 3, 4], [5, 6, 7]]
    logits = {tuple(p): random.normal(0, 3, (len(p), 500)).astype(np.float32) for p in prompts}
    write_reference(folder, prompts, [logits[tuple(p)][-2:] for p in prompts])

    def answer(
        _generator: object, ids: list[int]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        noise = random.normal(0, 1, (len(ids), 500)).astype(np.float32)
        return np.asarray(logits[tuple(ids)] + shift * noise)

    monkeypatch.setattr(selftest, "open_generator", lambda *_, **__: None)
    monkeypatch.setattr(selftest, "next_token_logits", answer)
    return divergences(folder, threads=1)


def test_the_same_answers_diverge_by_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = noted_divergence(tmp_path, monkeypatch, shift=0)
    assert [len(prompt) for prompt in found] == [2, 2]
    assert max(abs(value) for prompt in found for value in prompt) < 1e-5


def test_noise_in_the_answers_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise of deviation d changes log-probabilities so that KL is about d * d / 2."""
    found = noted_divergence(tmp_path, monkeypatch, shift=0.3)
    mean = float(np.mean([value for prompt in found for value in prompt]))
    assert 0.02 < mean < 0.08


@given(st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=8), st.integers(0, 2**32 - 1))
def test_divergence_over_top_tokens_and_the_rest_is_never_negative(
    values: list[float], seed: int
) -> None:
    logits = np.asarray([values], np.float32)
    other = logits + np.random.default_rng(seed).normal(size=logits.shape).astype(np.float32)
    wanted, given_ = selftest._log_softmax(logits), selftest._log_softmax(other)
    top = np.argsort(wanted)[:, 1:]
    found = selftest._divergence(
        np.take_along_axis(wanted, top, 1).astype(np.float32), np.take_along_axis(given_, top, 1)
    )
    assert float(found[0]) >= -1e-5


@pytest.mark.parametrize("contents", [b"", b"no archive", b"PK\x05\x06" + b"\0" * 18])
def test_a_damaged_reference_is_a_broken_model(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / REFERENCE_FILE).write_bytes(contents)
    with pytest.raises(BrokenModelFile, match="reference"):
        divergences(tmp_path, threads=1)

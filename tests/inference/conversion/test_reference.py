"""Without torch: our float32 pass and CTranslate2's, written apart, say the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.conversion.architecture import read_architecture
from inference.conversion.assembly import Recipe
from inference.conversion.conversion import Job, convert
from inference.conversion.layers import LayerWeights, read_layer
from inference.conversion.reference import Reference, rms_norm
from inference.conversion.smoothing import Peaks, smooth_layer
from inference.ctranslate import next_token_logits, open_generator
from inference.gguf import GgufFile

if TYPE_CHECKING:
    from tests.inference.conversion.conftest import TinyModel

IDS = [3, 141, 59, 26, 200, 53, 58, 97, 93, 23, 84, 62, 64, 33]
FREQUENCIES = np.asarray([1.0, 1.5, 4.0, 8.0], np.float32)

MODELS: list[tuple[str, dict[str, object]]] = [
    ("llama", {}),
    ("llama", {"tied": False}),
    ("llama", {"tensors": {"rope_freqs.weight": FREQUENCIES}}),
    (
        "llama",
        {"fields": {"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0}},
    ),
    ("qwen2", {}),
    ("qwen3", {}),
    ("phi3", {}),
    ("gemma3", {}),
]


def silent(*_: object) -> None:
    return


def unchanged(_name: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    return weights


def reference_logits(path: Path, ids: list[int], smooth: bool = False) -> NDArray[np.float32]:
    with GgufFile(path) as gguf:
        shape = read_architecture(gguf)
        table = gguf.matrix("token_embd.weight")
        pass_ = Reference(shape, [table[ids]])
        for index in range(shape.n_layers):
            layer = read_layer(gguf, shape, index, unchanged)
            if smooth:
                smoothed(pass_, index, layer)
            pass_.advance(index, layer)
        states = rms_norm(pass_.hidden, gguf.vector("output_norm.weight"), shape.epsilon)
        head = gguf.matrix("output.weight") if "output.weight" in gguf else table
        return np.asarray(states @ head.T)


def smoothed(pass_: Reference, index: int, layer: LayerWeights) -> None:
    """Measures on a copy of the states, then changes the layer."""
    before = pass_.hidden.copy()
    peaks = Peaks(len(before))
    pass_.advance(index, layer, peaks.observe)
    pass_.hidden = before
    smooth_layer(pass_.architecture, layer, peaks)


@pytest.mark.parametrize(("architecture", "changes"), MODELS)
def test_ctranslate2_computes_what_the_reference_computes(
    tmp_path: Path, tiny: type[TinyModel], architecture: str, changes: dict[str, object]
) -> None:
    path = tiny(architecture, **changes).write(tmp_path / "m.gguf")  # type: ignore[arg-type]
    convert(Job(path, tmp_path / "m"), silent, Recipe(int8=False))
    generator = open_generator(tmp_path / "m", threads=1, compute_type="float32")
    found = next_token_logits(generator, IDS)
    np.testing.assert_allclose(found, reference_logits(path, IDS), atol=2e-5)


@pytest.mark.parametrize(("architecture", "changes"), MODELS)
def test_smoothing_changes_nothing_in_exact_arithmetic(
    tmp_path: Path, tiny: type[TinyModel], architecture: str, changes: dict[str, object]
) -> None:
    model = tiny(architecture, **changes).with_outliers()  # type: ignore[arg-type]
    path = model.write(tmp_path / "m.gguf")
    plain, smooth = reference_logits(path, IDS), reference_logits(path, IDS, smooth=True)
    np.testing.assert_allclose(smooth, plain, atol=2e-3 * float(np.abs(plain).max()))


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gemma3"])
def test_several_texts_in_one_pass_do_not_see_each_other(
    tmp_path: Path, tiny: type[TinyModel], architecture: str
) -> None:
    path = tiny(architecture).write(tmp_path / "m.gguf")
    with GgufFile(path) as gguf:
        shape = read_architecture(gguf)
        table = gguf.matrix("token_embd.weight")
        both = Reference(shape, [table[IDS], table[IDS[5:]]])
        alone = Reference(shape, [table[IDS[5:]]])
        for index in range(shape.n_layers):
            layer = read_layer(gguf, shape, index, unchanged)
            both.advance(index, layer)
            alone.advance(index, layer)
    np.testing.assert_allclose(both.hidden[both.spans[1]], alone.hidden, rtol=1e-4, atol=1e-4)


def test_scaled_rotation_holds_when_tokens_come_one_by_one(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("llama", tensors={"rope_freqs.weight": FREQUENCIES}).write(tmp_path / "m.gguf")
    convert(Job(path, tmp_path / "m"), silent, Recipe(int8=False))
    generator = open_generator(tmp_path / "m", threads=1, compute_type="float32")
    import json

    tokens = json.loads((tmp_path / "m" / "vocabulary.json").read_text(encoding="utf-8"))
    given = [tokens[index] for index in IDS]
    result = generator.generate_batch(
        [given], max_length=8, include_prompt_in_result=False, end_token=[]
    )[0]
    ids = list(IDS)
    for token_id in result.sequences_ids[0]:
        assert token_id == int(reference_logits(path, ids)[-1].argmax())
        ids.append(token_id)

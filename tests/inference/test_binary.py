from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.binary import ModelBinary
from inference.errors import BrokenModelFile
from inference.selftest import worst_pair

Int8 = NDArray[np.int8]


def text(name: str) -> bytes:
    return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"


def model_bin(variables: dict[str, Int8], aliases: dict[str, str] | None = None) -> bytes:
    parts = [struct.pack("<I", 6), text("Spec"), struct.pack("<II", 7, len(variables))]
    for name, values in variables.items():
        parts += [text(name), struct.pack("<B", values.ndim)]
        parts += [struct.pack("<I", size) for size in values.shape]
        parts += [struct.pack("<BI", 1, values.nbytes), values.tobytes()]
    parts.append(struct.pack("<I", len(aliases or {})))
    for alias, name in (aliases or {}).items():
        parts += [text(alias), text(name)]
    return b"".join(parts)


FULL = np.full((2, 4), 100, np.int8)
HALF = np.full((2, 4), 50, np.int8)


def test_the_worst_pair_is_found_with_its_name(tmp_path: Path) -> None:
    layers = {"decoder/a/weight": HALF, "decoder/b/weight": FULL}
    (tmp_path / "model.bin").write_bytes(model_bin(layers))
    assert worst_pair(tmp_path) == (200, "decoder/b/weight")


def test_embeddings_count_only_when_the_output_layer_is_tied_to_them(tmp_path: Path) -> None:
    table = {"decoder/embeddings/weight": FULL}
    (tmp_path / "model.bin").write_bytes(model_bin(table))
    assert worst_pair(tmp_path) == (0, "")
    tied = {"decoder/projection/weight": "decoder/embeddings/weight"}
    (tmp_path / "model.bin").write_bytes(model_bin(table, tied))
    assert worst_pair(tmp_path) == (200, "decoder/embeddings/weight")


def test_negative_pairs_count_as_positive_ones_do(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(model_bin({"w": -FULL}))
    assert worst_pair(tmp_path)[0] == 200


def test_a_file_cut_anywhere_is_broken(tmp_path: Path) -> None:
    whole = model_bin({"decoder/a/weight": HALF}, {"x": "decoder/a/weight"})
    path = tmp_path / "model.bin"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(BrokenModelFile):
            ModelBinary(path)


@pytest.mark.parametrize(
    "contents",
    [
        struct.pack("<I", 5) + b"\0" * 20,
        model_bin({"w": HALF}) + b"\0",
        model_bin({"w": HALF}).replace(struct.pack("<I", 8) + HALF.tobytes(), b"\xff" * 12),
    ],
)
def test_what_does_not_hold_together_is_broken(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(contents)
    with pytest.raises(BrokenModelFile):
        ModelBinary(tmp_path / "model.bin")

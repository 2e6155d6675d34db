from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from inference.errors import BrokenModelFile
from inference.footprint import (
    LOADED_BYTES,
    WORKING_SHARE,
    WeightSizes,
    count_fitting_tokens,
    count_token_bytes,
    measure_weights,
)

SHAPES = {
    "decoder/embeddings/weight": (50, 8),
    "decoder/layer_0/self_attention/linear_0/weight": (24, 8),
    "decoder/layer_0/self_attention/linear_1/weight": (8, 16),
    "decoder/layer_1/self_attention/linear_1/weight": (8, 12),
    "decoder/num_heads": (),
}


def write_text(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def write_model(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> Path:
    """A model file of bytes without meaning, with these names and shapes."""
    parts = [
        *(struct.pack("<I", 6), write_text("TransformerDecoderSpec")),
        struct.pack("<II", 8, len(shapes)),
    ]
    for name, shape in shapes.items():
        size = 1
        for n in shape:
            size *= n
        head = struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, 1, size)
        parts += [write_text(name), head, b"\x7f" * size]
    file = folder / "model.bin"
    file.write_bytes(b"".join(parts))
    return file


def test_a_token_keeps_two_floats_for_each_width_of_every_layer(tmp_path: Path) -> None:
    assert count_token_bytes(write_model(tmp_path, SHAPES)) == 2 * 4 * (16 + 12)


def test_what_the_weights_leave_is_for_tokens(tmp_path: Path) -> None:
    file = write_model(tmp_path, SHAPES)
    taken = LOADED_BYTES + file.stat().st_size
    assert count_fitting_tokens(file, taken) == 0
    token_bytes = WORKING_SHARE * 2 * 4 * (16 + 12)
    assert count_fitting_tokens(file, taken + int(10.5 * token_bytes)) == 10
    assert count_fitting_tokens(file, 0) < 0


@pytest.mark.parametrize(
    ("more", "output_bytes"), [({}, 50 * 8), ({"decoder/projection/weight": (50, 9)}, 50 * 9)]
)
def test_layers_are_told_from_the_output_which_may_be_the_embeddings(
    tmp_path: Path, more: dict[str, tuple[int, ...]], output_bytes: int
) -> None:
    sizes = measure_weights(write_model(tmp_path, SHAPES | more))
    assert sizes == WeightSizes(24 * 8 + 8 * 16 + 8 * 12, output_bytes)


@pytest.mark.parametrize("length", [0, 3, 30, 40, 100, 500])
def test_a_cut_file_is_broken(tmp_path: Path, length: int) -> None:
    file = write_model(tmp_path, SHAPES)
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(BrokenModelFile):
        count_token_bytes(file)


def test_a_file_without_attention_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenModelFile):
        count_token_bytes(write_model(tmp_path, {"decoder/num_heads": ()}))

"""Owns how much of memory a model and its running calls take; it runs none."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from inference.errors import BrokenModelFile

LIMIT_BYTES = 1_200_000_000
"""What a process with a model may take unless it is told otherwise."""

LOADED_BYTES = 135_000_000
"""Beside the weights: Python, libraries, vocabulary, what the engine keeps after its first call.
Measured with a 0.5B: 765 MB with weights of 633 MB."""

WORKING_SHARE = 1.21
"""What a call takes at most, by the keys and values of all that is counted of it; measured with
three beams of a 0.5B: 198 MB for 954 tokens of 172,032 bytes, with freed pages given back."""

_FLOAT_BYTES = 4
_OUTPUT_WEIGHT = "self_attention/linear_1/weight"
"""Of each layer's attention, (hidden, heads * width)."""

_LAYERS = "decoder/layer_"
_OUTPUT = "decoder/projection/weight"
_EMBEDDINGS = "decoder/embeddings/weight"


def count_fitting_tokens(model_file: Path, limit_bytes: int) -> int:
    """Tokens, as `inference.batching` counts them, of which calls may run side by side.

    0 or less where the weights alone are too much: one call runs then, whatever it takes.
    Raises BrokenModelFile for a file that is no model of CTranslate2.
    """
    free_bytes = limit_bytes - LOADED_BYTES - model_file.stat().st_size
    return int(free_bytes / (WORKING_SHARE * count_token_bytes(model_file)))


@dataclass(frozen=True, slots=True)
class WeightSizes:
    """What of the weights is used when, in bytes."""

    layer_bytes: int
    """Multiplied for every token that is read or written."""

    output_bytes: int
    """For every token that is written, and for the last one that is read."""


def measure_weights(model_file: Path) -> WeightSizes:
    """Raises BrokenModelFile as above. Of the embeddings a row a token is read, next to nothing."""
    with model_file.open("rb") as stream:
        sizes = {name: size_bytes for name, _, size_bytes in _list_variables(stream)}
    layer_bytes = sum(size for name, size in sizes.items() if name.startswith(_LAYERS))
    # Without an output layer of its own a model takes its embeddings for it.
    output_bytes = sizes.get(_OUTPUT) or sizes.get(_EMBEDDINGS, 0)
    if not layer_bytes:
        raise _broken(model_file)
    return WeightSizes(layer_bytes, output_bytes)


def count_token_bytes(model_file: Path) -> int:
    """Bytes of keys and values that CTranslate2 keeps of one token.

    In float32, and once for every head, also where several share theirs in the model.
    """
    with model_file.open("rb") as stream:
        widths = [
            shape[-1] for name, shape, _ in _list_variables(stream) if name.endswith(_OUTPUT_WEIGHT)
        ]
    if not widths:
        raise _broken(model_file)
    return 2 * _FLOAT_BYTES * sum(widths)


def _list_variables(stream: IO[bytes]) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """Name, shape and bytes of each variable, as `ctranslate2.specs.model_spec` writes them."""
    try:
        _read_number(stream, "<I")  # version of the format
        _read_text(stream)  # kind of model
        _read_number(stream, "<I")  # and its version
        for _ in range(_read_number(stream, "<I")):
            name = _read_text(stream)
            rank = _read_number(stream, "<B")
            shape = tuple(_read_number(stream, "<I") for _ in range(rank))
            _read_number(stream, "<B")
            size_bytes = _read_number(stream, "<I")
            yield name, shape, size_bytes
            stream.seek(size_bytes, os.SEEK_CUR)
    except (struct.error, UnicodeDecodeError) as error:
        raise _broken(Path(stream.name)) from error


def _read_number(stream: IO[bytes], form: str) -> int:
    (number,) = struct.unpack(form, stream.read(struct.calcsize(form)))
    return int(number)


def _read_text(stream: IO[bytes]) -> str:
    return stream.read(_read_number(stream, "<H")).rstrip(b"\0").decode()


def _broken(model_file: Path) -> BrokenModelFile:
    return BrokenModelFile(
        f"the model in {model_file.parent.name} is damaged: no attention in {model_file.name}",
        next_step="run companion model verify",
    )

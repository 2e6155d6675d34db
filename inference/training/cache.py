"""Owns the stored output of the frozen lower layers; it must not know what is trained above."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.training.examples import Example
from inference.training.model import Decoder, Span

Rows: TypeAlias = NDArray[np.float16]


class LowerStates:
    """Hidden rows in front of the first adapted layer, as float16 in one memory-mapped file.

    Invariant: an example's mark is set only after its rows are written, so a killed run leaves
    rows to be made again, never wrong ones. The file belongs to one base, one corpus and one
    first layer; `key` names them and a file of another key is begun anew.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        examples: Sequence[Example],
        decoder: Decoder,
        first_layer: int,
    ) -> None:
        self._decoder = decoder
        self._first_layer = first_layer
        self._offsets: dict[str, int] = {}
        rows = 0
        for example in examples:
            self._offsets[example.id] = rows
            rows += example.length_tokens
        self._marks_index = {example.id: i for i, example in enumerate(examples)}
        folder.mkdir(parents=True, exist_ok=True)
        key_file = folder / "lower.key"
        known = key_file.exists() and key_file.read_text(encoding="utf-8") == key
        mode: Literal["r+", "w+"] = "r+" if known else "w+"
        if not known:
            key_file.unlink(missing_ok=True)  # before the rows it vouches for are gone
        self._rows: Rows = np.memmap(
            folder / "lower.f16", np.float16, mode, shape=(rows, decoder.shape.width)
        )
        self._marks: NDArray[np.uint8] = np.memmap(
            folder / "lower.marks", np.uint8, mode, shape=(len(examples),)
        )
        key_file.write_text(key, encoding="utf-8")

    def pack(self, examples: Sequence[Example]) -> Tensor:
        """The rows of a pack, end to end; what is missing is computed and kept."""
        for example in examples:
            if not self._marks[self._marks_index[example.id]]:
                self._fill(example)
        parts = [self._slice(example) for example in examples]
        return torch.from_numpy(np.concatenate(parts)).float()

    def _fill(self, example: Example) -> None:
        span = Span(0, example.length_tokens, 0)
        with torch.no_grad():
            hidden = self._decoder.embed(example.input_ids)
            hidden = self._decoder.run_layers(hidden, [span], 0, self._first_layer)
        if not bool(torch.isfinite(hidden.half()).all()):
            raise OverflowError("a hidden state does not fit float16")
        self._slice(example)[:] = hidden.half().numpy()
        self._marks[self._marks_index[example.id]] = 1

    def _slice(self, example: Example) -> Rows:
        start = self._offsets[example.id]
        return self._rows[start : start + example.length_tokens]

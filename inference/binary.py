"""Owns reading CTranslate2's model.bin, so that a saved model can be checked without loading it.

The format is that of ctranslate2/specs/model_spec.py, binary version 6: a header, named variables
with their shapes and bytes, then aliases from one name to another.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from inference.errors import BrokenModelFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BINARY_VERSION = 6
_TYPE_SIZES = (4, 1, 2, 4, 2, 2)
_INT8 = 1


@dataclass(frozen=True, slots=True)
class Variable:
    """Where one variable lies in model.bin."""

    name: str
    shape: tuple[int, ...]
    type_id: int
    start: int
    size_bytes: int


class ModelBinary:
    """The variables of one model.bin; raises BrokenModelFile when it does not hold together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise _broken(path, "it cannot be read") from error
        try:
            self._read()
        except BaseException:
            self._map.close()
            raise

    def _read(self) -> None:
        self._at = 0
        version = self._number("I")
        if version != _BINARY_VERSION:
            raise _broken(self.path, f"it has the binary version {version}")
        self.spec_name = self._string()
        self._number("I")
        self.variables: dict[str, Variable] = {}
        for _ in range(self._number("I")):
            variable = self._variable()
            self.variables[variable.name] = variable
        self.aliases: dict[str, str] = {}
        for _ in range(self._number("I")):
            alias = self._string()
            self.aliases[alias] = self._string()
        if self._at != len(self._map):
            raise _broken(self.path, "it holds more than it says")

    def _variable(self) -> Variable:
        name = self._string()
        shape = tuple(self._number("I") for _ in range(self._number("B")))
        type_id = self._number("B")
        size_bytes = self._number("I")
        count = 1
        for size in shape:
            count *= size
        if type_id >= len(_TYPE_SIZES) or count * _TYPE_SIZES[type_id] != size_bytes:
            raise _broken(self.path, f"{name} has a shape that is not its size")
        return Variable(name, shape, type_id, self._take(size_bytes), size_bytes)

    def _take(self, n_bytes: int) -> int:
        start = self._at
        if n_bytes > len(self._map) - start:
            raise _broken(self.path, "it is cut short")
        self._at += n_bytes
        return start

    def _number(self, code: str) -> int:
        start = self._take(struct.calcsize("<" + code))
        return int(struct.unpack_from("<" + code, self._map, start)[0])

    def _string(self) -> str:
        size_bytes = self._number("H")
        start = self._take(size_bytes)
        return self._map[start : start + size_bytes].rstrip(b"\0").decode("utf-8", "replace")

    def int8_matrices(self) -> Iterator[tuple[str, NDArray[np.int8]]]:
        """Every int8 matrix that is multiplied by activations, in file order.

        Embeddings are left out unless the output layer is an alias of them: looking a row up
        multiplies nothing. The arrays are views of the file, valid while it is open.
        """
        import numpy as np

        multiplied = set(self.aliases.values())
        for variable in self.variables.values():
            if variable.type_id != _INT8 or len(variable.shape) != 2:
                continue
            if "embeddings/" in variable.name and variable.name not in multiplied:
                continue
            flat = np.frombuffer(self._map, np.int8, variable.size_bytes, variable.start)
            yield variable.name, flat.reshape(variable.shape)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._map.close()
        except BufferError:
            # A view of the file is still held by a caller; the mapping goes with it.
            return


def _broken(path: Path, reason: str) -> BrokenModelFile:
    return BrokenModelFile(
        f"{path.parent.name}/{path.name} is not a usable model: {reason}",
        next_step="run companion model verify",
    )

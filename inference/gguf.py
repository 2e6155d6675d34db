"""Owns reading GGUF files (metadata and tensors as float32); it must not know any architecture.

The format is described in ggml's docs/gguf.md. The `gguf` package's own reader makes several
numpy views for every element of every array and needs seconds for a vocabulary; this one reads
the same in a fraction of that and checks every length against the file before it believes it.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from inference.errors import BrokenModelFile, UnsupportedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Scalar: TypeAlias = int | float | bool | str
Value: TypeAlias = Scalar | list["Value"]

_SCALAR_CODES = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_MAX_NESTING = 4
_MAX_DIMENSIONS = 4

# The smallest bytes a metadata entry (key length, type, one byte) and a tensor entry (name
# length, dimension count, one dimension, type, offset) can take: a count that claims more than
# the file could hold is a lie, found before anything is allocated.
_MIN_ENTRY_BYTES = 8 + 4 + 1
_MIN_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8

# Values dequantised at a time. A quarter of a million float32 stay in the second-level cache,
# which makes the dequantisers four times as fast as whole tensors do.
_CHUNK_VALUES = 256 * 1024


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Where one tensor lies and how it is stored."""

    name: str
    n_rows: int
    """Product of all dimensions but the fastest one; 1 for a vector."""
    n_cols: int
    """The fastest dimension, in values."""
    type_id: int
    """A value of gguf.GGMLQuantizationType."""
    start: int
    """Offset in bytes from the start of the file."""
    row_bytes: int

    @property
    def size_bytes(self) -> int:
        """Bytes the tensor takes in the file."""
        return self.n_rows * self.row_bytes


class _Cursor:
    """Reads little-endian values one after another and never past the end of the file."""

    def __init__(self, buffer: mmap.mmap, at: int) -> None:
        self.buffer = buffer
        self.at = at
        self.size = len(buffer)

    def take(self, n_bytes: int, what: str) -> int:
        start = self.at
        if n_bytes > self.size - start:
            raise _cut_short(what)
        self.at = start + n_bytes
        return start

    def number(self, code: str, what: str) -> int:
        start = self.take(struct.calcsize(code), what)
        return int(struct.unpack_from("<" + code, self.buffer, start)[0])

    def string(self, what: str) -> str:
        size_bytes = self.number("Q", what)
        start = self.take(size_bytes, what)
        try:
            return str(self.buffer[start : start + size_bytes], "utf-8")
        except UnicodeDecodeError:
            raise _broken(f"{what} is not UTF-8") from None

    def value(self, kind: int, what: str, depth: int = 0) -> Value:
        if kind == _STRING:
            return self.string(what)
        if kind == _ARRAY:
            return self._array(what, depth)
        code = _SCALAR_CODES.get(kind)
        if code is None:
            raise _broken(f"{what} has the unknown type {kind}")
        start = self.take(struct.calcsize(code), what)
        value: Scalar = struct.unpack_from("<" + code, self.buffer, start)[0]
        return value

    def _array(self, what: str, depth: int) -> list[Value]:
        if depth >= _MAX_NESTING:
            raise _broken(f"{what} nests arrays too deep")
        kind = self.number("I", what)
        count = self.number("Q", what)
        if kind in (_STRING, _ARRAY):
            smallest = 8 if kind == _STRING else 12
            if count * smallest > self.size - self.at:
                raise _cut_short(what)
            return [self.value(kind, what, depth + 1) for _ in range(count)]
        code = _SCALAR_CODES.get(kind)
        if code is None:
            raise _broken(f"{what} has the unknown type {kind}")
        start = self.take(count * struct.calcsize(code), what)
        return list(struct.unpack_from(f"<{count}{code}", self.buffer, start))


class GgufFile:
    """One GGUF file, version 2 or 3, opened for reading; use it as a context manager.

    Raises BrokenModelFile when it is no GGUF file, is cut short, or claims lengths that it does
    not have; raises UnsupportedModel for another version, byte order or tensor type.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            raise _broken("the file is empty") from None
        except OSError as error:
            raise BrokenModelFile(
                f"cannot read {path.name}: {error.strerror}",
                next_step="check the path and its permissions",
            ) from error
        try:
            self._read_header()
        except BaseException:
            self._map.close()
            raise
        self.used: set[str] = set()
        """Names of the tensors read so far: what is left over was not understood."""

    def _read_header(self) -> None:
        cursor = _Cursor(self._map, 0)
        if self._map[:4] != b"GGUF":
            raise _broken("it does not begin like a GGUF file")
        cursor.take(4, "the header")
        version = cursor.number("I", "the header")
        if version not in (2, 3):
            raise UnsupportedModel(
                f"GGUF version {version} (or a big-endian file) is not read",
                next_step="use a little-endian GGUF file of version 2 or 3",
            )
        n_tensors = cursor.number("Q", "the header")
        n_entries = cursor.number("Q", "the header")
        if n_entries * _MIN_ENTRY_BYTES + n_tensors * _MIN_TENSOR_BYTES > cursor.size:
            raise _cut_short("the header")
        self.fields: dict[str, Value] = {}
        for _ in range(n_entries):
            key = cursor.string("a metadata key")
            self.fields[key] = cursor.value(cursor.number("I", key), key)
        entries = [self._tensor_entry(cursor) for _ in range(n_tensors)]
        alignment = self.integer("general.alignment", 32)
        if alignment <= 0 or alignment % 8:
            raise _broken(f"general.alignment is {alignment}")
        data_start = -(-cursor.at // alignment) * alignment
        self.tensors = {
            name: self._tensor_info(name, shape, type_id, data_start + offset)
            for name, shape, type_id, offset in entries
        }

    @staticmethod
    def _tensor_entry(cursor: _Cursor) -> tuple[str, list[int], int, int]:
        name = cursor.string("a tensor's name")
        n_dimensions = cursor.number("I", name)
        if not 1 <= n_dimensions <= _MAX_DIMENSIONS:
            raise _broken(f"{name} has {n_dimensions} dimensions")
        shape = [cursor.number("Q", name) for _ in range(n_dimensions)]
        return name, shape, cursor.number("I", name), cursor.number("Q", name)

    def _tensor_info(self, name: str, shape: list[int], type_id: int, start: int) -> TensorInfo:
        from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

        try:
            block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(type_id)]
        except (ValueError, KeyError):
            raise UnsupportedModel(
                f"tensor {name} is stored as the unknown type {type_id}",
                next_step="use a Q4_K_M, Q8_0 or F16 file of the model",
            ) from None
        n_cols, n_rows = shape[0], 1
        for size in shape[1:]:
            n_rows *= size
        if n_cols <= 0 or n_rows <= 0 or n_cols % block:
            raise _broken(f"{name} has the shape {shape} in blocks of {block}")
        info = TensorInfo(name, n_rows, n_cols, type_id, start, n_cols // block * block_bytes)
        if start + info.size_bytes > len(self._map):
            raise _cut_short(f"tensor {name}")
        return info

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unmaps the file; arrays read from it before stay valid."""
        try:
            self._map.close()
        except BufferError:
            # An error on its way up still holds a view of the file; the mapping goes with it.
            return

    # ------------------------------------------------------------ metadata

    @property
    def architecture(self) -> str:
        """The file's own name for its architecture, "" when it gives none."""
        return self.text("general.architecture", "")

    def text(self, key: str, default: str | None = None) -> str:
        """The string under `key`; raises BrokenModelFile when it is absent without a default."""
        value = self.fields.get(key, default)
        if not isinstance(value, str):
            raise _broken(f"the metadata lacks the text {key}")
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        """The integer under `key`; raises BrokenModelFile when it is absent without a default."""
        value = self.fields.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _broken(f"the metadata lacks the integer {key}")
        return value

    def real(self, key: str, default: float | None = None) -> float:
        """The number under `key` as a float; raises BrokenModelFile as `integer` does."""
        value = self.fields.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _broken(f"the metadata lacks the number {key}")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """The truth value under `key`, `default` when it is absent."""
        value = self.fields.get(key, default)
        if not isinstance(value, bool):
            raise _broken(f"{key} is no truth value")
        return value

    def texts(self, key: str) -> list[str]:
        """The list of strings under `key`; raises BrokenModelFile when it is absent."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            raise _broken(f"the metadata lacks the list {key}")
        strings = [item for item in value if isinstance(item, str)]
        if len(strings) != len(value):
            raise _broken(f"{key} holds other things than text")
        return strings

    def numbers(self, key: str) -> list[int | float]:
        """The list of numbers under `key`; raises BrokenModelFile when it is absent."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            raise _broken(f"the metadata lacks the list {key}")
        numbers = [item for item in value if isinstance(item, int | float)]
        if len(numbers) != len(value):
            raise _broken(f"{key} holds other things than numbers")
        return numbers

    # ------------------------------------------------------------ tensors

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def info(self, name: str) -> TensorInfo:
        """Where the tensor lies; raises UnsupportedModel, naming it, when the file lacks it."""
        try:
            return self.tensors[name]
        except KeyError:
            raise UnsupportedModel(
                f"the file lacks the tensor {name}",
                next_step="use a file of a supported architecture: companion model list",
            ) from None

    def vector(self, name: str) -> NDArray[np.float32]:
        """A one-dimensional tensor as float32, shape (n_cols,)."""
        return self.matrix(name).reshape(-1)

    def matrix(self, name: str) -> NDArray[np.float32]:
        """A whole tensor as a new float32 array of shape (n_rows, n_cols)."""
        import numpy as np

        info = self.info(name)
        whole = np.empty((info.n_rows, info.n_cols), np.float32)
        for start, block in self.blocks(name):
            whole[start : start + len(block)] = block
        return whole

    def blocks(self, name: str) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The tensor in order, as (index of the first row, float32 block of whole rows).

        Blocks are small enough for the processor's cache; a block is the caller's to change.
        """
        info = self.info(name)
        self.used.add(name)
        step = max(1, _CHUNK_VALUES // info.n_cols)
        for start in range(0, info.n_rows, step):
            yield start, self._dequantised(info, start, min(step, info.n_rows - start))

    def rows(self, name: str, indexes: list[int]) -> NDArray[np.float32]:
        """Only the given rows, in the given order, as float32 of shape (len(indexes), n_cols)."""
        import numpy as np

        info = self.info(name)
        picked = np.empty((len(indexes), info.n_cols), np.float32)
        for at, row in enumerate(indexes):
            picked[at] = self._dequantised(info, row, 1)[0]
        return picked

    def _dequantised(self, info: TensorInfo, start: int, n_rows: int) -> NDArray[np.float32]:
        import numpy as np
        from gguf.constants import GGMLQuantizationType
        from gguf.quants import dequantize

        raw = np.frombuffer(
            self._map, np.uint8, n_rows * info.row_bytes, info.start + start * info.row_bytes
        )
        try:
            # One long row: the package's dequantiser then works on the chunk at once instead of
            # sixteen short rows at a time. The copy also lets the map be closed.
            values = dequantize(raw.reshape(1, -1).copy(), GGMLQuantizationType(info.type_id))
        except NotImplementedError:
            kind = GGMLQuantizationType(info.type_id).name
            raise UnsupportedModel(
                f"tensor {info.name} is stored as {kind}, which is not read",
                next_step="use a Q4_K_M, Q8_0 or F16 file of the model",
            ) from None
        return np.asarray(values, np.float32).reshape(n_rows, info.n_cols)


def _broken(reason: str) -> BrokenModelFile:
    return BrokenModelFile(
        f"not a usable GGUF file: {reason}",
        next_step="fetch the file again, or pass another one",
    )


def _cut_short(what: str) -> BrokenModelFile:
    return _broken(f"it is cut short in {what}")

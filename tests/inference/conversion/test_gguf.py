from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.errors import BrokenModelFile, InferenceError, UnsupportedModel
from inference.gguf import GgufFile

if TYPE_CHECKING:
    from tests.inference.conversion.conftest import TinyModel


def header(n_tensors: int = 0, n_entries: int = 0, version: int = 3, rest: bytes = b"") -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", version, n_tensors, n_entries) + rest


def string(text: bytes, size: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if size is None else size) + text


def test_reads_what_the_reference_writer_wrote(tmp_path: Path, tiny: type[TinyModel]) -> None:
    model = tiny("qwen2", fields={"a.text": "값", "a.number": 7, "a.real": 0.5})
    with GgufFile(model.write(tmp_path / "model.gguf")) as gguf:
        assert gguf.architecture == "qwen2"
        assert gguf.text("a.text") == "값"
        assert gguf.integer("a.number") == 7
        assert gguf.real("a.real") == 0.5
        assert gguf.flag("tokenizer.ggml.add_bos_token", default=True) is False
        assert gguf.texts("tokenizer.ggml.merges")[0] == "Ġ t"
        assert set(gguf.tensors) == set(model.tensors)
        for name, tensor in model.tensors.items():
            rows = tensor.reshape(-1, tensor.shape[-1])
            np.testing.assert_array_equal(gguf.matrix(name), rows)
            np.testing.assert_array_equal(gguf.rows(name, [len(rows) - 1]), rows[-1:])


@pytest.mark.parametrize("kind", ["Q4_1", "Q5_0", "Q8_0", "F16", "BF16"])
def test_quantised_rows_are_what_the_reference_dequantiser_gives(tmp_path: Path, kind: str) -> None:
    from gguf import GGUFWriter
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    weights = np.random.default_rng(3).normal(size=(5, 64)).astype(np.float32)
    kind_id = GGMLQuantizationType[kind]
    raw = quantize(weights, kind_id)
    writer = GGUFWriter(tmp_path / "q.gguf", "llama")
    writer.add_tensor("w", raw, raw_dtype=kind_id)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with GgufFile(tmp_path / "q.gguf") as gguf:
        np.testing.assert_array_equal(gguf.matrix("w"), dequantize(raw, kind_id))


def test_a_tensor_stored_in_no_known_way_is_unsupported(tmp_path: Path) -> None:
    from gguf import GGUFWriter

    writer = GGUFWriter(tmp_path / "i.gguf", "llama")
    writer.add_tensor("odd", np.arange(8, dtype=np.int32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with (
        pytest.raises(UnsupportedModel, match="odd is stored as I32"),
        GgufFile(tmp_path / "i.gguf") as gguf,
    ):
        gguf.matrix("odd")


def test_a_file_cut_anywhere_is_broken_and_nothing_worse(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    whole = tiny("llama").write(tmp_path / "model.gguf").read_bytes()
    path = tmp_path / "cut.gguf"
    for size in [*range(0, 400, 3), *range(400, len(whole), 997), len(whole) - 64]:
        path.write_bytes(whole[:size])
        with pytest.raises(BrokenModelFile):
            GgufFile(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 3000), patch=st.binary(min_size=1, max_size=9))
def test_hostile_bytes_raise_only_our_errors(
    tmp_path: Path, tiny: type[TinyModel], at: int, patch: bytes
) -> None:
    base = tmp_path / "model.gguf"
    if not base.exists():
        tiny("llama").write(base)
    hostile = bytearray(base.read_bytes())
    hostile[at : at + len(patch)] = patch
    path = tmp_path / "hostile.gguf"
    path.write_bytes(hostile)
    try:
        with GgufFile(path) as gguf:
            for name in gguf.tensors:
                gguf.matrix(name)
    except InferenceError:
        pass


@pytest.mark.parametrize(
    ("claim", "contents"),
    [
        ("no GGUF at all", b"PK\x03\x04" + b"\0" * 60),
        ("an empty file", b""),
        ("more entries than bytes", header(n_entries=2**60)),
        ("more tensors than bytes", header(n_tensors=2**60)),
        ("a key longer than the file", header(n_entries=1, rest=string(b"k" * 20, 2**62))),
        (
            "an array longer than the file",
            header(n_entries=1, rest=string(b"k") + struct.pack("<IIQ", 9, 4, 2**61)),
        ),
        (
            "an array of strings longer than the file",
            header(n_entries=1, rest=string(b"k") + struct.pack("<IIQ", 9, 8, 2**61)),
        ),
        (
            "arrays nested without end",
            header(n_entries=1, rest=string(b"k") + struct.pack("<I", 9) + b"\x09\0\0\0\x01" * 40),
        ),
        (
            "an unknown value type",
            header(n_entries=1, rest=string(b"k") + b"\x63\0\0\0" + b"\0" * 9),
        ),
        ("text that is not UTF-8", header(n_entries=1, rest=string(b"\xff\xfe") + b"\0" * 12)),
    ],
)
def test_a_lie_about_lengths_is_a_broken_file(tmp_path: Path, claim: str, contents: bytes) -> None:
    path = tmp_path / "lie.gguf"
    path.write_bytes(contents)
    with pytest.raises(BrokenModelFile):
        GgufFile(path)


@pytest.mark.parametrize("version", [1, 4, 0x03000000])
def test_another_version_or_byte_order_is_unsupported(tmp_path: Path, version: int) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(header(version=version, rest=b"\0" * 64))
    with pytest.raises(UnsupportedModel, match="version"):
        GgufFile(path)


def test_a_folder_or_a_missing_file_is_a_broken_model_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.gguf"):
        with pytest.raises(BrokenModelFile, match="cannot read"):
            GgufFile(path)

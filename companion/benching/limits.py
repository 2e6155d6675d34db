"""Measures what this machine allows at most: moved bytes and multiplications; it runs no model."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.footprint import WeightSizes

_PROBE_BYTES = 1 << 27
_PROBE_SIDE = 768
_TRIES = 5

_DOT_PRODUCT_FLAGS = {"avx512_vnni", "avx_vnni", "asimddp"}
_DOT_PRODUCT_GAIN = 4.0
"""One instruction multiplies and adds four int8 for each float32 of one that is as wide (VPDPBUSD
beside VFMADD, SDOT beside FMLA)."""

_PAIRWISE_GAIN = 4 / 3
"""Without such an instruction three do it: VPMADDUBSW, VPMADDWD, VPADDD."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one thread may do at most; others that share the machine lower every figure alike."""

    copied_bytes_per_s: float
    """Memory read and written."""

    float_ops_per_s: float
    """Multiplications and additions of float32 matrices, by numpy."""

    int8_gain: float
    """How many of int8 the processor's instructions do in the time of one of those.

    By their widths, not measured: nothing here multiplies int8 at its best but the engine.
    """

    @property
    def int8_ops_per_s(self) -> float:
        """Multiplications and additions of int8 matrices."""
        return self.float_ops_per_s * self.int8_gain

    def find_decode_limit(self, weights: WeightSizes) -> float:
        """Tokens a second: each reads all weights once. Copying reads half of what it moves."""
        return 2 * self.copied_bytes_per_s / (weights.layer_bytes + weights.output_bytes)

    def find_prefill_limit(self, weights: WeightSizes) -> float:
        """Tokens a second where each multiplies every weight of the layers, a byte each, once."""
        return self.int8_ops_per_s / (2 * weights.layer_bytes)


def measure_limits() -> Limits:
    """Copies memory and multiplies matrices; on one thread where `run_apart` calls it."""
    import numpy as np

    source = np.ones(_PROBE_BYTES, dtype=np.uint8)
    target = np.empty_like(source)
    square = np.ones((_PROBE_SIDE, _PROBE_SIDE), dtype=np.float32)
    copies, products = [], []
    for _ in range(_TRIES):
        began_s = time.monotonic()
        np.copyto(target, source)
        copies.append(time.monotonic() - began_s)
        began_s = time.monotonic()
        square @ square
        products.append(time.monotonic() - began_s)
    return Limits(
        copied_bytes_per_s=_PROBE_BYTES / min(copies),
        float_ops_per_s=2 * _PROBE_SIDE**3 / min(products),
        int8_gain=find_int8_gain(read_flags(), platform.machine()),
    )


def find_int8_gain(flags: set[str], architecture: str) -> float:
    """By the instructions that the processor has, as Linux tells them."""
    return _DOT_PRODUCT_GAIN if has_dot_product(flags, architecture) else _PAIRWISE_GAIN


def has_dot_product(flags: set[str], architecture: str) -> bool:
    """Whether it multiplies int8 without overflow; an arm64 Mac does, and tells no flags."""
    return bool(flags & _DOT_PRODUCT_FLAGS) or (not flags and architecture == "arm64")


def read_flags() -> set[str]:
    """The features of the processor; set() where the system does not tell them."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    lines = (line.partition(":") for line in told.splitlines())
    named = (words for name, _, words in lines if name.strip().lower() in ("flags", "features"))
    return set(next(named, "").split())


def describe_limits(limits: Limits) -> dict[str, object]:
    """The section `limits` of `companion bench --json`."""
    return {
        "copied_bytes_per_second": round(limits.copied_bytes_per_s),
        "float_operations_per_second": round(limits.float_ops_per_s),
        "int8_operations_per_second": round(limits.int8_ops_per_s),
    }

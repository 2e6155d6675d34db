"""Measures what this machine allows at most: moved bytes and multiplications; it runs no model."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path

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

    def find_decode_limit(self, size_bytes: int) -> float:
        """Tokens a second: each reads all weights once. Copying reads half of what it moves."""
        return 2 * self.copied_bytes_per_s / size_bytes

    def find_prefill_limit(self, size_bytes: int) -> float:
        """Tokens a second where each multiplies every weight, a byte each, once."""
        return self.int8_ops_per_s / (2 * size_bytes)


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
        int8_gain=find_int8_gain(_read_flags(), platform.machine()),
    )


def find_int8_gain(flags: set[str], architecture: str) -> float:
    """By the flags that Linux tells of the processor; every Mac with an arm64 has them."""
    is_arm_mac = not flags and architecture == "arm64"
    return _DOT_PRODUCT_GAIN if is_arm_mac or flags & _DOT_PRODUCT_FLAGS else _PAIRWISE_GAIN


def _read_flags() -> set[str]:
    """set() where the system does not tell."""
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

"""Owns what was measured of each adapter's texts to judge them by; it measures nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Self

CALIBRATION_FILE = "calibration.toml"
"""Beside each adapter; `python -m inference.training calibrate` writes it."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Limits for the texts of one model."""

    adapter_sha256: str
    """Of the adapter it was measured with; "" for none."""

    least_confidence: Mapping[str, float]
    """By language, the mean log-probability of a token below which a text is not shown."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The calibration that a TOML document describes."""
        table = tomllib.loads(text)
        return cls(table["adapter_sha256"], table["least_confidence"])


COMMON_LIMIT = -1.0
"""What makes no sense to the model itself lies below, whichever model it is (the same limit guards
Whisper's texts: Radford et al. 2022, section 4.5)."""

UNCALIBRATED = Calibration("", {"ko": COMMON_LIMIT, "en": COMMON_LIMIT})
"""For a model that nobody measured."""


@lru_cache
def find_calibration(model_name: str) -> Calibration:
    """That of the adapter which ships for the model of this name, else `UNCALIBRATED`."""
    file = files("inference") / "adapters" / model_name / CALIBRATION_FILE
    if not file.is_file():
        return UNCALIBRATED
    return Calibration.parse(file.read_text(encoding="utf-8"))

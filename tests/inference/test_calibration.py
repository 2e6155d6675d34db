from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from inference.calibration import UNCALIBRATED, Calibration, find_calibration
from inference.language import SUPPORTED

ADAPTERS = Path(__file__).parents[2] / "inference" / "adapters"
SHIPPED = sorted(path.parent for path in ADAPTERS.glob("*/adapter.safetensors"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_an_adapter_has_its_own_limits_or_the_common_ones(folder: Path) -> None:
    calibration = find_calibration(folder.name)
    adapter = hashlib.sha256((folder / "adapter.safetensors").read_bytes()).hexdigest()
    assert calibration is UNCALIBRATED or calibration.adapter_sha256 == adapter
    assert set(calibration.least_confidence) == set(SUPPORTED)
    assert all(-2 < limit < 0 for limit in calibration.least_confidence.values())


def test_a_model_that_nobody_measured_is_held_to_the_common_limit() -> None:
    assert find_calibration("somebody's own model") is UNCALIBRATED
    assert set(UNCALIBRATED.least_confidence) == set(SUPPORTED)


def test_a_document_gives_its_limits() -> None:
    text = 'adapter_sha256 = "a1"\n[least_confidence]\nen = -0.5\nko = -0.6\n'
    assert Calibration.parse(text) == Calibration("a1", {"en": -0.5, "ko": -0.6})


@pytest.mark.parametrize("text", ["", "[least_confidence]\nen = -0.5\n"])
def test_a_document_that_lacks_something_is_refused(text: str) -> None:
    with pytest.raises(KeyError):
        Calibration.parse(text)

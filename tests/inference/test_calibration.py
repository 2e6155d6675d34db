from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from inference.calibration import CALIBRATION_FILE, UNCALIBRATED, Calibration, find_calibration
from inference.catalogue import Catalogue
from inference.language import SUPPORTED

ADAPTERS = Path(__file__).parents[2] / "inference" / "adapters"
CALIBRATED = sorted(path.parent for path in ADAPTERS.glob(f"*/{CALIBRATION_FILE}"))


def test_the_default_model_is_calibrated() -> None:
    assert Catalogue.load().get("default").name in {folder.name for folder in CALIBRATED}


@pytest.mark.parametrize("folder", CALIBRATED, ids=lambda folder: folder.name)
def test_a_calibration_is_that_of_the_adapter_beside_it(folder: Path) -> None:
    calibration = find_calibration(folder.name)
    adapter = (folder / "adapter.safetensors").read_bytes()
    assert calibration.adapter_sha256 == hashlib.sha256(adapter).hexdigest()
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

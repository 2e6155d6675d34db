"""The wheel holds every file that the program reads when it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from inference.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
PACKAGES = ("companion", "inference", "storage", "tui")


@pytest.fixture(scope="module")
def packed() -> frozenset[str]:
    """Paths inside the wheel that would be built of this tree, metadata left out."""
    builder = WheelBuilder(str(ROOT))
    files = builder.recurse_included_files()
    return frozenset(file.distribution_path for file in files)


TRAINING = ROOT / "inference" / "training"
"""What adapters are made with is no part of what runs them, and stays out."""


def list_files(package: str) -> set[str]:
    """Everything below a package but the training and what Python itself writes there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.is_relative_to(TRAINING)
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_is_packed(packed: frozenset[str], package: str) -> None:
    assert list_files(package) - packed == set()
    assert f"{package}/py.typed" in packed


def test_nothing_but_the_packages_is_packed(packed: frozenset[str]) -> None:
    assert {path.partition("/")[0] for path in packed} == set(PACKAGES)
    assert not any(path.startswith("inference/training/") for path in packed)


@pytest.mark.parametrize(
    "path",
    [
        "companion/sources/whatsapp/wording.tsv",
        "companion/demo/stores/imessage/chat.sql",
        "companion/demo/stores/imessage/address_book.sql",
        "companion/demo/stores/telegram/result.json",
        "companion/demo/stores/kakaotalk/jeju.txt",
        "companion/demo/stores/whatsapp/WhatsApp Chat with Climbing Thursdays.txt",
        "inference/catalogue.toml",
        "inference/evaluating/sample.jsonl",
        "tui/app.tcss",
        "tui/screens/inbox.tcss",
    ],
)
def test_what_is_read_by_name_is_packed(packed: frozenset[str], path: str) -> None:
    assert path in packed


def test_every_screen_has_its_style(packed: frozenset[str]) -> None:
    for path in packed:
        if path.endswith(".tcss"):
            assert (ROOT / path).with_suffix(".py").is_file()


def test_adapters_of_the_catalogue_are_packed(packed: frozenset[str]) -> None:
    for entry in Catalogue.load():
        if entry.adapter:
            assert f"inference/adapters/{entry.adapter}/adapter.safetensors" in packed

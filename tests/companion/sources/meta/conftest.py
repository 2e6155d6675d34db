"""Stores as Meta makes them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest


def spoil(value: Any) -> Any:
    """Each string as Meta writes it: a character for each byte."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, list):
        return [spoil(item) for item in value]
    return {key: spoil(item) for key, item in value.items()} if isinstance(value, dict) else value


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes files by their names inside a folder, mojibake included, and gives the folder."""

    def write(files: Mapping[str, Any], root: str = "unpacked") -> Path:
        for name, value in files.items():
            write_json(tmp_path / root / name, spoil(value))
        return tmp_path / root

    return write


@pytest.fixture
def write_zip(tmp_path: Path) -> Callable[..., Path]:
    """As `write_folder`, zipped."""

    def write(files: Mapping[str, Any], name: str = "download.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, value in files.items():
                archive.writestr(member, json.dumps(spoil(value)))
        return tmp_path / name

    return write

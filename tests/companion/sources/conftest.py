"""Ground shared by the tests of sources: settings, written exports, the sample files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import SourceSettings


@pytest.fixture
def settings() -> SourceSettings:
    """Of an owner in Seoul who has told no name."""
    return SourceSettings(zone=ZoneInfo("Asia/Seoul"))


@pytest.fixture
def write_export(tmp_path: Path) -> Callable[..., Path]:
    """Writes text to a file and gives its path; `encoding` and `name` as wanted."""

    def write(text: str, name: str = "export.txt", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The sample stores; see SOURCES.tsv there."""
    return Path(__file__).parents[2] / "data"


@pytest.fixture
def forbidden(tmp_path: Path) -> Iterator[None]:
    """Nothing under `tmp_path` may be opened during the test, not even by root."""
    user = os.geteuid()
    tmp_path.chmod(0)
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)
    tmp_path.chmod(0o700)

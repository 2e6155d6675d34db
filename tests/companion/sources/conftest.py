"""Ground shared by the tests of sources: settings, written exports, the sample files."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import SourceSettings

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample


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


@pytest.fixture(scope="session")
def builders() -> Any:
    """The module `store_builders.py`: tests are no package, it is loaded by path."""
    path = Path(__file__).with_name("store_builders.py")
    spec = importlib.util.spec_from_file_location("store_builders", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["store_builders"] = module  # for its dataclass
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def build(
    builders: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Sample, Path]]:
    """Makes the sample of a kind once; gives it and its folder."""
    made: dict[str, tuple[Sample, Path]] = {}

    def make(kind: str) -> tuple[Sample, Path]:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            made[kind] = (builders.BUILDERS[kind](folder), folder)
        return made[kind]

    return make

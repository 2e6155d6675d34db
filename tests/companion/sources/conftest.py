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

from companion.sources.interface import Change, CursorAdvanced, MessageFound, Source, SourceSettings

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample


class Follower:
    """Reads a store again and again, each time from where the last reading ended."""

    def __init__(self, kind: type[Source], path: Path, me: tuple[str, ...] = ()) -> None:
        self.path = path
        self.me = me
        self.cursor: str | None = None
        self._kind = kind

    def read(self) -> list[Change]:
        """What changed since the last reading, without the cursor."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), self.me)
        *changes, last = self._kind(self.path, settings).read(self.cursor)
        assert isinstance(last, CursorAdvanced)
        self.cursor = last.cursor
        return changes

    def read_messages(self) -> list[MessageFound]:
        return [change for change in self.read() if isinstance(change, MessageFound)]

    def read_texts(self) -> list[str]:
        return [message.text for message in self.read_messages()]

    def read_states(self) -> dict[str, bool | None]:
        """Whether each message just told is read, by what its id has before any "@"."""
        return {found.id.partition("@")[0]: found.is_read for found in self.read_messages()}


@pytest.fixture(scope="session")
def make_follower() -> Callable[..., Follower]:
    """Follows the store of a kind at a path."""
    return Follower


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

"""Real stores for the tests of companion: the demonstration's own, laid out in a folder."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from companion.demo.laying_out import SampleStore, lay_out_stores

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def samples(tmp_path: Path) -> list[SampleStore]:
    """The demonstration's stores in `tmp_path/stores`."""
    folder = tmp_path / "stores"
    folder.mkdir()
    return lay_out_stores(folder)


@pytest.fixture
def chat_db(samples: list[SampleStore]) -> Path:
    """A live iMessage database in WAL mode."""
    path = samples[-1].path
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
def run_companion(home: Path) -> Run:
    """Runs the command line in a process of its own, as a user does."""

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "companion", *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run

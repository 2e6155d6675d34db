"""Temporary files lie in the home while their process lives, and no longer."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from companion import temporary
from companion.paths import Paths, paths_under

PROGRAM = """
import os, sys, tempfile
from companion.paths import find_paths
from companion.temporary import claim_folder, drop_folder, make_folder
os.umask(0o022)
claim_folder(find_paths())
make_folder()
with tempfile.NamedTemporaryFile() as file:
    folder = os.path.dirname(file.name)
    print(folder, oct(os.stat(folder).st_mode & 0o777), os.environ["SQLITE_TMPDIR"] == folder)
if sys.argv[1] == "killed":
    os._exit(9)
drop_folder()
"""


def run(end: str) -> list[str]:
    """The folder, its mode, and whether SQLite is told of it, too."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, end], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def claimed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A home whose folder this process claimed."""
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(temporary._Process, "folder", None)
    monkeypatch.setattr(temporary._Process, "made", [])
    paths = paths_under(home)
    temporary.claim_folder(paths)
    return paths


def test_python_and_sqlite_use_a_private_folder_in_the_home(home: Path) -> None:
    folder, mode, is_told = run("ended")
    assert Path(folder).parent == home / "state" / "tmp"
    assert (mode, is_told) == ("0o700", "True")


def test_an_end_leaves_nothing_not_even_a_home(home: Path) -> None:
    run("ended")
    assert not home.exists()


def test_a_home_with_something_in_it_stays(home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "config.toml").touch()
    run("ended")
    assert [path.name for path in home.iterdir()] == ["config.toml"]


def test_what_a_killed_process_left_is_removed_by_the_next(home: Path) -> None:
    folder = Path(run("killed")[0])
    assert folder.exists()
    assert Path(run("killed")[0]) != folder
    assert not folder.exists()


def test_the_folder_of_a_living_process_stays(claimed: Paths) -> None:
    other = claimed.temporary / str(os.getppid())
    other.mkdir(parents=True)
    temporary.make_folder()
    assert other.exists()
    temporary.drop_folder()
    assert [path.name for path in claimed.temporary.iterdir()] == [other.name]


def test_nothing_is_made_before_a_command_needs_it(claimed: Paths) -> None:
    assert not claimed.data.exists()
    temporary.drop_folder()
    assert not claimed.data.exists()

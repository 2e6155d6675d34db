"""Nothing is written outside the home, and nothing in it that others may read."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from companion.daemon_state import find_state
from companion.demo.laying_out import lay_out_stores
from companion.paths import Paths, paths_under
from storage.reader import Reader
from tests.companion.conftest import lay_out_model

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300.0
"""A limit for a machine that hangs, not a measurement."""

# Runs one command as `companion` does, and tells what it opened for writing, made or moved. The
# model's engine is a scripted one, in this process, where the hook sees what is done around it.
WATCH = """
import json, os, sys
from companion import modelling
from companion.commands.session import Session
from tests.companion.conftest import CLIMBING_GIST, ScriptedEngine

modelling._open_engine = lambda *_: ScriptedEngine({"": CLIMBING_GIST})
Session.find_author = Session.find_model
touched = set()
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FIRST = {"os.mkdir", "os.rename", "os.symlink", "os.link", "os.truncate", "sqlite3.connect"}

def watch(event, args):
    place = None
    if event == "open" and isinstance(args[0], (str, bytes)):
        flags = args[2] if isinstance(args[2], int) else 0
        if flags & WRITING or set(args[1] or "") & set("wax+"):
            place = args[0]
    elif event in FIRST:
        place = args[1] if event in ("os.rename", "os.symlink", "os.link") else args[0]
    if isinstance(place, (str, bytes)):
        touched.add(os.fsdecode(place))

sys.addaudithook(watch)
from companion.__main__ import main
try:
    main()
finally:
    os.write(int(os.environ["TOLD"]), json.dumps(sorted(touched)).encode())
"""


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    """The sample stores, which nobody may write to."""
    folder = tmp_path / "stores"
    folder.mkdir()
    lay_out_stores(folder)
    return folder


def run(home: Path, *arguments: str | Path) -> set[str]:
    """The places that a command wrote to, under a careless umask and a tempting $TMPDIR.

    A daemon is asked to stop when it has done what was due.
    """
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WATCH, *(str(argument) for argument in arguments)],
        env={**os.environ, "TOLD": str(writing), "PYTHONPATH": str(ROOT)},
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        umask=0,
    )
    os.close(writing)
    if arguments == ("run",):
        wait_idle(paths_under(home), process)
        process.send_signal(signal.SIGTERM)
    with os.fdopen(reading, encoding="utf-8") as told:
        places = told.read()
    _, complaint = process.communicate()
    assert process.returncode == 0, complaint
    return set(json.loads(places))


def wait_idle(paths: Paths, daemon: subprocess.Popen[bytes]) -> None:
    """Until the daemon has nothing to do, or has ended."""
    deadline_s = time.monotonic() + PATIENCE_S
    while daemon.poll() is None:
        assert time.monotonic() < deadline_s, "waited in vain"
        state = find_state(paths)
        if state is not None and state.activity == "idle":
            return
        time.sleep(0.1)


def is_ours(place: str, home: Path) -> bool:
    """Whether it lies in the home, is no file, or is a database that cannot be written to.

    SQLite's database without a name is a temporary file where SQLITE_TMPDIR says.
    """
    is_reading = place.startswith("file:") and "mode=ro" in place
    is_nowhere = place in ("", ":memory:", os.devnull)
    return is_reading or is_nowhere or Path(place).is_relative_to(home)


def list_steps(stores: Path) -> list[tuple[str | Path, ...]]:
    """A life with Companion, a command after the other."""
    chat_db = stores / "imessage" / "chat.db"
    climbing = next((stores / "whatsapp").glob("*Climbing*"))
    return [
        ("scan", chat_db),
        ("add", stores / "kakaotalk" / "jeju.txt", "--unread", "all", "--yes"),
        ("add", climbing, "--me", "Jiwoo", "--unread", "all", "--yes"),
        ("add", chat_db, "--yes"),
        ("model", "use", "none"),
        ("sync",),
        ("summarize",),
        ("digest", "--now"),
        ("list",),
        ("search", "Mile End"),
        ("forget", "Climbing Thursdays", "--yes"),
        ("exclude", "--pattern", "Family *"),
        ("vacuum",),
        ("privacy",),
        ("export",),
        ("doctor",),
        ("status",),
        ("model", "use", "default"),
        ("summarize", "--force"),
        ("add", stores / "kakaotalk" / "mom.txt", "--unread", "all", "--yes"),
        ("run",),
        ("demo",),
    ]


def test_every_file_written_lies_in_the_home_and_is_the_owners_alone(
    home: Path, stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    lay_out_model(paths_under(home).cache)
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    before = {path: path.stat().st_mtime_ns for path in stores.rglob("*")}
    for step in list_steps(stores):
        outside = {place for place in run(home, *step) if not is_ours(place, home)}
        assert outside == set(), step
        assert list(elsewhere.iterdir()) == [], step
        for path in [home, *home.rglob("*")]:
            mode = stat.S_IMODE(path.lstat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), (step, path)
    assert {path: path.stat().st_mtime_ns for path in stores.rglob("*")} == before
    with Reader.open(paths_under(home).archive_file) as reader:
        assert any(run.details.get("gists") or run.details.get("refused") for run in reader.runs())
    assert not (home / "state" / "tmp").exists() or not list((home / "state" / "tmp").iterdir())

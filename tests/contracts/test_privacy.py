"""What Companion promises about private text: modes, places, silence, and no network at all."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from companion.daemon_state import find_state
from companion.paths import paths_under
from storage.reader import Reader

CANARY = "코끼리 beryllium-4417 정원"
"""Text of a message that must turn up in the archive and nowhere else."""

EXPORT = f"""제주 여행 님과 카카오톡 대화
저장한 날짜 : 2026년 11월 23일 오후 9:12


2026년 11월 23일 오전 9:02
2026년 11월 23일 오전 9:02, 민서 : {CANARY}
2026년 11월 23일 오전 9:03, 도윤 : 수요일까지 보내줄래?
"""

PATIENCE_S = 60.0


def run(*arguments: str, prefix: tuple[str, ...] = (), stdin: str = "") -> str:
    """stdout of a command that must do well, run as a user with a careless umask does."""
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "companion", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        umask=0o022,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "talk.txt"
    path.write_text(EXPORT, encoding="utf-8")
    return path


@pytest.fixture
def run_daemon(home: Path) -> Iterator[Callable[[], str]]:
    """Runs a daemon until it made a digest and is idle, stops it, and gives what it logged."""
    started: list[subprocess.Popen[str]] = []

    def run_daemon() -> str:
        paths = paths_under(home)
        process = subprocess.Popen(
            [sys.executable, "-m", "companion", "run"],
            stderr=subprocess.PIPE,
            text=True,
            umask=0o022,
        )
        started.append(process)
        deadline_s = time.monotonic() + PATIENCE_S
        while (state := find_state(paths)) is None or state.activity != "idle":
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        return logged

    yield run_daemon
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_files_and_folders_are_the_owners_alone_and_text_is_in_the_archive_alone(
    home: Path, export: Path, run_daemon: Callable[[], str]
) -> None:
    home.mkdir(mode=0o755)
    (home / "config.toml").write_text('model = "none"\nsettle_s = 0\n', encoding="utf-8")
    (home / "config.toml").chmod(0o600)
    run("add", str(export), "--unread", "all")
    run("summarize")
    run("model", "use", "none")
    run("digest", "--now")
    logged = run_daemon()
    run("doctor")

    found = [home, *home.rglob("*")]
    modes = {path: path.stat().st_mode & 0o777 for path in found}
    assert {path for path in found if modes[path] != (0o700 if path.is_dir() else 0o600)} == set()

    assert CANARY in run("show", "제주", "--json")
    holders = {path.name for path in found if path.is_file() and is_in(CANARY, path)}
    assert holders <= {"archive.db", "archive.db-wal"}
    assert holders
    assert "ready" in logged
    assert "beryllium" not in logged
    assert "코끼리" not in logged


def is_in(text: str, path: Path) -> bool:
    return text.encode() in path.read_bytes()


def test_a_store_that_fails_is_told_without_its_text(export: Path, home: Path) -> None:
    run("add", str(export), "--unread", "all")
    # The same file, of a shape that no source knows any more.
    export.write_text(f"{CANARY}\n" * 3, encoding="utf-8")
    for command in ("sync", "status", "sources", "doctor"):
        done = subprocess.run(
            [sys.executable, "-m", "companion", command, "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "beryllium" not in done.stdout + done.stderr
    with Reader.open(home / "archive.db") as reader:
        assert reader.sources()[0].error
        assert "beryllium" not in str(reader.sources()) + str(reader.runs())


PROBE = """
import socket, sys
from companion import __main__ as process
from companion.commands.group import cli

@cli.command()
def probe():
    socket.create_connection(("127.0.0.1", 9))

sys.argv = ["companion", "probe"]
process.main()
"""


def test_a_command_that_calls_out_is_refused_with_its_own_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "a network call was refused" in line


def test_the_command_line_is_sealed(home: Path) -> None:
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json"))["checks"]}
    assert checks["network"]["ok"]


def find_namespace() -> tuple[str, ...]:
    """A command that runs another without any network interface; () where there is none."""
    command = ("unshare", "--map-root-user", "--net")
    if shutil.which("unshare") is None:
        return ()
    done = subprocess.run([*command, "true"], capture_output=True, check=False)
    return () if done.returncode else command


def test_the_whole_pipeline_runs_without_any_network_interface(export: Path) -> None:
    prefix = find_namespace()
    if not prefix:
        pytest.skip("this system does not let its users make network namespaces (unshare --net)")
    interfaces = "import socket; print([name for _, name in socket.if_nameindex()])"
    alone = subprocess.run(
        [*prefix, sys.executable, "-c", interfaces], capture_output=True, text=True, check=True
    )
    assert alone.stdout.strip() == "['lo']"

    run("model", "use", "none", prefix=prefix)
    run("add", str(export), "--unread", "all", prefix=prefix)
    run("sync", prefix=prefix)
    (summary,) = json.loads(run("summarize", "--json", prefix=prefix))["summaries"]
    assert summary["highlights"]
    assert CANARY in run("digest", prefix=prefix).replace("\\", "")
    piped = json.dumps({"messages": [{"sender": "A", "text": "hello"}]})
    assert json.loads(run("summarize", "--stdin", prefix=prefix, stdin=piped))["highlights"]

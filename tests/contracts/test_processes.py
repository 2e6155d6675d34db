"""Every process of ours seals itself, only known places start others, and nothing phones home."""

from __future__ import annotations

import ast
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("companion", "inference", "storage", "tui")

STARTERS = {
    "companion/authoring/process.py": "the engine's process",
    "companion/benching/starting.py": "commands of ours, to time them",
    "companion/notifying.py": "its own process, which the desktop's library is loaded in",
    "companion/service/interface.py": "the system's service manager",
    "companion/sources/kakaotalk_mac/accounts.py": "ioreg",
    "companion/sources/signal/safe_storage.py": "the system's keychain",
    "inference/conversion/process.py": "the converting process",
    "inference/pulling.py": "the downloaders, for whom the seal is lifted",
}
"""Which files may import `subprocess` to start something, and what."""

UNSEALED = {
    "inference/conversion/__main__.py": "for those who train; Companion runs companion.converting",
}

POOL = "companion/benching/apart.py"
"""Measures in fresh processes of Python's own making, which no audit event tells of."""

TERMINAL = "companion/benching/starting.py"
"""Starts the screen of ours on a terminal that it reads."""

OTHER_WAYS = {"multiprocessing", "pty", "webbrowser", "_posixsubprocess"}


def list_modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that runs for a user, by its path."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("inference/training/"):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def find_calls(module: ast.Module) -> set[str]:
    """Dotted names of all that is called."""
    return {ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}


def test_programs_are_started_in_known_places_alone() -> None:
    starting = {
        name
        for name, module in list_modules()
        if any(
            call.startswith(("subprocess.", "asyncio.create_sub")) for call in find_calls(module)
        )
    }
    assert starting == set(STARTERS)


def test_nothing_starts_processes_in_other_ways() -> None:
    for name, module in list_modules():
        imported = {
            alias.name.partition(".")[0]
            for node in ast.walk(module)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom)
        }
        if name == POOL:
            assert "initializer=seal_network" in ast.unparse(module)
            continue
        if name == TERMINAL:
            assert "[sys.executable, '-m', 'companion', 'tui']" in ast.unparse(module)
            continue
        assert imported & OTHER_WAYS == set(), name
        ways = ("os.system", "os.popen", "os.exec", "os.spawn", "os.posix_spawn")
        assert not any(call.startswith(ways) for call in find_calls(module)), name


def test_whatever_can_be_started_seals_itself() -> None:
    entries = {
        name: find_calls(module)
        for name, module in list_modules()
        if any(
            ast.unparse(node.test) == "__name__ == '__main__'"
            for node in module.body
            if isinstance(node, ast.If)
        )
    }
    assert {n for n, calls in entries.items() if "seal_network" not in calls} == set(UNSEALED)
    assert len(entries) > len(UNSEALED)


PROBE = """
import socket, sys
import {module} as process
from companion.errors import PrivacyRefusal

def attempt(*_):
    try:
        socket.socket()
    except PrivacyRefusal:
        print("refused", file=sys.stderr)
    return 0

process.{work} = attempt
sys.argv = ["companion"]
process.main()
"""


@pytest.mark.parametrize(
    ("module", "work"),
    [
        ("companion.__main__", "run"),
        ("companion.authoring.__main__", "serve"),
        ("companion.converting", "convert"),
    ],
)
def test_a_process_is_sealed_before_its_work_begins(module: str, work: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module, work=work)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == "refused\n"


TALKATIVE = {
    "aiohttp", "hf_xet", "httpx", "huggingface_hub", "opentelemetry", "posthog", "requests",
    "sentry_sdk", "textual_dev", "textual_serve", "textual_web", "transformers", "urllib3",
}  # fmt: skip

EVERYTHING = """
import asyncio, json, sys
from companion.__main__ import run
from companion.clock import find_local_zone, read_now
from companion.config import Config
from companion.paths import find_paths
from companion.screening import ScreenActions
from companion.sealing import seal_network
from tui.app import CompanionApp

seal_network()
piped = sys.argv[1]
for command in (["add", piped, "--unread", "all"], ["summarize"], ["digest", "--now"], ["list"]):
    assert run(command) == 0, command
paths = find_paths()

async def look():
    actions = ScreenActions(paths, Config(model="none"), read_now)
    app = CompanionApp(paths.archive_file, actions, zone=find_local_zone(), now=read_now)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "escape", "d")
        await pilot.pause()

asyncio.run(look())
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def find_namespace() -> list[str]:
    """A command that runs another without any network interface; [] where that is not allowed."""
    command = ["unshare", "--map-root-user", "--net"]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return [] if done.returncode else command


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["sealed", "without interfaces"])
def test_commands_and_screen_run_without_a_network_and_load_nothing_that_talks(
    home: Path, tmp_path: Path, is_cut_off: bool
) -> None:
    prefix = find_namespace() if is_cut_off else []
    if is_cut_off and not prefix:
        pytest.skip("this system does not let its users make network namespaces (unshare --net)")
    home.mkdir(mode=0o700)
    config = home / "config.toml"
    config.write_text('model = "none"\n', encoding="utf-8")
    config.chmod(0o600)
    store = tmp_path / "KakaoTalk.txt"
    store.write_text(EXPORT, encoding="utf-8")
    done = subprocess.run(
        [*prefix, sys.executable, "-c", EVERYTHING, str(store)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert {"companion", "inference", "storage", "textual"} <= loaded
    assert loaded & TALKATIVE == set()


EXPORT = """제주 여행 님과 카카오톡 대화
저장한 날짜 : 2026년 11월 23일 오후 9:12


2026년 11월 23일 오전 9:02
2026년 11월 23일 오전 9:02, 민서 : 숙소 현관 비번은 4821* 이야
2026년 11월 23일 오전 9:03, 도윤 : 수요일까지 보내줄래?
"""


def test_a_secret_is_in_messages_and_nowhere_else(home: Path, tmp_path: Path) -> None:
    home.mkdir(mode=0o700)
    store = tmp_path / "KakaoTalk.txt"
    store.write_text(EXPORT, encoding="utf-8")
    call = [sys.executable, "-m", "companion"]
    told = ""
    for command in (
        ["model", "use", "none"],
        ["add", str(store), "--unread", "all"],
        ["summarize", "--json"],
        ["digest", "--now"],
        ["todo"],
        ["list"],
    ):
        done = subprocess.run([*call, *command], capture_output=True, text=True, check=True)
        told += done.stdout + done.stderr
    assert "••••" in told
    assert "4821" not in told
    with sqlite3.connect(home / "archive.db") as archive:
        holders = {
            line.partition('"')[2].partition('"')[0]
            for line in archive.iterdump()
            if line.startswith("INSERT INTO") and "4821" in line
        }
    archive.close()
    # Messages and their own search index; not the summaries, to-dos, digests and their index.
    assert holders <= {"messages", "messages_fts"}
    assert holders
    shown = subprocess.run([*call, "show", "제주"], capture_output=True, text=True, check=True)
    assert "4821" in shown.stdout

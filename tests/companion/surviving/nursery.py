"""A warm parent of processes that are to be killed; run as a script, it forks one at each order.

Orders come as JSON, a line each, on stdin; each gets two lines on stdout: the process's id at once
and its wait status when it has ended. The child is the real program (`companion.__main__.main` or
the converting process), but for the `hooks` of the order, which stand in for the world around it:

    steps           SQLite steps (of 50 of its instructions) after which it kills itself
    count_file      where to write how many steps it took
    scripted        cue -> text: an engine that writes the text whose cue stands in the prompt
    clock_file      holds the seconds that its clock is ahead
    zone_file       holds the name of the zone that the machine is set to
    batch_messages  how many messages are saved in one transaction
    busy_s          how long it waits for a locked archive or store
    size_limit      bytes that no file of its may outgrow: a quota
    user_id         whom it runs as
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sqlite3
import sys
import threading
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import walk_packages
from typing import Any
from zoneinfo import ZoneInfo

import companion
import inference
import inference.conversion.__main__
import storage
from companion import clock, ingesting, modelling
from companion.__main__ import main as run_companion
from companion.commands import session
from companion.commands.session import Session
from companion.modelling import Model
from companion.sources import sqlite_store
from companion.tuning import Setting, Trial
from storage.archive import Archive
from storage.reader import Reader

_INSTRUCTIONS = 50


def attend() -> None:
    """Serve orders until stdin ends."""
    if threading.active_count() != 1:
        raise RuntimeError("a process of several threads cannot be forked")
    for package in (companion, inference, storage):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("inference.training"):
                import_module(module.name)  # the children have it for nothing
    gc.freeze()  # else the children's collector copies every page of it
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            live(order)
        # Of a group of its own, so that a kill can take what it starts with it.
        os.setpgid(child, child)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


def live(order: dict[str, Any]) -> None:
    """Be the process that was ordered; never returns."""
    os.setpgid(0, 0)
    os.environ.update(order["environ"])
    log = os.open(order["log_file"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    _change_world(order["hooks"])
    main = inference.conversion.__main__.main if order["converts"] else run_companion
    sys.argv = ["companion", *order["arguments"]]
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    if "count_file" in order["hooks"]:
        Path(order["hooks"]["count_file"]).write_text(str(next(_steps)), encoding="ascii")
    os._exit(code or 0)


_steps = count(1)


def _change_world(hooks: dict[str, Any]) -> None:
    if "steps" in hooks or "count_file" in hooks:
        _count_steps(hooks.get("steps"))
    if "scripted" in hooks:
        _script_engine(hooks["scripted"])
    if "clock_file" in hooks:
        _set_clock(Path(hooks["clock_file"]))
    if "zone_file" in hooks:
        zone_file = Path(hooks["zone_file"])
        clock.find_local_zone = lambda: ZoneInfo(zone_file.read_text(encoding="ascii"))
    if "batch_messages" in hooks:
        ingesting._BATCH_MESSAGES = hooks["batch_messages"]
    if "busy_s" in hooks:
        sqlite_store.BUSY_S = hooks["busy_s"]
        for opener in (Archive, Reader):
            vars(opener)["open"].__func__.__kwdefaults__["busy_timeout_s"] = hooks["busy_s"]
    if "size_limit" in hooks:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hooks["size_limit"], hooks["size_limit"]))
    if "user_id" in hooks:
        os.setgid(hooks["user_id"])
        os.setuid(hooks["user_id"])


def _count_steps(last: int | None) -> None:
    """Every connection counts; after the last step the process is gone, within a statement."""
    connect = sqlite3.connect

    def step() -> int:
        if next(_steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def connect_counted(*given: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)
        connection.set_progress_handler(step, _INSTRUCTIONS)
        return connection

    sqlite3.connect = connect_counted  # type: ignore[assignment]


def _script_engine(script: dict[str, str]) -> None:
    from tests.companion.conftest import ScriptedEngine

    modelling._open_engine = lambda *_: ScriptedEngine(script)  # type: ignore[assignment]
    trials = [Trial(Setting(1, 1), 1.0)]
    Model.tune = lambda *_, **__: trials  # type: ignore[method-assign]
    # In this process: what it takes to start another is not what these tests are about.
    Session.find_author = Session.find_model  # type: ignore[method-assign, assignment]


def _set_clock(file: Path) -> None:
    def read_now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text(encoding="ascii")))

    session.read_now = read_now  # type: ignore[attr-defined]


if __name__ == "__main__":
    attend()

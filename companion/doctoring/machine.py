"""Examines the machine: processor, memory, clock, file events, notifications."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from importlib.util import find_spec
from pathlib import Path

from companion.benching.limits import has_dot_product, read_flags
from companion.config import Config
from companion.doctoring.check import Check, give_check, give_fact
from companion.paths import Paths
from companion.tuning import count_cores, read_processor_name

_MEMORY_BYTES = 1_200_000_000
"""What a process with the default model takes at most."""

_EVENT_LIMIT_S = 3.0
_DRIFT = timedelta(minutes=2)


def examine_processor() -> Iterator[Check]:
    """Slow without instructions for int8, but never wrong: the weights are kept in bounds."""
    quick = has_dot_product(read_flags(), platform.machine())
    yield give_fact(
        "processor",
        f"{read_processor_name()}, {count_cores()} cores, int8 by "
        + ("dot products (VNNI or alike)" if quick else "pairs (no VNNI: slower)")
        + f"; {platform.system()} {platform.release()} {platform.machine()}",
    )


def examine_memory() -> Iterator[Check]:
    """Whether the default model fits into what is free."""
    import psutil

    memory = psutil.virtual_memory()
    yield give_check(
        "memory",
        ok=memory.available >= _MEMORY_BYTES,
        detail=f"{memory.available / 1e9:.1f} GB of {memory.total / 1e9:.1f} GB free",
        remedy="close other programs, or take a smaller model with `companion model use NAME`",
    )


def examine_clock(paths: Paths, now: datetime, zone: tzinfo) -> Iterator[Check]:
    """Digests and marks go by the clock, which must not lie behind what it said before."""
    from storage.errors import StorageError
    from storage.reader import Reader

    newest = None
    if paths.archive_file.exists():
        try:
            with Reader.open(paths.archive_file) as reader:
                newest = max((run.started_at for run in reader.runs(1)), default=None)
        except StorageError:
            pass  # the check of the archive says why
    local = now.astimezone(zone)
    yield give_check(
        "clock",
        ok=newest is None or newest <= now + _DRIFT,
        detail=f"{local.isoformat(timespec='seconds')} in {zone}",
        remedy="set the clock: Companion has worked at a later time than that",
    )


def examine_events(paths: Paths) -> Iterator[Check]:
    """Whether a change of a file is told; where it is not, the slow poll still finds it."""
    from companion.watching import Watcher

    told = threading.Event()
    with tempfile.TemporaryDirectory(dir=paths.state) as folder:
        probe = Path(folder) / "probe"
        watcher = Watcher(lambda _: told.set())
        watcher.watch({1: probe})
        watcher.start()
        probe.touch()
        ok = told.wait(_EVENT_LIMIT_S)
        watcher.stop()
    yield give_check(
        "file events",
        ok=ok,
        detail=("told at once" if ok else "not told: changes are found by the poll alone")
        + _read_watch_limit(),
        remedy="on Linux raise fs.inotify.max_user_watches; a network drive tells none",
    )


def _read_watch_limit() -> str:
    """How many folders Linux lets a user watch; "" where there is no such limit."""
    file = Path("/proc/sys/fs/inotify/max_user_watches")
    if not file.exists():
        return ""
    return f"; fs.inotify.max_user_watches is {file.read_text(encoding='ascii').strip()}"


def examine_notifications(config: Config) -> Iterator[Check]:
    """Whether what the config wants could be shown; shows nothing."""
    if config.notify == "off":
        yield give_fact("notifications", "none wanted")
        return
    has_extra = find_spec("desktop_notifier") is not None
    has_bus = sys.platform == "darwin" or _has_session_bus()
    yield give_check(
        "notifications",
        ok=has_extra and has_bus,
        detail=f"{config.notify}; extra notify {'there' if has_extra else 'missing'}, "
        f"desktop {'there' if has_bus else 'not reached from here'}",
        remedy=f"run `{sys.executable} -m pip install desktop-notifier`"
        if not has_extra
        else "run it in a desktop session: notifications go over the session's D-Bus",
    )


def _has_session_bus() -> bool:
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    return Path(f"/run/user/{os.getuid()}/bus").exists()

"""The unit's own command works under the unit's restrictions, as far as they can be had here.

No network interface, a limit of memory, nice, a umask; a manager's socket that is real.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.paths import Paths
from companion.service.interface import plan_start, run_program
from companion.service.systemd import UNIT, SystemdService
from storage.reader import Reader

if TYPE_CHECKING:
    from tests.companion.conftest import Run

PATIENCE_S = 60.0
CAGE = ("unshare", "--map-root-user", "--net", "prlimit", "--as=4294967296", "--core=0")


def can_lock_in() -> bool:
    """Whether this machine allows a user a network namespace of its own."""
    if sys.platform != "linux":
        return False
    try:
        return subprocess.run([*CAGE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not can_lock_in(), reason="no namespaces for users here")


def find_command(paths: Paths) -> list[str]:
    """The unit's ExecStart, read back from its text."""
    start = plan_start(paths, nice=10)
    unit = SystemdService(paths.state / UNIT, start, run_program).compose()
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    return shlex.split(line.removeprefix("ExecStart="))


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket on which the daemon is to give its signs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "n"))
        listener.settimeout(PATIENCE_S)
        yield listener


def wait_for(manager: socket.socket, wanted: bytes) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while manager.recv(1000) != wanted:
        assert time.monotonic() < deadline_s, f"never told {wanted!r}"


def test_it_gets_ready_reads_gives_signs_of_life_and_ends_when_told(
    paths: Paths, chat_db: Path, run_companion: Run, manager: socket.socket
) -> None:
    paths.config_file.write_text('model = "none"\nsettle_s = 0\n', encoding="utf-8")
    assert run_companion("add", str(chat_db), "--yes").returncode == 0
    before = chat_db.stat().st_mtime_ns
    environ = {
        **os.environ,
        "NOTIFY_SOCKET": manager.getsockname(),
        "WATCHDOG_USEC": "600000",
    }
    daemon = subprocess.Popen(
        [*CAGE, *find_command(paths)], env=environ, umask=0o077, stderr=subprocess.PIPE
    )
    try:
        wait_for(manager, b"READY=1")
        wait_for(manager, b"WATCHDOG=1")
        wait_for(manager, b"WATCHDOG=1")
        with Reader.open(paths.archive_file) as reader:
            assert reader.totals().unread > 0
        daemon.send_signal(signal.SIGTERM)
        wait_for(manager, b"STOPPING=1")
        assert daemon.wait(PATIENCE_S) == 0
    finally:
        daemon.kill()
        daemon.communicate()
    assert chat_db.stat().st_mtime_ns == before

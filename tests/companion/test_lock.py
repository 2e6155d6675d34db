"""One daemon a home, and a dead one leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.errors import DaemonRunning
from companion.lock import hold_daemon_lock, hold_pass_lock, is_held, read_holder

HOLDER = """
import sys, time
from pathlib import Path
from companion.lock import hold_daemon_lock
with hold_daemon_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `tmp_path/lock` and says so."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_daemon_is_refused_and_told_the_first(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    with pytest.raises(DaemonRunning, match=str(holder.pid)), hold_daemon_lock(tmp_path / "lock"):
        pass
    assert is_held(tmp_path / "lock")
    assert read_holder(tmp_path / "lock") == holder.pid


def test_a_killed_daemon_leaves_the_lock_free(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not is_held(tmp_path / "lock")
    with hold_daemon_lock(tmp_path / "lock"):
        assert is_held(tmp_path / "lock")


def test_the_pass_lock_is_waited_for_in_vain_when_another_holds_it(tmp_path: Path) -> None:
    with (
        hold_pass_lock(tmp_path / "lock", limit_s=0) as first,
        hold_pass_lock(tmp_path / "lock", limit_s=0.3) as second,
    ):
        assert first
        assert not second


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "lock")
    assert read_holder(tmp_path / "lock") is None

"""What the manager is told arrives on its socket, and nothing happens where it wants nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.service.telling import ServiceManager


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A manager's socket, named as seen from the working directory: paths of sockets are short."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("notify")
        listener.settimeout(10)
        yield listener


def test_each_telling_is_one_datagram(listener: socket.socket) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": "notify"})
    manager.tell_ready()
    manager.tell_status("summarising 3/12")
    manager.tell_alive()
    manager.tell_stopping()
    told = [listener.recv(100) for _ in range(4)]
    assert told == [b"READY=1", b"STATUS=summarising 3/12", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.skipif(not Path("/proc/net/unix").exists(), reason="abstract sockets are Linux's")
def test_an_address_that_is_no_file_is_found() -> None:
    name = f"companion-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(10)
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).tell_ready()
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_nobody_to_tell_is_no_error(environ: dict[str, str]) -> None:
    manager = ServiceManager(environ)
    manager.tell_ready()
    manager.tell_stopping()


@pytest.mark.parametrize(
    ("environ", "every_s"),
    [
        ({"WATCHDOG_USEC": "300000000"}, 150.0),
        ({"WATCHDOG_USEC": "300000000", "WATCHDOG_PID": str(os.getpid())}, 150.0),
        ({"WATCHDOG_USEC": "300000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_signs_of_life_come_twice_as_often_as_they_must(
    environ: dict[str, str], every_s: float | None
) -> None:
    assert ServiceManager({"NOTIFY_SOCKET": "x", **environ}).sign_every_s == every_s
    assert ServiceManager(environ).sign_every_s is None

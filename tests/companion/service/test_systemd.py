"""The unit says what it must, systemd finds nothing wrong with it, and systemctl is obeyed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from companion.service.interface import Outcome, ServiceFailed, Start
from companion.service.systemd import UNIT, SystemdService, find_unit_file, quote

START = Start(
    command=("/usr/bin/python3", "-P", "-m", "companion", "run"),
    environ={"COMPANION_HOME": "/home/mina/my chats", "TZ": "Asia/Seoul"},
    folders=(Path("/home/mina/my chats"), Path("/home/mina/my chats/state")),
    log_file=Path("/home/mina/my chats/state/daemon.log"),
    nice=7,
)


class Systemctl:
    """Stands in for systemctl: notes what it is told, answers as a manager in `state` would."""

    def __init__(self, manager: str = "running", state: str = "active") -> None:
        self.manager, self.state = manager, state
        self.fails_at = ""
        self.told: list[str] = []

    def run(self, arguments: Sequence[str]) -> Outcome:
        line = " ".join(arguments[2:])
        if line == "is-system-running":
            return Outcome(int(self.manager != "running"), f"{self.manager}\n")
        if line.startswith("show"):
            return Outcome(0, f"ActiveState={self.state}\n")
        self.told.append(line)
        if self.fails_at and line.startswith(self.fails_at):
            return Outcome(1, "Something came before.\nUnit is masked.\n")
        return Outcome(0, "")


def make_service(folder: Path, systemctl: Systemctl, start: Start = START) -> SystemdService:
    return SystemdService(find_unit_file(folder), start, systemctl.run)


def read_lines(service: SystemdService) -> list[str]:
    return service.compose().splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        'ExecStart="/usr/bin/python3" "-P" "-m" "companion" "run"',
        'Environment="COMPANION_HOME=/home/mina/my chats"',
        'Environment="TZ=Asia/Seoul"',
        "WatchdogSec=5min",
        "Restart=on-failure",
        "Nice=7",
        "IOSchedulingClass=idle",
        "MemoryMax=4G",
        "UMask=0077",
        "LimitCORE=0",
        "PrivateNetwork=yes",
        "RestrictAddressFamilies=AF_UNIX",
        "IPAddressDeny=any",
        "PrivateTmp=yes",
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        'ReadWritePaths="-/home/mina/my chats"',
        'ReadWritePaths="-/home/mina/my chats/state"',
        "NoNewPrivileges=yes",
        "SystemCallFilter=@system-service",
        "WantedBy=default.target",
    ],
)
def test_the_unit_holds(tmp_path: Path, line: str) -> None:
    assert line in read_lines(make_service(tmp_path, Systemctl()))


def test_every_restriction_has_its_reason_above_it(tmp_path: Path) -> None:
    blocks = make_service(tmp_path, Systemctl()).compose().split("\n\n")
    locked = [block for block in blocks if "Private" in block or "Restrict" in block]
    assert locked
    assert all(block.startswith(("#", "[Service]")) for block in locked)


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("/home/mina", '"/home/mina"'),
        ("/home/my chats", '"/home/my chats"'),
        ("100%", '"100%%"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("two\nlines", '"two\\nlines"'),
    ],
)
def test_nothing_in_a_path_means_anything(word: str, quoted: str) -> None:
    assert quote(word) == quoted


def test_a_dollar_in_the_command_begins_no_variable(tmp_path: Path) -> None:
    service = make_service(tmp_path, Systemctl(), replace(START, command=("/opt/$HOME/python",)))
    assert 'ExecStart="/opt/$$HOME/python"' in read_lines(service)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    odd = tmp_path / '50% of "my" $HOME\'s chats'
    odd.mkdir()
    start = replace(START, environ={"COMPANION_HOME": str(odd)}, folders=(odd,))
    service = make_service(tmp_path, Systemctl("offline"), start)
    service.install()
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(service.file)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    # It names units of the system that it cannot find as well; ours is what counts.
    about_ours = [line for line in verified.stderr.splitlines() if UNIT in line]
    assert (verified.returncode, about_ours) == (0, [])


class TestInstalling:
    def test_writes_a_private_unit_and_starts_it(self, tmp_path: Path) -> None:
        systemctl = Systemctl()
        service = make_service(tmp_path, systemctl)
        assert service.install() == ()
        assert service.file.read_text(encoding="utf-8") == service.compose()
        assert service.file.stat().st_mode & 0o777 == 0o600
        assert systemctl.told == ["daemon-reload", f"enable {UNIT}", f"restart {UNIT}"]

    @pytest.mark.parametrize("manager", ["offline", "unknown", "Failed to connect to bus"])
    def test_without_a_manager_says_what_to_call(self, tmp_path: Path, manager: str) -> None:
        systemctl = Systemctl(manager)
        service = make_service(tmp_path, systemctl)
        assert service.install() == (
            "systemctl --user daemon-reload",
            f"systemctl --user enable {UNIT}",
            f"systemctl --user restart {UNIT}",
        )
        assert systemctl.told == []
        assert service.find_state() == "unknown"

    def test_tells_in_one_line_what_systemd_refuses(self, tmp_path: Path) -> None:
        systemctl = Systemctl("degraded")
        systemctl.fails_at = "enable"
        with pytest.raises(ServiceFailed, match=r"Unit is masked.*again") as failed:
            make_service(tmp_path, systemctl).install()
        assert "\n" not in str(failed.value)


class TestUninstalling:
    def test_stops_it_and_removes_the_unit(self, tmp_path: Path) -> None:
        systemctl = Systemctl()
        service = make_service(tmp_path, systemctl)
        service.install()
        systemctl.told.clear()
        assert service.uninstall()
        assert systemctl.told == [f"disable --now {UNIT}", "daemon-reload"]
        assert (service.file.exists(), service.find_state()) == (False, "absent")

    def test_nothing_to_remove_is_no_error(self, tmp_path: Path) -> None:
        systemctl = Systemctl()
        assert not make_service(tmp_path, systemctl).uninstall()
        assert systemctl.told == []


@pytest.mark.parametrize(
    ("active", "state"),
    [
        ("active", "running"),
        ("activating", "starting"),
        ("inactive", "stopped"),
        ("failed", "failed"),
        ("maintenance", "unknown"),
    ],
)
def test_the_state_is_told_in_our_words(tmp_path: Path, active: str, state: str) -> None:
    service = make_service(tmp_path, Systemctl(state=active))
    service.install()
    assert service.find_state() == state

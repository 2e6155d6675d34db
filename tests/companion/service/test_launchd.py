"""The agent's property list holds what launchd needs, and launchctl is told in the right order."""

from __future__ import annotations

import os
import plistlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from companion.service.interface import Outcome, Start
from companion.service.launchd import LABEL, LaunchdService, find_agent_file

START = Start(
    command=("/usr/bin/python3", "-P", "-m", "companion", "run"),
    environ={"COMPANION_HOME": "/Users/mina/<chats> & more"},
    folders=(Path("/Users/mina/chats"),),
    log_file=Path("/Users/mina/chats/state/daemon.log"),
    nice=7,
)
DOMAIN = f"gui/{os.getuid()}"


class Launchctl:
    """Stands in for launchctl, with a session or without."""

    def __init__(self, *, has_session: bool = True) -> None:
        self.has_session = has_session
        self.printed: str | None = None
        self.told: list[str] = []

    def run(self, arguments: Sequence[str]) -> Outcome:
        line = " ".join(arguments[1:])
        if line == f"print {DOMAIN}":
            return Outcome(0 if self.has_session else 113, "")
        if line == f"print {DOMAIN}/{LABEL}":
            return Outcome(113, "") if self.printed is None else Outcome(0, self.printed)
        self.told.append(line)
        return Outcome(0, "")


def make_service(folder: Path, launchctl: Launchctl) -> LaunchdService:
    return LaunchdService(find_agent_file(folder), START, launchctl.run)


def test_the_agent_holds_what_launchd_needs(tmp_path: Path) -> None:
    agent = plistlib.loads(make_service(tmp_path, Launchctl()).compose().encode())
    assert agent == {
        "Label": LABEL,
        "ProgramArguments": list(START.command),
        "EnvironmentVariables": dict(START.environ),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "LowPriorityBackgroundIO": True,
        "Nice": 7,
        "Umask": 63,
        "HardResourceLimits": {"Core": 0},
        "StandardErrorPath": str(START.log_file),
    }


def test_installing_anew_takes_the_old_one_out_first(tmp_path: Path) -> None:
    launchctl = Launchctl()
    service = make_service(tmp_path, launchctl)
    bootstrap = f"bootstrap {DOMAIN} {service.file}"
    assert service.install() == ()
    assert launchctl.told == [bootstrap]
    assert service.file.stat().st_mode & 0o777 == 0o600
    launchctl.printed = "\tstate = running\n"
    service.install()
    assert launchctl.told == [bootstrap, f"bootout {DOMAIN}/{LABEL}", bootstrap]


def test_without_a_session_it_says_what_to_call(tmp_path: Path) -> None:
    launchctl = Launchctl(has_session=False)
    service = make_service(tmp_path, launchctl)
    assert service.install() == (f"launchctl bootstrap {DOMAIN} {service.file}",)
    assert (launchctl.told, service.find_state()) == ([], "unknown")


def test_uninstalling_stops_it_and_removes_the_agent(tmp_path: Path) -> None:
    launchctl = Launchctl()
    service = make_service(tmp_path, launchctl)
    assert not service.uninstall()
    service.install()
    launchctl.printed = "\tstate = running\n"
    launchctl.told.clear()
    assert service.uninstall()
    assert launchctl.told == [f"bootout {DOMAIN}/{LABEL}"]
    assert service.find_state() == "absent"


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("\tstate = running\n\tlast exit code = 1\n", "running"),
        ("\tstate = not running\n\tlast exit code = 0\n", "stopped"),
        ("\tstate = not running\n\tlast exit code = (never exited)\n", "stopped"),
        ("\tstate = not running\n\tlast exit code = 1\n", "failed"),
        (None, "unknown"),
    ],
)
def test_the_state_is_told_in_our_words(tmp_path: Path, printed: str | None, state: str) -> None:
    launchctl = Launchctl()
    service = make_service(tmp_path, launchctl)
    service.install()
    launchctl.printed = printed
    assert service.find_state() == state

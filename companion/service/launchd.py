"""The daemon as a launchd agent of the user's session: its property list, and launchctl."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

from companion.service.interface import Service, ServiceState

LABEL = "local.companion.daemon"


class LaunchdService(Service):
    """An agent, which lives in the user's graphical session."""

    manager = "launchd"

    def compose(self) -> str:
        agent = {
            "Label": LABEL,
            "ProgramArguments": list(self._start.command),
            "EnvironmentVariables": dict(self._start.environ),
            # At every login, and again after a crash, though not at once.
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 30,
            # Behind everything else: throttled by the system, last at the disk, nice as set.
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "LowPriorityBackgroundIO": True,
            "Nice": self._start.nice,
            # Files are the owner's alone, and a crash leaves no messages on the disk.
            "Umask": 0o077,
            "HardResourceLimits": {"Core": 0},
            # The system keeps nothing of what an agent says; this holds no text of a message.
            "StandardErrorPath": str(self._start.log_file),
        }
        return plistlib.dumps(agent, sort_keys=False).decode()

    def install(self) -> tuple[str, ...]:
        if self.find_state() in ("running", "stopped", "failed"):
            self._call("launchctl", "bootout", self._target)
        self._write_file()
        command = ("launchctl", "bootstrap", self._domain, str(self.file))
        if not self._is_answering():
            return (" ".join(command),)
        self._call(*command)
        return ()

    def uninstall(self) -> bool:
        if not self.file.exists():
            return False
        if self.find_state() in ("running", "stopped", "failed"):
            self._call("launchctl", "bootout", self._target)
        self.file.unlink()
        return True

    def _ask_state(self) -> ServiceState:
        printed = self._run(("launchctl", "print", self._target))
        if printed.code != 0:
            return "unknown"
        lines = {line.strip() for line in printed.out.splitlines()}
        if "state = running" in lines:
            return "running"
        return (
            "stopped"
            if lines & {"last exit code = 0", "last exit code = (never exited)"}
            else "failed"
        )

    def _is_answering(self) -> bool:
        return self._run(("launchctl", "print", self._domain)).code == 0

    @property
    def _domain(self) -> str:
        return f"gui/{os.getuid()}"

    @property
    def _target(self) -> str:
        return f"{self._domain}/{LABEL}"


def find_agent_file(user_home: Path) -> Path:
    """Where the user's agents are kept."""
    return user_home / "Library" / "LaunchAgents" / f"{LABEL}.plist"

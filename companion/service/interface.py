"""What a service manager can do for the daemon, and how its programs are called; no file's text."""

from __future__ import annotations

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from companion.errors import CompanionError
from companion.paths import HOME_VARIABLE, Paths

ServiceState = Literal["running", "starting", "stopped", "failed", "absent", "unknown"]
"""Of the daemon as a service. "absent": not installed; "unknown": its manager does not answer."""

_LIMIT_S = 60.0

_CARRIED = (
    HOME_VARIABLE,
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "LC_ALL",
    "LC_MESSAGES",
    "LANG",
    "TZ",
)
"""Variables that say where the home is, which language it speaks and which time it is: a service
is not started by the shell that has them."""


class ServiceFailed(CompanionError):
    """The service manager refused, or there is none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program of the manager said."""

    code: int
    out: str
    """Both its streams."""


RunProgram = Callable[[Sequence[str]], Outcome]


@dataclass(frozen=True, slots=True)
class Start:
    """How the daemon is to be started."""

    command: tuple[str, ...]
    environ: Mapping[str, str]
    folders: tuple[Path, ...]
    """Those that it writes to; nothing else."""

    log_file: Path
    nice: int


class Service(ABC):
    """The daemon of one home as a service of its user."""

    manager: ClassVar[str]
    """Its program's family: "systemd"."""

    def __init__(self, file: Path, start: Start, run: RunProgram) -> None:
        self.file = file
        self._start = start
        self._run = run

    @abstractmethod
    def compose(self) -> str:
        """The text of `file`."""

    @abstractmethod
    def install(self) -> tuple[str, ...]:
        """Write the file and start the service, now and at every login; a second time renews both.

        Gives the commands that the user has to call yet, where the manager does not answer; ()
        when all is done. Raises `ServiceFailed` where it refuses.
        """

    @abstractmethod
    def uninstall(self) -> bool:
        """Stop the service and remove its file; False when there was none."""

    def find_state(self) -> ServiceState:
        """How it is now."""
        if not self.file.exists():
            return "absent"
        return self._ask_state() if self._is_answering() else "unknown"

    @abstractmethod
    def _is_answering(self) -> bool:
        """Whether the manager can be spoken to at all."""

    @abstractmethod
    def _ask_state(self) -> ServiceState:
        """What the manager says of a service whose file is there."""

    def _write_file(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self.compose())

    def _call(self, *arguments: str) -> None:
        """Call the manager's program; raises `ServiceFailed` with its own last words."""
        outcome = self._run(arguments)
        if outcome.code != 0:
            words = outcome.out.strip().splitlines() or [f"exit code {outcome.code}"]
            raise ServiceFailed(
                f"`{' '.join(arguments)}` failed: {words[-1]}",
                next_step=f"mend that, and run `{' '.join(arguments)}` again",
            )


def plan_start(paths: Paths, nice: int, environ: Mapping[str, str] | None = None) -> Start:
    """How the daemon of this home is started by this very Python and with these variables."""
    environ = os.environ if environ is None else environ
    # -P: a file companion.py in the folder that a service starts in must not stand in for us.
    command = (sys.executable, "-P", "-m", "companion", "run")
    carried = {name: environ[name] for name in _CARRIED if environ.get(name)}
    folders = tuple(dict.fromkeys((paths.data, paths.config, paths.cache, paths.state)))
    return Start(command, carried, folders, paths.state / "daemon.log", nice)


def run_program(arguments: Sequence[str]) -> Outcome:
    """Call a program of the system, whose answer is short."""
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        return Outcome(127, f"{arguments[0]}: {type(error).__name__}")
    return Outcome(done.returncode, done.stdout)

"""What the daemon is doing, told to other processes of the home by one small JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from companion.lock import is_held
from companion.paths import Paths
from companion.replacing import replace_file

if TYPE_CHECKING:  # `status` starts quickly
    from companion.permitting import Reason

Activity = Literal["starting", "idle", "reading", "summarising", "digest", "stopping"]


@dataclass(frozen=True, slots=True)
class DaemonState:
    """A moment in the life of the daemon; holds counts and names of errors, never message text."""

    pid: int
    started_at: str
    """ISO 8601, as all times here."""

    activity: Activity = "starting"
    done: int = 0
    total: int = 0
    """Of the running pass; 0 when none runs."""

    idle_since: str | None = None
    """When the last work ended; None while it works."""

    next_digest: str | None = None
    hold: Reason | None = None
    """Why the model may not work while there is work for it; None while it may, or has none."""

    hold_until: str | None = None
    """When that is over; None also where it ends without notice: then it is looked at again about
    once a minute."""

    errors: Mapping[str, str] = field(default_factory=dict)
    """What fails at present, by part: "sources", "archive", "model", "daemon". A part that went
    well since is not in it."""


def describe_state(state: DaemonState) -> str:
    """A line for people: "summarising 3/12", "idle: on battery"."""
    progress = f" {state.done}/{state.total}" if state.total else ""
    return f"{state.activity}{progress}" + (f": {state.hold}" if state.hold else "")


def save_state(path: Path, state: DaemonState) -> None:
    """Replace the file in one step, so that a reader sees the old state or the new one."""
    replace_file(path, json.dumps(asdict(state)))


def wake_daemon(paths: Paths) -> None:
    """Let a running daemon look at what was just written to the archive.

    A byte is written, not the time stamp touched: only that is told as a change everywhere.
    Nothing happens, and no harm is done, when none runs.
    """
    if is_held(paths.lock_file):
        with suppress(OSError):  # no room even for a byte: the next poll finds what was written
            paths.wake_file.write_bytes(b".")


def find_state(paths: Paths) -> DaemonState | None:
    """The state of the running daemon; None when none runs, whatever a dead one left behind."""
    if not is_held(paths.lock_file) or not paths.daemon_file.exists():
        return None
    return DaemonState(**json.loads(paths.daemon_file.read_text(encoding="utf-8")))


def count_idle_s(state: DaemonState, now: datetime) -> float:
    """Seconds since the daemon last did anything; 0 while it works."""
    if state.idle_since is None:
        return 0.0
    return max(0.0, (now - datetime.fromisoformat(state.idle_since)).total_seconds())

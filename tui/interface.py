"""What the screens need done for them: the border between `tui` and whoever writes the archive.

The terminal interface reads the archive itself (`storage.reader`) and asks for everything
else through `Actions`. The package `companion` implements it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Activity = Literal["starting", "idle", "reading", "summarising", "digest", "preparing", "stopping"]
"""What the daemon does; "reading": stores; "preparing": it converts or loads the model."""


@dataclass(frozen=True, slots=True)
class DaemonState:
    """The daemon at one moment."""

    state: Literal["running", "paused", "absent"]
    """"absent": no daemon holds the lock."""

    activity: Activity = "idle"
    done: int = 0
    total: int = 0
    """Of the activity's own parts (conversations while summarising, per cent while preparing);
    0 where it cannot be told."""

    next_digest_at: datetime | None = None

    model: str | None = None
    """Name of the model in use; None: no model is installed, highlights alone are made."""

    error: str | None = None
    """The last failure in one line, with its next step; no text of a message. None: none."""


class ActionFailed(Exception):
    """An action that could not be done; the text says what, why and the next step."""


class Actions(Protocol):
    """What a key can ask for.

    `daemon_state` is called about once a second on the screen's own thread and must return in
    milliseconds. All others are called on a worker thread, one at a time, and may wait for the
    archive's write lock. They raise `ActionFailed`, never anything a person could not act on.
    """

    def daemon_state(self) -> DaemonState:
        """The daemon as it is now."""
        ...

    def mark_read(self, conversation_id: int) -> int:
        """Move the read mark to the newest message; returns how many became read."""
        ...

    def undo_read(self, conversation_id: int) -> int:
        """Take the last `mark_read` of this conversation back; returns how many became unread,
        0 when there is nothing to take back.
        """
        ...

    def request_summary(self, conversation_id: int | None) -> None:
        """Ask for a new summary of one conversation, or with None of every unread one."""
        ...

    def request_sync(self) -> None:
        """Ask that every registered store be read now."""
        ...

    def set_todo_done(self, todo_id: int, done: bool) -> None:
        """Tick a to-do off, or open it again."""
        ...

"""When a pass is due after changes, as plain arithmetic on a monotonic clock the caller reads."""

from __future__ import annotations

import threading


class Settling:
    """Due once it has been quiet for `settle_s`, or `limit_s` after the first change.

    So a lively chat is summarised when it pauses, and one that never pauses still is.
    Changes may be noted from other threads.
    """

    def __init__(self, settle_s: float, limit_s: float) -> None:
        self._settle_s, self._limit_s = settle_s, limit_s
        self._lock = threading.Lock()
        self._due_s: float | None = None
        self._latest_s: float | None = None

    def note(self, now_s: float) -> None:
        """Something changed."""
        with self._lock:
            if self._latest_s is None:
                self._latest_s = now_s + self._limit_s
            self._due_s = min(now_s + self._settle_s, self._latest_s)

    def postpone(self, until_s: float) -> None:
        """Due at this time, whatever else; for another try after a failure."""
        with self._lock:
            self._due_s = self._latest_s = until_s

    def is_due(self, now_s: float) -> bool:
        """Whether a pass should start."""
        return self._due_s is not None and now_s >= self._due_s

    def clear(self) -> None:
        """A pass starts: what changes from now on is for the next one."""
        with self._lock:
            self._due_s = self._latest_s = None

    def count_wait_s(self, now_s: float) -> float | None:
        """Seconds until a pass is due, 0 when it is, None when nothing changed."""
        due_s = self._due_s
        return None if due_s is None else max(0.0, due_s - now_s)

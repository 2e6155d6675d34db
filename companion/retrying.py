"""How long to wait after a failure before the next try, as plain arithmetic on times given in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits that double from failure to failure, so that what stays broken costs ever less."""

    first_wait: timedelta
    longest_wait: timedelta
    limit_tries: int | None = None
    """Given up after so many; None: never."""

    def gives_up(self, failures: int) -> bool:
        """Whether so many failures in a row are enough."""
        return self.limit_tries is not None and failures >= self.limit_tries

    def find_next_try(self, failures: int, failed_at: datetime) -> datetime | None:
        """When to try again; None after the last try."""
        if self.gives_up(failures):
            return None
        # Long before, any wait is the longest, and a timedelta would overflow.
        wait = self.first_wait * (1 << min(max(failures - 1, 0), 16))
        return failed_at + min(wait, self.longest_wait)

    def is_waiting(self, failures: int, failed_at: datetime | None, now: datetime) -> bool:
        """Whether it is too early for another try, or too late for any.

        What never failed waits for nothing. A failure of the future was noted by a clock that
        was set back since: it waits no more.
        """
        if failed_at is None:
            return False
        next_try = self.find_next_try(failures, failed_at)
        return next_try is None or failed_at <= now < next_try


STORES = Patience(timedelta(minutes=1), timedelta(hours=1))
"""A store that cannot be read may come back: a disk that is mounted, a permission that is given."""

EVENTS = Patience(timedelta(seconds=10), timedelta(seconds=10))
"""A change in a failing store is a reason to look at once, but one that changes all the time is
not looked at all the time."""

CONVERSATIONS = Patience(timedelta(minutes=10), timedelta(hours=1), limit_tries=3)
"""What ends the model's process costs the time of a start, and will do so again: a chat that
did it three times over half an hour, when memory was short for once, is at fault itself."""

"""The daemon's worker: decides when a pass, a digest or a request is due and runs them in turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, tzinfo
from typing import Protocol

from companion.authoring.interface import Author
from companion.config import Config
from companion.daemon_state import Activity
from companion.digesting import find_due, make_digest
from companion.expiring import count_wait_s, remove_expired
from companion.gating import Gate
from companion.notifying import Send, compose_notice, send_notice
from companion.paths import Paths
from companion.permitting import Hold
from companion.pulse import Pulse
from companion.scheduling import Cron
from companion.settling import Settling
from companion.summarizing import Saved, find_next_try, run_pass
from storage.archive import Archive
from storage.errors import StorageError
from storage.reader import Reader
from storage.records import RequestRow

log = logging.getLogger(__name__)

_RETRY_S = 600.0
"""After a pass that failed: not at every message, but without being asked."""

_STORAGE_RETRY_S = 60.0
"""After the archive could not be read or written."""

_RUNS_REMEMBERED = 200
"""More than fall into an hour."""

_SHORTEST_REST_S = 10.0
"""A hold is looked at no more often, whatever its end: an idle daemon hardly wakes."""


class Tell(Protocol):
    """Tells other processes what the daemon is doing."""

    def __call__(self, *, activity: Activity, done: int = 0, total: int = 0) -> None: ...


class Worker(threading.Thread):
    """One at a time: requests, the due digest, the due pass, then the model's memory back."""

    def __init__(
        self,
        paths: Paths,
        config: Config,
        author: Author,
        *,
        cron: Cron | None,
        zone: tzinfo,
        read_now: Callable[[], datetime],
        should_stop: Callable[[], bool],
        ask_sync: Callable[[], None],
        tell: Tell,
        tell_hold: Callable[[Hold | None], None],
        note_error: Callable[[str | None], None],
        on_failed: Callable[[StorageError], None],
        gate: Gate | None = None,
        notify: Send = send_notice,
    ) -> None:
        super().__init__(name="worker")
        self.pulse = Pulse()
        self._paths, self._config, self._author = paths, config, author
        author.on_wait = self.pulse.beat
        self._cron, self._zone, self._read_now = cron, zone, read_now
        self._should_stop, self._ask_sync = should_stop, ask_sync
        self._tell, self._tell_hold, self._note_error = tell, tell_hold, note_error
        self._on_failed = on_failed
        self._gate = gate or Gate(paths.pause_file, config, zone, read_now)
        self._notify = notify
        self._hold: Hold | None = None
        """What cut the last pass, or kept all work back; the work waits for its end."""
        self._request: RequestRow | None = None
        """Taken and not ended, where the archive failed in between: nobody else may take it."""
        self._woken = threading.Event()
        self._changes = Settling(config.settle_s, config.settle_limit_s)
        self._next_try: datetime | None = None
        """When the model is to be run once more on a conversation on which it failed."""
        self._worked_s = time.monotonic()

    def wake(self) -> None:
        """Look at once at what is asked and due."""
        self._woken.set()

    def note_change(self) -> None:
        """A store changed: a pass is due when it has been quiet for a while."""
        self._changes.note(time.monotonic())
        self._woken.set()

    def run(self) -> None:
        """Until told to stop; what an earlier process left unfinished is due at once."""
        archive_file = self._paths.archive_file
        with Archive.open(archive_file) as archive, Reader.open(archive_file) as reader:
            has_begun = False
            while not self._should_stop():
                self.pulse.beat()
                try:
                    if not has_begun:
                        self._begin(archive, reader)
                        has_begun = True
                    self._work(archive, reader)
                    wait_s = self._count_wait_s(reader)
                except StorageError as error:
                    # A full disk or a long lock passes; what was cut short is due again then.
                    self._on_failed(error)
                    self._changes.postpone(time.monotonic() + _STORAGE_RETRY_S)
                    wait_s = _STORAGE_RETRY_S
                self._tell(activity="idle")
                self._woken.wait(wait_s)
                self._woken.clear()
        self._author.unload()

    def _begin(self, archive: Archive, reader: Reader) -> None:
        archive.abort_runs(self._read_now())
        self._gate.remember(reader.runs(limit=_RUNS_REMEMBERED))
        self._changes.postpone(time.monotonic())

    def _work(self, archive: Archive, reader: Reader) -> None:
        if remove_expired(reader, lambda: nullcontext(archive), self._read_now()):
            self._changes.note(time.monotonic())  # what is left there is to be summarised anew
        if not self._is_paused():
            self._do_due_work(archive, reader)
        if time.monotonic() - self._worked_s >= self._config.unload_s:
            self._author.unload()

    def _is_paused(self) -> bool:
        """Whether all work waits; what came meanwhile is read as soon as the pause is over."""
        was_paused = self._hold is not None and self._hold.reason == "paused"
        hold = self._gate.find_hold(is_asked=True)
        if hold is not None:
            self._set_hold(hold)
        elif was_paused:
            self._set_hold(None)
            self._changes.note(time.monotonic())
            self._ask_sync()
        return hold is not None

    def _is_released(self) -> bool:
        """Whether what was held back may go on; what still waits needs no pass to be known."""
        if self._hold is None:
            return False
        hold = self._gate.find_hold()
        if hold is not None:
            self._set_hold(hold)
        return hold is None

    def _set_hold(self, hold: Hold | None) -> None:
        self._hold = hold
        self._tell_hold(hold)

    def _do_due_work(self, archive: Archive, reader: Reader) -> None:
        while not self._should_stop() and (request := self._take_request(archive, reader)):
            self._request = request
            outcome = self._serve(archive, reader, request)
            archive.end_request(request.id, self._read_now(), outcome)
            self._request = None
        self._make_due_digest(archive, reader)
        if self._is_pass_due() or self._is_released():
            self._changes.clear()
            self._run_pass(archive, reader)

    def _is_pass_due(self) -> bool:
        if self._next_try is not None and self._read_now() >= self._next_try:
            return True
        return self._changes.is_due(time.monotonic())

    def _count_wait_s(self, reader: Reader) -> float | None:
        """Seconds until something falls due by itself; None when nothing will."""
        now_s = time.monotonic()
        waits_s = [count_wait_s(reader, self._read_now())]
        if self._hold is not None:
            rest_s = (self._hold.until - self._read_now()).total_seconds()
            waits_s.append(max(_SHORTEST_REST_S, rest_s))
        if self._hold is None or self._hold.reason != "paused":
            waits_s.append(self._changes.count_wait_s(now_s))
            if self._next_try is not None:
                waits_s.append(max(0.0, (self._next_try - self._read_now()).total_seconds()))
        if self._author.is_loaded:
            waits_s.append(max(0.0, self._worked_s + self._config.unload_s - now_s))
        wait_s = min((wait_s for wait_s in waits_s if wait_s is not None), default=None)
        return None if wait_s is None else min(wait_s, threading.TIMEOUT_MAX)

    def _take_request(self, archive: Archive, reader: Reader) -> RequestRow | None:
        if self._request is not None:
            return self._request
        # Asked read-only first: taking one writes, and an idle daemon writes nothing.
        return archive.take_request(self._read_now()) if reader.requests(open_only=True) else None

    def _serve(self, archive: Archive, reader: Reader, request: RequestRow) -> str:
        if request.kind == "sync":
            self._ask_sync()
            return "done"
        if request.kind == "digest":
            day = self._read_now().astimezone(self._zone).date()
            make_digest(archive, reader, self._config, day, self._read_now(), self._zone)
            return "done"
        if request.kind == "summarize":
            wanted = request.payload.get("conversation")
            ids = [wanted] if isinstance(wanted, int) else None
            force = bool(request.payload.get("force"))
            is_done = self._run_pass(archive, reader, ids, force=force, is_asked=True)
            return "done" if is_done else "failed"
        return "unknown"

    def _make_due_digest(self, archive: Archive, reader: Reader) -> None:
        """The summaries first, so that the digest of the night is not the one of last week."""
        if self._cron is None or self._should_stop():
            return
        due = find_due(reader, self._cron, self._read_now(), self._zone)
        if due is None:
            return
        self._changes.clear()
        self._run_pass(archive, reader)
        if self._should_stop():
            return
        self._tell(activity="digest")
        now = self._read_now()
        make_digest(archive, reader, self._config, due.day, now, self._zone, caught_up=due.is_late)
        log.info("digest of %s made%s", due.day, " late" if due.is_late else "")

    def _run_pass(
        self,
        archive: Archive,
        reader: Reader,
        ids: list[int] | None = None,
        *,
        force: bool = False,
        is_asked: bool = False,
    ) -> bool:
        """One pass; False when it failed, and then another try is due in a while.

        Where the model may not work, highlights alone are saved, and the rest waits.
        """
        hold: Hold | None = None
        told: set[int] = set()

        def show(saved: Saved) -> None:
            self.pulse.beat()
            told.add(saved.conversation_id)
            self._tell(activity="summarising", done=saved.done, total=saved.total)

        def must_stop() -> bool:
            nonlocal hold
            if self._should_stop():
                return True
            hold = self._gate.find_hold(is_asked=is_asked)
            if hold is None:
                self._gate.begin_work()
            return hold is not None

        report = run_pass(
            archive,
            reader,
            self._config,
            self._author,
            self._paths.pass_lock_file,
            self._read_now,
            ids=ids,
            force=force,
            on_saved=show,
            should_stop=must_stop,
        )
        self._gate.end_work()
        # Who asked for it looks at it already.
        if not is_asked and (notice := compose_notice(reader, self._config, told)):
            self._notify(notice)
        self._worked_s = time.monotonic()
        self._next_try = find_next_try(reader, self._read_now())
        if hold is not None or ids is None:
            self._set_hold(hold if report.left else None)
        self._note_error(report.error)
        if report.error is not None:
            self._changes.postpone(time.monotonic() + _RETRY_S)
        return report.error is None

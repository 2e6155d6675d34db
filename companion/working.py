"""The daemon's worker: decides when a pass, a digest or a request is due and runs them in turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, tzinfo
from typing import Protocol

from companion.config import Config
from companion.daemon_state import Activity
from companion.digesting import find_due, make_digest
from companion.expiring import count_wait_s, remove_expired
from companion.modelling import Model
from companion.paths import Paths
from companion.scheduling import Cron
from companion.settling import Settling
from companion.summarizing import Saved, run_pass
from storage.archive import Archive
from storage.reader import Reader
from storage.records import RequestRow

log = logging.getLogger(__name__)

_RETRY_S = 600.0
"""After a pass that failed: not at every message, but without being asked."""


class Tell(Protocol):
    """Tells other processes what the daemon is doing."""

    def __call__(self, *, activity: Activity, done: int = 0, total: int = 0) -> None: ...


class Worker(threading.Thread):
    """One at a time: requests, the due digest, the due pass, then the model's memory back."""

    def __init__(
        self,
        paths: Paths,
        config: Config,
        model: Model,
        *,
        cron: Cron | None,
        zone: tzinfo,
        read_now: Callable[[], datetime],
        should_stop: Callable[[], bool],
        ask_sync: Callable[[], None],
        tell: Tell,
        note_error: Callable[[str | None], None],
    ) -> None:
        super().__init__(name="worker")
        self._paths, self._config, self._model = paths, config, model
        self._cron, self._zone, self._read_now = cron, zone, read_now
        self._should_stop, self._ask_sync = should_stop, ask_sync
        self._tell, self._note_error = tell, note_error
        self._woken = threading.Event()
        self._changes = Settling(config.settle_s, config.settle_limit_s)
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
            archive.abort_runs(self._read_now())
            self._changes.postpone(time.monotonic())
            while not self._should_stop():
                self._work(archive, reader)
                self._tell(activity="idle")
                self._woken.wait(self._count_wait_s(reader))
                self._woken.clear()
        self._model.unload()

    def _work(self, archive: Archive, reader: Reader) -> None:
        if remove_expired(reader, lambda: nullcontext(archive), self._read_now()):
            self._changes.note(time.monotonic())  # what is left there is to be summarised anew
        while not self._should_stop() and (request := self._take_request(archive, reader)):
            outcome = self._serve(archive, reader, request)
            archive.end_request(request.id, self._read_now(), outcome)
        self._make_due_digest(archive, reader)
        if self._changes.is_due(time.monotonic()):
            self._changes.clear()
            self._run_pass(archive, reader)
        if time.monotonic() - self._worked_s >= self._config.unload_s:
            self._model.unload()

    def _count_wait_s(self, reader: Reader) -> float | None:
        """Seconds until something falls due by itself; None when nothing will."""
        now_s = time.monotonic()
        waits_s = [self._changes.count_wait_s(now_s), count_wait_s(reader, self._read_now())]
        if self._model.is_loaded:
            waits_s.append(max(0.0, self._worked_s + self._config.unload_s - now_s))
        wait_s = min((wait_s for wait_s in waits_s if wait_s is not None), default=None)
        return None if wait_s is None else min(wait_s, threading.TIMEOUT_MAX)

    def _take_request(self, archive: Archive, reader: Reader) -> RequestRow | None:
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
            return "done" if self._run_pass(archive, reader, ids, force=force) else "failed"
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
    ) -> bool:
        """One pass; False when it failed, and then another try is due in a while."""

        def show(saved: Saved) -> None:
            self._tell(activity="summarising", done=saved.done, total=saved.total)

        report = run_pass(
            archive,
            reader,
            self._config,
            self._model,
            self._paths.pass_lock_file,
            self._read_now,
            ids=ids,
            force=force,
            on_saved=show,
            should_stop=self._should_stop,
        )
        self._worked_s = time.monotonic()
        self._note_error(report.error)
        if report.error is not None:
            self._changes.postpone(time.monotonic() + _RETRY_S)
        return report.error is None

"""The daemon: joins watcher, clock, reading and passes in one process; owns threads, not rules.

Three threads besides the watcher's and the clock's. The main one waits for a signal. The
reader keeps the archive up to date even while the model works, so that a message is stored
within seconds of its commit. The worker runs passes, digests and requests one at a time.
Each may be killed at any instruction: all state is in the archive.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from companion.authoring.interface import Author
from companion.clock import LocalZone
from companion.config import Config
from companion.daemon_state import Activity, DaemonState, describe_state, save_state
from companion.expiring import remove_expired
from companion.indexing import index_messages
from companion.ingesting import SourceReport, sync_sources
from companion.leaving_out import make_rules
from companion.lock import hold_daemon_lock
from companion.paths import Paths
from companion.pausing import find_pause
from companion.permitting import Hold
from companion.pulse import Pulse, Rounds
from companion.retaining import Upkeep
from companion.retrying import EVENTS, STORES
from companion.scheduling import Clockwork, Cron
from companion.service.telling import ServiceManager
from companion.watching import Watcher
from companion.working import Worker
from storage.archive import Archive
from storage.errors import StorageError
from storage.reader import Reader
from storage.records import SourceRow

log = logging.getLogger(__name__)

_DEBOUNCE_S = 0.3
"""One commit makes several file events; they are one change."""

_WAKE = 0
"""The watcher's name for the wake file; sources count from 1."""

_NOTE_AFTER = timedelta(hours=1)
"""How old the time may grow at which an unchanged store was looked at last: an idle daemon
writes nothing, but what it keeps of its work is not stale when it ends."""

_STUCK_ROUNDS = 12
"""A thread that got nowhere for so many signs of life asked for is stuck: half an hour with the
unit of `companion.service`. A gist on a slow machine takes minutes, as does a batch of a store."""


class Daemon:
    """One home's daemon. `run` returns after SIGTERM or SIGINT, everything closed."""

    def __init__(
        self,
        paths: Paths,
        config: Config,
        author: Author,
        *,
        read_now: Callable[[], datetime],
        zone: LocalZone,
        manager: ServiceManager | None = None,
    ) -> None:
        self._paths = paths
        self._author = author
        self._manager = manager or ServiceManager()
        self._config = config
        self._read_now = read_now
        self._zone = zone
        self._stop = threading.Event()
        self._failed = False
        self._state_lock = threading.Lock()
        self._state = DaemonState(pid=os.getpid(), started_at=read_now().isoformat())
        self._cron = Cron(config.digest_cron, zone) if config.digest_cron else None
        self._ingestor = Ingestor(
            paths.archive_file,
            on_sources=self._on_sources,
            on_synced=self._on_synced,
            on_failed=self._on_storage_failed,
            on_expired=self._on_expired,
            is_paused=lambda: find_pause(paths.pause_file, read_now()) is not None,
            upkeep=Upkeep(make_rules(config), zone),
            read_now=read_now,
        )
        self._worker = Worker(
            paths,
            config,
            author,
            cron=self._cron,
            zone=zone,
            read_now=read_now,
            should_stop=self._stop.is_set,
            ask_sync=self._ingestor.ask_all,
            tell=self._tell,
            tell_hold=self._tell_hold,
            note_error=lambda error: self._note_error("model", error),
            on_failed=self._on_storage_failed,
        )
        self._watcher = Watcher(self._on_change)
        self._clockwork = Clockwork(self._on_tick, self._cron, config.poll_s, read_now)

    def run(self) -> int:
        """Work until told to stop; 0 after a signal, 1 when a thread failed.

        Raises `DaemonRunning` when the home has a daemon already.
        """
        with hold_daemon_lock(self._paths.lock_file):
            threading.excepthook = self._on_thread_failure
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stop.set())
            Archive.open(self._paths.archive_file).close()
            self._paths.wake_file.touch(mode=0o600)
            save_state(self._paths.daemon_file, self._state)
            self._start()
            self._manager.tell_ready()
            log.info("ready")
            self._live()
            self._manager.tell_stopping()
            log.info("stopping")
            self._tell(activity="stopping")
            self._end()
        return 1 if self._failed else 0

    def _start(self) -> None:
        self._watcher.start()
        self._ingestor.start()
        self._worker.start()
        self._ingestor.ask_all()
        self._on_tick()
        self._clockwork.start()

    def _live(self) -> None:
        """Until told to stop: give the manager the signs of life that the threads gave us.

        Each is asked to turn round once, which proves that it can, and counts what it does if it
        is at work.
        """
        pulses = {part.name: part.pulse for part in (self._ingestor, self._worker)}
        rounds = Rounds(pulses, _STUCK_ROUNDS)
        while not self._stop.wait(self._manager.sign_every_s):
            if stuck := rounds.look():
                log.critical("stuck: %s", ", ".join(stuck))
            else:
                self._manager.tell_alive()
            self._ingestor.ask(_WAKE)
            self._worker.wake()

    def _end(self) -> None:
        self._clockwork.stop()
        self._watcher.stop()
        self._ingestor.stop()
        self._worker.wake()
        self._author.interrupt()
        self._ingestor.join()
        self._worker.join()

    def _on_tick(self) -> None:
        """Every poll and at the digest's hour: look at the stores, and at what is due."""
        self._zone.refresh()
        if self._cron is not None:
            next_digest = self._cron.find_next(self._read_now())
            local = next_digest.astimezone(self._zone).isoformat() if next_digest else None
            self._tell(next_digest=local)
        self._ingestor.ask_due()
        self._worker.wake()

    def _on_change(self, name: int) -> None:
        self._ingestor.ask(name)
        if name == _WAKE:
            # Another process wrote: a request, or the messages of a store that it read itself.
            self._worker.note_change()

    def _on_sources(self, rows: list[SourceRow]) -> None:
        """Watch what is registered now; on the ingestor's thread alone, so never twice at once."""
        watched = {row.id: Path(row.path) for row in rows}
        if self._watcher.watch({_WAKE: self._paths.wake_file, **watched}):
            # What was written before the watch stood was told to nobody.
            self._worker.wake()

    def _on_synced(self, reports: list[SourceReport], waiting: list[SourceRow]) -> None:
        """`waiting`: those that failed before and were not read."""
        if any(
            report.counts.added or report.counts.changed or report.counts.removed
            for report in reports
        ):
            self._worker.note_change()
        errors = [str(report.error) for report in reports if report.error]
        errors += [row.error for row in waiting if row.error]
        self._note_error("sources", errors[0] if errors else None)
        self._note_error("archive", None)

    def _on_expired(self) -> None:
        """What is left of conversations in which messages disappeared is summarised anew."""
        self._worker.note_change()

    def _on_storage_failed(self, error: StorageError) -> None:
        log.warning("the archive could not be written: %s", type(error).__name__)
        self._note_error("archive", f"{error}; {error.next_step}")

    def _on_thread_failure(self, args: threading.ExceptHookArgs) -> None:
        """A failed thread ends the process: a daemon that half works is worse than none.

        Only where it failed is logged: the error's own words could hold text of a message.
        """
        frame = traceback.extract_tb(args.exc_traceback)[-1]
        name = args.exc_type.__name__
        log.critical("%s in %s:%s", name, Path(frame.filename).name, frame.lineno)
        self._failed = True
        self._note_error("daemon", name)
        self._stop.set()

    def _tell(
        self,
        *,
        activity: Activity | None = None,
        done: int = 0,
        total: int = 0,
        next_digest: str | None = None,
    ) -> None:
        """Change the state file; what is not given stays (`done`, `total` go with an activity)."""
        with self._state_lock:
            state = self._state
            if activity is not None:
                idle = state.idle_since if activity == state.activity == "idle" else None
                if activity == "idle" and idle is None:
                    idle = self._read_now().isoformat()
                state = replace(state, activity=activity, done=done, total=total, idle_since=idle)
            self._change_state(replace(state, next_digest=next_digest or state.next_digest))

    def _tell_hold(self, hold: Hold | None) -> None:
        ends_at = hold.ends_at if hold else None
        with self._state_lock:
            self._change_state(
                replace(
                    self._state,
                    hold=hold.reason if hold else None,
                    hold_until=ends_at.isoformat() if ends_at else None,
                )
            )

    def _note_error(self, part: str, error: str | None) -> None:
        """What a part fails at; None: it went well."""
        with self._state_lock:
            errors = {name: text for name, text in self._state.errors.items() if name != part}
            if error is not None:
                errors[part] = error
            if errors != self._state.errors:
                self._change_state(replace(self._state, errors=errors))

    def _change_state(self, state: DaemonState) -> None:
        """Save it where it is another one; the lock must be held."""
        if state != self._state:
            self._state = state
            try:
                save_state(self._paths.daemon_file, state)
            except OSError as error:
                # It only tells others; a full disk must not end what goes on without it.
                log.warning("the state could not be told: %s", error.strerror)
            self._manager.tell_status(describe_state(state))


Ask = int | Literal["due", "all"]
"""Which sources to read: the one of that id, those that wait for nothing, or every one."""


class Ingestor(threading.Thread):
    """Reads the stores it is asked to, one after the other, on a connection of its own."""

    def __init__(
        self,
        archive_file: Path,
        *,
        on_sources: Callable[[list[SourceRow]], None],
        on_synced: Callable[[list[SourceReport], list[SourceRow]], None],
        on_failed: Callable[[StorageError], None],
        on_expired: Callable[[], None],
        is_paused: Callable[[], bool],
        upkeep: Upkeep,
        read_now: Callable[[], datetime],
    ) -> None:
        super().__init__(name="ingestor")
        self.pulse = Pulse()
        self._archive_file = archive_file
        self._on_sources = on_sources
        self._on_synced = on_synced
        self._on_failed = on_failed
        self._on_expired = on_expired
        self._is_paused = is_paused
        self._upkeep = upkeep
        self._read_now = read_now
        self._asked: queue.Queue[Ask] = queue.Queue()
        self._stopping = threading.Event()

    def ask(self, source_id: int) -> None:
        """Read this source soon, unless it failed just now; an unknown number reads none.

        Any ask makes it look first at which sources are registered now.
        """
        self._asked.put(source_id)

    def ask_due(self) -> None:
        """Read all sources soon but those that failed and wait for their next try."""
        self._asked.put("due")

    def ask_all(self) -> None:
        """Read all sources soon."""
        self._asked.put("all")

    def stop(self) -> None:
        """End after the source that is being read."""
        self._stopping.set()
        self.ask_due()

    def run(self) -> None:
        """Until stopped: wait for an ask, gather those that come with it, read."""
        with Archive.open(self._archive_file) as archive, Reader.open(self._archive_file) as reader:
            while True:
                self.pulse.beat()
                wanted = self._gather()
                if self._stopping.is_set():
                    return
                try:
                    if self._upkeep.run(archive, reader, self._read_now()):
                        self._on_expired()
                    rows = reader.sources()
                    self._on_sources(rows)
                    # Here too: the worker may be in the middle of a long pass.
                    if remove_expired(reader, lambda: nullcontext(archive), self._read_now()):
                        self._on_expired()
                    if self._is_paused():
                        continue  # the worker asks for everything when the pause is over
                    now = self._read_now()
                    due = [row for row in rows if _is_wanted(row, wanted, now)]
                    reports = sync_sources(
                        archive,
                        due,
                        now,
                        rules=self._upkeep.rules,
                        note_after=_NOTE_AFTER,
                        on_step=self.pulse.beat,
                    )
                    self._on_synced(reports, [row for row in rows if row not in due])
                    index_messages(
                        archive,
                        on_step=lambda _: self.pulse.beat(),
                        should_stop=lambda: not self._asked.empty(),
                    )
                except StorageError as error:
                    # A full disk or a long lock passes: the next poll reads the same again.
                    self._on_failed(error)

    def _gather(self) -> set[Ask]:
        wanted = {self._asked.get()}
        self._stopping.wait(_DEBOUNCE_S)
        while not self._asked.empty():
            wanted.add(self._asked.get())
        return wanted


def _is_wanted(row: SourceRow, wanted: set[Ask], now: datetime) -> bool:
    """Whether to read a source now: one that fails is asked ever less often, but for a change."""
    if "all" in wanted:
        return True
    if row.id in wanted and not EVENTS.is_waiting(row.failures, row.failed_at, now):
        return True
    return "due" in wanted and not STORES.is_waiting(row.failures, row.failed_at, now)

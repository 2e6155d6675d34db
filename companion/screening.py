"""Opens the terminal interface and does for it what writes: marks, requests, to-dos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo

from companion.config import Config
from companion.daemon_state import find_state, wake_daemon
from companion.indexing import index_messages
from companion.ingesting import sync_sources
from companion.modelling import Model
from companion.paths import Paths
from companion.speaking import find_language
from storage.archive import Archive
from storage.errors import StorageError
from storage.reader import Reader
from tui.app import CompanionApp
from tui.interface import ActionFailed, DaemonState


def open_screen(
    paths: Paths,
    config: Config,
    *,
    zone: tzinfo,
    read_now: Callable[[], datetime],
    banner: str = "",
) -> None:
    """Show the archive of a home until the user quits; `banner` stands on top when given."""
    CompanionApp(
        paths.archive_file,
        ScreenActions(paths, config, read_now),
        zone=zone,
        now=read_now,
        language=find_language(config),
        banner=banner,
    ).run()


class ScreenActions:
    """`tui.interface.Actions` over one home; called from the screen's worker threads."""

    def __init__(self, paths: Paths, config: Config, read_now: Callable[[], datetime]) -> None:
        self._paths = paths
        self._config = config
        self._read_now = read_now
        self._model = Model(config, paths.cache)

    def daemon_state(self) -> DaemonState:
        """The daemon as its state file tells; reads two small files."""
        model = self._model.name if self._model.is_usable else None
        state = find_state(self._paths)
        if state is None:
            return DaemonState("absent", model=model)
        return DaemonState(
            "paused" if state.hold == "paused" else "running",
            activity=state.activity,
            done=state.done,
            total=state.total,
            next_digest_at=(
                datetime.fromisoformat(state.next_digest) if state.next_digest else None
            ),
            model=model,
            error=next(iter(state.errors.values()), None),
        )

    def mark_read(self, conversation_id: int) -> int:
        """Move our mark to the newest message; the messenger itself is never touched."""
        with self._writing() as archive:
            return archive.mark_read(conversation_id, at=self._read_now())

    def undo_read(self, conversation_id: int) -> int:
        """Take the last such move back."""
        with self._writing() as archive:
            return archive.undo_mark(conversation_id, at=self._read_now())

    def request_summary(self, conversation_id: int | None) -> None:
        """Leave the daemon a note; there is no model in the screen's own process."""
        self._check_daemon()
        payload = {"conversation": conversation_id, "force": conversation_id is not None}
        self._request("summarize", payload)

    def request_sync(self) -> None:
        """Let the daemon read every store, or read them here when none runs."""
        if find_state(self._paths) is not None:
            self._request("sync", {})
            return
        with self._writing() as archive, Reader.open(self._paths.archive_file) as reader:
            archive.remove_expired(self._read_now())
            reports = sync_sources(archive, reader.sources(), self._read_now())
            index_messages(archive)
        failed = [str(report.error) for report in reports if report.error is not None]
        if failed:
            raise ActionFailed(failed[0])

    def set_todo_done(self, todo_id: int, done: bool) -> None:
        """Tick a to-do off, or open it again."""
        with self._writing() as archive:
            archive.set_todo_done(todo_id, done, at=self._read_now())

    def _request(self, kind: str, payload: Mapping[str, object]) -> None:
        with self._writing() as archive:
            archive.add_request(kind, payload, at=self._read_now())
        wake_daemon(self._paths)

    def _check_daemon(self) -> None:
        if find_state(self._paths) is None:
            raise ActionFailed("no daemon runs; start `companion run` or use `companion summarize`")

    @contextmanager
    def _writing(self) -> Iterator[Archive]:
        try:
            with Archive.open(self._paths.archive_file) as archive:
                yield archive
        except StorageError as error:
            raise ActionFailed(f"{error}; {error.next_step}") from error

"""What the screen asks for: marks, requests, to-dos, and failures it can show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.daemon_state import DaemonState, save_state
from companion.demo.laying_out import SampleStore
from companion.lock import hold_daemon_lock
from companion.screening import ScreenActions
from storage.entries import NewSource
from storage.records import UnreadPolicy
from tui.interface import ActionFailed, Actions

if TYPE_CHECKING:
    from companion.paths import Paths
    from tests.companion.conftest import Inbox, ScriptedEngine

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@pytest.fixture
def actions(inbox: Inbox) -> ScreenActions:
    return ScreenActions(inbox.paths, Config(), lambda: AT)


@contextmanager
def run_daemon(paths: Paths, state: DaemonState | None = None) -> Iterator[None]:
    """As other processes see a daemon: its lock and its state file."""
    save_state(paths.daemon_file, state or DaemonState(1, AT.isoformat(), activity="idle"))
    with hold_daemon_lock(paths.lock_file):
        yield


def test_they_are_what_the_screen_expects(actions: ScreenActions) -> None:
    expected: Actions = actions
    assert expected is actions


def test_reading_moves_the_mark_and_undo_takes_it_back(
    inbox: Inbox, actions: ScreenActions
) -> None:
    conversation = inbox.tell_climbing()
    assert actions.mark_read(conversation) == 6
    assert inbox.reader.totals().unread == 0
    assert actions.undo_read(conversation) == 6
    assert inbox.reader.totals().unread == 6
    assert actions.undo_read(conversation) == 0


def test_a_to_do_is_ticked_off_and_opened_again(
    inbox: Inbox, engine: ScriptedEngine, actions: ScreenActions
) -> None:
    inbox.tell_climbing()
    inbox.run_pass()
    todo, *others = inbox.reader.todos()
    actions.set_todo_done(todo.id, True)
    assert inbox.reader.todos() == others
    actions.set_todo_done(todo.id, False)
    assert inbox.reader.todos() == [todo, *others]


@pytest.mark.parametrize("wanted", ["one", "all"])
def test_a_summary_is_asked_of_the_daemon(
    inbox: Inbox, actions: ScreenActions, wanted: str
) -> None:
    conversation = inbox.tell_climbing() if wanted == "one" else None
    with run_daemon(inbox.paths):
        actions.request_summary(conversation)
    assert inbox.paths.wake_file.read_bytes()
    (request,) = inbox.reader.requests()
    assert request.kind == "summarize"
    assert request.payload == {"conversation": conversation, "force": conversation is not None}


def test_without_a_daemon_no_summary_can_be_asked_for(inbox: Inbox, actions: ScreenActions) -> None:
    with pytest.raises(ActionFailed, match="companion run"):
        actions.request_summary(None)
    assert inbox.reader.requests() == []


class TestSync:
    def register(self, inbox: Inbox, path: Path) -> None:
        inbox.archive.remove_source(inbox.source_id)
        source = NewSource(
            "whatsapp", "WhatsApp", str(path), "mark", ("Jiwoo",), "UTC", UnreadPolicy("all")
        )
        inbox.archive.add_source(source, at=AT)

    def test_without_a_daemon_the_stores_are_read_here(
        self, inbox: Inbox, actions: ScreenActions, samples: list[SampleStore]
    ) -> None:
        path = next(sample.path for sample in samples if "Climbing" in sample.path.name)
        self.register(inbox, path)
        actions.request_sync()
        assert inbox.reader.totals().messages == 16

    def test_with_one_it_is_asked(self, inbox: Inbox, actions: ScreenActions) -> None:
        with run_daemon(inbox.paths):
            actions.request_sync()
        assert [row.kind for row in inbox.reader.requests()] == ["sync"]

    def test_a_store_that_fails_is_told(
        self, inbox: Inbox, actions: ScreenActions, tmp_path: Path
    ) -> None:
        self.register(inbox, tmp_path / "gone.txt")
        with pytest.raises(ActionFailed, match=r"gone\.txt does not exist; check the path"):
            actions.request_sync()


def test_what_the_archive_refuses_is_told_with_the_next_step(actions: ScreenActions) -> None:
    with pytest.raises(ActionFailed, match="; "):
        actions.mark_read(4711)


class TestTheDaemonsState:
    def test_none_runs(self, actions: ScreenActions) -> None:
        state = actions.daemon_state()
        assert (state.state, state.model) == ("absent", None)

    def test_one_runs(self, inbox: Inbox, actions: ScreenActions, engine: ScriptedEngine) -> None:
        told = DaemonState(
            1,
            AT.isoformat(),
            activity="summarising",
            done=2,
            total=5,
            next_digest=AT.isoformat(),
            errors={"model": "it is gone; pull it again"},
        )
        with run_daemon(inbox.paths, told):
            state = actions.daemon_state()
        assert (state.state, state.activity) == ("running", "summarising")
        assert (state.done, state.total) == (2, 5)
        assert state.next_digest_at == AT
        assert state.model == "qwen2.5-coder-0.5b"
        assert state.error == "it is gone; pull it again"

    def test_a_pause_is_told(self, inbox: Inbox, actions: ScreenActions) -> None:
        with run_daemon(inbox.paths, DaemonState(1, AT.isoformat(), "idle", hold="paused")):
            assert actions.daemon_state().state == "paused"

    def test_a_dead_one_left_its_file_behind(self, inbox: Inbox, actions: ScreenActions) -> None:
        with run_daemon(inbox.paths):
            assert actions.daemon_state().state == "running"
        assert actions.daemon_state().state == "absent"

"""The daemon's worker: what is asked and due is done once, in order, and memory is given back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from companion.config import Config
from companion.gating import Gate
from companion.modelling import Model
from companion.notifying import Notice
from companion.pausing import end_pause, save_pause
from companion.permitting import Hold, Machine
from companion.scheduling import Cron
from companion.working import Worker
from inference.errors import ModelMissing
from storage.errors import RecordMissing

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox, ScriptedEngine

SEOUL = ZoneInfo("Asia/Seoul")
NIGHTLY = Cron("30 21 * * *", SEOUL)
DUE = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)
IDLE = Machine(is_on_battery=False, load=0.0, cores=2, physical_cores=2)
PATIENCE_S = 30.0


@dataclass
class Shift:
    """A worker at work, and what it told."""

    stopping: threading.Event = field(default_factory=threading.Event)
    told: queue.Queue[str] = field(default_factory=queue.Queue)
    seen: list[str] = field(default_factory=list)
    errors: list[str | None] = field(default_factory=list)
    hold: Hold | None = None
    notices: list[Notice] = field(default_factory=list)
    machine: Machine = IDLE
    syncs: int = 0
    now: datetime = DUE
    worker: Worker | None = None
    on_told: Callable[[Shift], None] = lambda _: None

    def tell(self, *, activity: str, done: int = 0, total: int = 0) -> None:
        self.seen.append(activity)
        self.on_told(self)
        self.told.put(activity)

    def tell_hold(self, hold: Hold | None) -> None:
        self.hold = hold

    def get_hold(self) -> Hold:
        assert self.hold is not None
        return self.hold

    def ask_sync(self) -> None:
        self.syncs += 1

    def get_worker(self) -> Worker:
        assert self.worker is not None
        return self.worker

    def wait_idle(self) -> None:
        """Until it did all that is due and waits."""
        while self.told.get(timeout=PATIENCE_S) != "idle":
            continue

    def wake(self) -> None:
        """Let it look, and wait until it is done."""
        self.get_worker().wake()
        self.wait_idle()


Start = Callable[..., Shift]


@pytest.fixture
def start(inbox: Inbox) -> Iterator[Start]:
    """Starts a worker over the inbox; it waits for its first rest."""
    shifts: list[Shift] = []

    def start(
        now: datetime = DUE,
        cron: Cron | None = None,
        is_on_battery: bool = False,
        on_told: Callable[[Shift], None] = lambda _: None,
        **settings: Any,
    ) -> Shift:
        shift = Shift(now=now, on_told=on_told)
        shift.machine = replace(shift.machine, is_on_battery=is_on_battery)
        shifts.append(shift)
        config = Config(**settings)
        shift.worker = Worker(
            inbox.paths,
            config,
            Model(config, inbox.paths.cache),
            cron=cron,
            zone=SEOUL,
            read_now=lambda: shift.now,
            should_stop=shift.stopping.is_set,
            ask_sync=shift.ask_sync,
            tell=shift.tell,
            tell_hold=shift.tell_hold,
            note_error=shift.errors.append,
            on_failed=lambda error: shift.errors.append(str(error)),
            notify=shift.notices.append,
            gate=Gate(
                inbox.paths.pause_file,
                config,
                SEOUL,
                lambda: shift.now,
                read_machine=lambda: shift.machine,
            ),
        )
        shift.worker.start()
        shift.wait_idle()
        return shift

    yield start
    for shift in shifts:
        stop(shift)


def stop(shift: Shift) -> None:
    shift.stopping.set()
    worker = shift.get_worker()
    worker.wake()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()


class TestPasses:
    def test_what_an_earlier_process_left_is_done_at_once(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        conversation = inbox.tell_climbing()
        shift = start()
        assert inbox.get_summary(conversation).gist == "done"
        assert shift.seen == ["summarising", "summarising", "idle"]
        assert shift.errors == [None]

    def test_a_change_makes_a_pass_and_waking_alone_does_not(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        shift = start(settle_s=0)
        conversation = inbox.tell_climbing()
        shift.wake()
        assert inbox.reader.find_summary(conversation) is None
        shift.get_worker().note_change()
        shift.wait_idle()
        assert inbox.get_summary(conversation).gist == "done"

    def test_a_change_is_left_to_settle(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        shift = start(settle_s=3600)
        conversation = inbox.tell_climbing()
        shift.get_worker().note_change()
        shift.wait_idle()
        assert inbox.reader.find_summary(conversation) is None

    def test_a_pass_that_fails_is_told_and_not_tried_again_at_once(
        self,
        inbox: Inbox,
        engine: ScriptedEngine,
        start: Start,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        tries = []

        def fail(*_: object) -> None:
            tries.append(1)
            raise ModelMissing("the model is gone", next_step="pull it again")

        monkeypatch.setattr(Model, "load", fail)
        inbox.tell_climbing()
        shift = start(settle_s=0)
        shift.wake()
        assert len(tries) == 1
        assert shift.errors == ["the model is gone; pull it again"]

    def test_a_pass_that_failed_is_tried_again_without_being_asked(
        self,
        inbox: Inbox,
        engine: ScriptedEngine,
        start: Start,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        load, failures = Model.load, ["the model is gone"]

        def fail_once(model: Model) -> object:
            if failures:
                raise ModelMissing(failures.pop(), next_step="pull it again")
            return load(model)

        monkeypatch.setattr(Model, "load", fail_once)
        monkeypatch.setattr("companion.working._RETRY_S", 0.0)
        conversation = inbox.tell_climbing()
        shift = start()
        shift.wait_idle()
        assert inbox.get_summary(conversation).gist == "done"
        assert shift.errors == ["the model is gone; pull it again", None]


class TestFailures:
    def test_a_conversation_is_tried_again_when_its_time_comes(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        conversation = inbox.tell_climbing()
        gist = engine.script["Mile End"]
        engine.script["Mile End"] = None
        shift = start()
        assert inbox.get_summary(conversation).gist == "pending"
        engine.script["Mile End"] = gist
        shift.now += timedelta(minutes=9)
        shift.wake()
        assert inbox.get_summary(conversation).gist == "pending"
        shift.now += timedelta(minutes=1)
        shift.wake()
        assert inbox.get_summary(conversation).gist == "done"

    def test_one_that_was_read_meanwhile_keeps_nobody_awake(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        conversation = inbox.tell_climbing()
        engine.script["Mile End"] = None
        shift = start()
        inbox.archive.mark_read(conversation, at=DUE)
        shift.now += timedelta(minutes=10)
        shift.wake()
        with pytest.raises(queue.Empty):
            shift.told.get(timeout=0.5)


class TestRequests:
    def ask(self, inbox: Inbox, kind: str, **payload: object) -> int:
        return inbox.archive.add_request(kind, payload, at=DUE)

    def find_outcome(self, inbox: Inbox, request_id: int) -> str | None:
        (row,) = [row for row in inbox.reader.requests(open_only=False) if row.id == request_id]
        return row.outcome

    def test_a_summary_of_one_conversation(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        shift = start()
        climbing, trip = inbox.tell_climbing(), inbox.tell_trip()
        request = self.ask(inbox, "summarize", conversation=trip, force=True)
        shift.wake()
        assert self.find_outcome(inbox, request) == "done"
        assert inbox.get_summary(trip).gist == "done"
        assert inbox.reader.find_summary(climbing) is None

    def test_every_kind_has_its_outcome(self, inbox: Inbox, start: Start) -> None:
        shift = start()
        requests = [self.ask(inbox, kind) for kind in ("sync", "digest", "summarize", "dance")]
        shift.wake()
        outcomes = [self.find_outcome(inbox, request) for request in requests]
        assert outcomes == ["done", "done", "done", "unknown"]
        assert shift.syncs == 1
        assert inbox.reader.find_digest(DAY) is not None

    def test_one_that_failed_says_so(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shift = start()
        inbox.tell_climbing()

        def fail(*_: object) -> None:
            raise ModelMissing("the model is gone", next_step="pull it again")

        monkeypatch.setattr(Model, "load", fail)
        request = self.ask(inbox, "summarize")
        shift.wake()
        assert self.find_outcome(inbox, request) == "failed"


class TestTheDueDigest:
    def test_it_is_made_of_summaries_that_are_up_to_date(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        shift = start(now=DUE + timedelta(minutes=1), cron=NIGHTLY, language="en")
        digest = inbox.reader.find_digest(DAY)
        assert digest is not None
        assert not digest.caught_up
        assert "Climbing at Mile End" in digest.markdown
        assert shift.seen == ["summarising", "summarising", "digest", "idle"]

    def test_a_missed_one_is_caught_up_once_and_marked(self, inbox: Inbox, start: Start) -> None:
        shift = start(now=DUE + timedelta(hours=9), cron=NIGHTLY)
        (digest,) = inbox.reader.digests()
        assert (digest.day, digest.caught_up) == (DAY, True)
        shift.now += timedelta(hours=1)
        shift.wake()
        assert inbox.reader.digests() == [digest]

    def test_of_a_week_asleep_the_latest_alone_is_made(self, inbox: Inbox, start: Start) -> None:
        start(now=DUE + timedelta(days=7, hours=2), cron=NIGHTLY)
        assert [row.day for row in inbox.reader.digests()] == [DAY + timedelta(days=7)]

    def test_it_is_made_when_its_hour_comes(self, inbox: Inbox, start: Start) -> None:
        shift = start(now=DUE - timedelta(minutes=1), cron=NIGHTLY)
        assert inbox.reader.find_digest(DAY) is None
        shift.now = DUE
        shift.wake()
        assert inbox.reader.find_digest(DAY) is not None

    def test_none_is_made_without_a_schedule(self, inbox: Inbox, start: Start) -> None:
        start(now=DUE + timedelta(minutes=1))
        assert inbox.reader.digests() == []


class TestHolds:
    def test_highlights_are_made_at_once_and_gists_when_the_battery_is_left(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        conversation = inbox.tell_climbing()
        shift = start(ac_only=True, is_on_battery=True)
        assert (inbox.get_summary(conversation).gist, engine.loads) == ("pending", 0)
        assert shift.get_hold().reason == "on battery"
        runs = len(inbox.reader.runs())
        shift.wake()
        assert len(inbox.reader.runs()) == runs
        shift.machine = replace(shift.machine, is_on_battery=False)
        shift.wake()
        assert inbox.get_summary(conversation).gist == "done"
        assert shift.hold is None

    def test_a_pass_is_cut_between_two_summaries_and_goes_on_after_the_quiet_hours(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        inbox.tell_trip()

        def fall_asleep(shift: Shift) -> None:
            if len(shift.seen) == 3:  # two highlights and a gist
                shift.now = DUE + timedelta(hours=2)

        shift = start(quiet_hours="23:00-07:00", on_told=fall_asleep)
        assert inbox.reader.totals().pending_gists == 1
        assert shift.hold == Hold("quiet hours", datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
        shift.now = shift.get_hold().until
        shift.wake()
        assert inbox.reader.totals().pending_gists == 0
        assert shift.hold is None

    def test_what_is_asked_for_is_done_all_the_same_and_the_rest_waits_on(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        trip = inbox.tell_trip()
        shift = start(quiet_hours="00:00-23:00")
        inbox.archive.add_request("summarize", {"conversation": trip}, at=DUE)
        shift.wake()
        assert inbox.get_summary(trip).gist == "done"
        assert inbox.reader.totals().pending_gists == 1
        assert shift.get_hold().reason == "quiet hours"

    def test_a_digest_that_falls_due_is_made_of_what_is_there(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        start(cron=NIGHTLY, ac_only=True, is_on_battery=True, language="en")
        digest = inbox.reader.find_digest(DAY)
        assert digest is not None
        assert "can you book the five of us" in digest.markdown
        assert engine.loads == 0

    def test_there_is_no_hold_without_work(self, inbox: Inbox, start: Start) -> None:
        assert start(ac_only=True, is_on_battery=True).hold is None


class TestNotifications:
    def test_a_pass_gives_one_and_what_was_asked_for_none(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        inbox.tell_trip()
        shift = start(notify="counts", language="en")
        assert shift.notices == [Notice("2 conversations summarised")]
        inbox.archive.add_request("summarize", {"conversation": None, "force": True}, at=DUE)
        shift.wake()
        assert len(shift.notices) == 1

    def test_nobody_is_told_by_default(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        assert start().notices == []


class TestThePause:
    def test_nothing_is_done_before_it_is_over_and_then_everything(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        save_pause(inbox.paths.pause_file, DUE + timedelta(hours=1))
        conversation = inbox.tell_climbing()
        request = inbox.archive.add_request("digest", {}, at=DUE)
        shift = start(cron=NIGHTLY, settle_s=0)
        assert inbox.reader.find_summary(conversation) is None
        assert inbox.reader.digests() == []
        assert [row.id for row in inbox.reader.requests(open_only=True)] == [request]
        assert shift.get_hold() == Hold("paused", DUE + timedelta(hours=1))
        shift.now = DUE + timedelta(hours=1)
        shift.wake()
        assert inbox.get_summary(conversation).gist == "done"
        assert inbox.reader.find_digest(DAY) is not None
        assert inbox.reader.requests(open_only=True) == []
        assert (shift.hold, shift.syncs) == (None, 1)

    def test_it_is_over_when_it_is_taken_back(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        save_pause(inbox.paths.pause_file, DUE + timedelta(hours=1))
        conversation = inbox.tell_climbing()
        shift = start(settle_s=0)
        end_pause(inbox.paths.pause_file)
        shift.wake()
        assert inbox.get_summary(conversation).gist == "done"

    def test_it_cuts_what_was_asked_for_too(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        def pause(shift: Shift) -> None:
            if len(shift.seen) == 3:
                save_pause(inbox.paths.pause_file, DUE + timedelta(hours=1))

        inbox.tell_climbing()
        inbox.tell_trip()
        inbox.archive.add_request("summarize", {}, at=DUE)
        shift = start(on_told=pause)
        assert inbox.reader.totals().pending_gists == 1
        assert shift.get_hold().reason == "paused"

    def test_disappearing_messages_disappear_all_the_same(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        conversation = inbox.tell("Door", "Ben: 4711", expires_at=DUE + timedelta(hours=1))
        save_pause(inbox.paths.pause_file, DUE + timedelta(hours=3))
        shift = start()
        shift.now = DUE + timedelta(hours=2)
        shift.wake()
        assert inbox.reader.messages(conversation) == []


class TestMemory:
    def test_it_is_given_back_after_the_wait(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        start(unload_s=0)
        assert (engine.loads, engine.closes) == (1, 1)

    def test_until_then_the_model_stays(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        inbox.tell_climbing()
        shift = start(unload_s=3600)
        assert (engine.loads, engine.closes) == (1, 0)
        stop(shift)
        assert engine.closes == 1


class TestDisappearing:
    def test_what_ran_out_is_removed_and_the_rest_summarised_anew(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        line = "Ben: The code of the door is 4711"
        conversation = inbox.tell("Climbing", line, expires_at=DUE + timedelta(hours=1))
        inbox.tell("Climbing", *inbox.climbing, start=1)
        shift = start(settle_s=0)
        before = inbox.get_summary(conversation)
        assert (before.unread, before.gist) == (7, "done")
        shift.now = DUE + timedelta(hours=1)
        shift.wake()
        after = inbox.get_summary(conversation)
        assert (after.unread, after.gist) == (6, "done")
        assert not [m for m in inbox.reader.messages(conversation) if "4711" in m.text]
        with pytest.raises(RecordMissing):
            inbox.reader.get_summary(before.id)

    def test_the_worker_wakes_by_itself_when_the_next_timer_runs_out(
        self, inbox: Inbox, engine: ScriptedEngine, start: Start
    ) -> None:
        expiry = datetime.now(UTC) + timedelta(seconds=0.2)
        conversation = inbox.tell("Climbing", *inbox.climbing, expires_at=expiry)
        shift = start(now=expiry - timedelta(seconds=0.2))
        shift.now = expiry
        shift.wait_idle()
        assert inbox.reader.messages(conversation) == []
        assert inbox.reader.find_summary(conversation) is None

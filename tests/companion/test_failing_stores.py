"""A store that fails is asked ever less often by the clock, soon after a change, and at once."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.daemon import Ingestor
from companion.leaving_out import make_rules
from companion.retaining import Upkeep

if TYPE_CHECKING:
    from companion.ingesting import SourceReport
    from storage.records import SourceRow
    from tests.companion.conftest import Inbox

PATIENCE_S = 30.0


@dataclass
class Round:
    """An ingestor at work on a clock that stands still, and what it read last."""

    inbox: Inbox
    now: datetime
    synced: queue.Queue[tuple[list[SourceReport], list[SourceRow]]] = field(
        default_factory=queue.Queue
    )

    def __post_init__(self) -> None:
        self.ingestor = Ingestor(
            self.inbox.paths.archive_file,
            on_sources=lambda _: None,
            on_synced=lambda reports, waiting: self.synced.put((reports, waiting)),
            on_failed=lambda error: pytest.fail(type(error).__name__),
            on_expired=lambda: None,
            is_paused=lambda: False,
            upkeep=Upkeep(make_rules(Config()), UTC),
            read_now=lambda: self.now,
        )

    def was_read(self, ask: Callable[[], None]) -> bool:
        """Whether the source was read after this ask."""
        ask()
        reports, waiting = self.synced.get(timeout=PATIENCE_S)
        errors = [report.source.error for report in reports] + [row.error for row in waiting]
        assert len(errors) == 1
        return bool(reports)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def turn(inbox: Inbox) -> Iterator[Round]:
    """Its one store, an export, is not there."""
    turn = Round(inbox, inbox.at)
    turn.ingestor.start()
    yield turn
    turn.ingestor.stop()
    turn.ingestor.join(PATIENCE_S)
    assert not turn.ingestor.is_alive()


def test_the_clock_waits_twice_as_long_after_each_failure(turn: Round) -> None:
    for minutes in (0, 1, 2, 4):
        turn.wait(minutes=minutes, seconds=-1 if minutes else 0)
        if minutes:
            assert not turn.was_read(turn.ingestor.ask_due)
            turn.wait(seconds=1)
        assert turn.was_read(turn.ingestor.ask_due)
    assert turn.inbox.reader.get_source(turn.inbox.source_id).failures == 4


def test_a_change_is_a_reason_to_look_but_not_all_the_time(turn: Round) -> None:
    def ask_for_it() -> None:
        turn.ingestor.ask(turn.inbox.source_id)

    assert turn.was_read(ask_for_it)
    turn.wait(seconds=9)
    assert not turn.was_read(ask_for_it)
    turn.wait(seconds=1)
    assert turn.was_read(ask_for_it)


def test_whoever_asks_for_all_gets_all(turn: Round) -> None:
    assert turn.was_read(turn.ingestor.ask_due)
    assert turn.was_read(turn.ingestor.ask_all)


def test_a_store_that_is_back_is_followed_as_any_other(turn: Round) -> None:
    assert turn.was_read(turn.ingestor.ask_due)
    path = Path(turn.inbox.reader.get_source(turn.inbox.source_id).path)
    path.write_text("23/11/2026, 20:15 - Ben: Mile End works for me\n", encoding="utf-8")
    assert turn.was_read(turn.ingestor.ask_all)
    row = turn.inbox.reader.get_source(turn.inbox.source_id)
    assert (row.error, row.failures, row.failed_at) == (None, 0, None)
    assert turn.was_read(turn.ingestor.ask_due)

"""A daemon that has nothing to do leaves nothing behind: no byte of the home changes."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.daemon import Ingestor
from companion.leaving_out import make_rules
from companion.retaining import Upkeep
from companion.sources.interface import SourceSettings
from companion.sources.registry import get_source
from storage.entries import NewSource

if TYPE_CHECKING:
    from companion.demo.laying_out import SampleStore
    from companion.ingesting import SourceReport
    from tests.companion.conftest import Inbox

PATIENCE_S = 30.0
POLLS = 20


@dataclass
class Watch:
    """An ingestor over the sample stores, on a clock that the test sets."""

    inbox: Inbox
    now: datetime
    synced: queue.Queue[list[SourceReport]] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self.ingestor = Ingestor(
            self.inbox.paths.archive_file,
            on_sources=lambda _: None,
            on_synced=lambda reports, _: self.synced.put(reports),
            on_failed=lambda error: pytest.fail(type(error).__name__),
            on_expired=lambda: None,
            is_paused=lambda: False,
            upkeep=Upkeep(make_rules(Config()), UTC),
            read_now=lambda: self.now,
        )

    def poll(self, wait: timedelta = timedelta(0)) -> list[SourceReport]:
        """Let the time pass and the stores be looked at."""
        self.now += wait
        self.ingestor.ask_due()
        return self.synced.get(timeout=PATIENCE_S)

    def read_home(self) -> dict[Path, bytes]:
        """Every byte kept; not the index of the log, a file of locks in memory."""
        return {
            path: path.read_bytes()
            for path in self.inbox.paths.data.rglob("*")
            if path.is_file() and not path.name.endswith("-shm")
        }


@pytest.fixture
def watch(
    inbox: Inbox, samples: list[SampleStore], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watch]:
    """All samples were read once."""
    monkeypatch.setattr("companion.daemon._DEBOUNCE_S", 0.0)
    inbox.archive.remove_source(inbox.source_id)
    for sample in samples:
        source = get_source(sample.path, settings=SourceSettings(zone=UTC))
        path, origin = str(source.path), source.unread_origin
        inbox.archive.add_source(NewSource(source.kind, source.label, path, origin), at=inbox.at)
    watch = Watch(inbox, inbox.at)
    watch.ingestor.start()
    assert sum(report.counts.added for report in watch.poll()) > 0
    yield watch
    watch.ingestor.stop()
    watch.ingestor.join(PATIENCE_S)
    assert not watch.ingestor.is_alive()


def test_polls_of_unchanged_stores_write_nothing(watch: Watch) -> None:
    watch.poll()  # the search index is complete by then
    before = watch.read_home()
    assert any(name.name.endswith("-wal") for name in before)
    for _ in range(POLLS):
        assert len(watch.poll(timedelta(minutes=1))) > 3
    assert watch.read_home() == before


def test_the_time_of_the_last_look_is_never_more_than_an_hour_behind(watch: Watch) -> None:
    def find_times() -> set[datetime | None]:
        return {row.synced_at for row in watch.inbox.reader.sources()}

    began_at = watch.now
    watch.poll(timedelta(minutes=59))
    assert find_times() == {began_at}
    watch.poll(timedelta(minutes=1))
    assert find_times() == {began_at + timedelta(hours=1)}
    watch.poll(timedelta(hours=-9))  # a clock that was set back
    assert find_times() == {began_at - timedelta(hours=8)}


def test_each_store_that_was_looked_at_is_a_sign_of_life(watch: Watch) -> None:
    before = watch.ingestor.pulse.beats
    looked_at = len(watch.poll())
    assert watch.ingestor.pulse.beats >= before + looked_at

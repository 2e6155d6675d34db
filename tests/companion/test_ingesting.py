"""Stores become archive rows once, whole and in order, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.demo.laying_out import SampleStore
from companion.errors import SourceError, StoreLocked
from companion.ingesting import open_registered, sync_source, sync_sources
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Source,
    SourceSettings,
)
from storage.archive import Archive
from storage.entries import NewMessage, NewSource
from storage.reader import Reader
from storage.records import IngestCounts, MessageRow, SourceRow, UnreadOrigin, UnreadPolicy

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)

TALK = """제주 여행 님과 카카오톡 대화
저장한 날짜 : 2026년 11월 23일 오후 9:12


2026년 11월 23일 오전 9:02
2026년 11월 23일 오전 9:02, 민서 : ㅋㅋ
2026년 11월 23일 오전 9:02, 민서 : ㅋㅋ
2026년 11월 23일 오전 9:03, 지우 : 왜 웃어
"""
TAIL = """2026년 11월 23일 오전 9:03, 민서 : 그냥
2026년 11월 23일 오전 9:04, 민서 : ㅋㅋ
"""


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    with Archive.open(home / "archive.db") as archive:
        yield archive


@pytest.fixture
def reader(home: Path, archive: Archive) -> Iterator[Reader]:
    with Reader.open(home / "archive.db") as reader:
        yield reader


def register(
    archive: Archive, path: Path, kind: str = "kakaotalk", word: str = "none"
) -> SourceRow:
    origin: UnreadOrigin = "store" if kind == "imessage" else "mark"
    policy = UnreadPolicy("all" if word == "all" else "none")
    source = NewSource(kind, kind, str(path), origin, ("지우",), "Asia/Seoul", policy)
    return archive.add_source(source, at=AT)


def list_messages(reader: Reader) -> list[MessageRow]:
    return [m for row in reader.conversations() for m in reader.messages(row.id, limit=500)]


def test_a_first_import_of_an_export_is_history(
    archive: Archive, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(TALK, encoding="utf-8")
    report = sync_source(archive, register(archive, path), AT)
    assert report.counts == IngestCounts(added=3)
    assert reader.totals().unread == 0


def test_importing_the_same_export_again_adds_nothing(
    archive: Archive, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(TALK, encoding="utf-8")
    sync_source(archive, register(archive, path), AT)
    other = tmp_path / "copy.txt"
    other.write_text(TALK, encoding="utf-8")
    assert sync_source(archive, register(archive, other), AT).counts == IngestCounts()
    assert [m.text for m in list_messages(reader)] == ["ㅋㅋ", "ㅋㅋ", "왜 웃어"]


def test_a_grown_export_adds_its_tail_in_order_and_only_that_is_new(
    archive: Archive, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(TALK, encoding="utf-8")
    sync_source(archive, register(archive, path), AT)
    path.write_text(TALK + TAIL, encoding="utf-8")
    report = sync_source(archive, reader.sources()[0], AT)
    assert report.counts == IngestCounts(added=2)
    assert [m.text for m in list_messages(reader)] == ["ㅋㅋ", "ㅋㅋ", "왜 웃어", "그냥", "ㅋㅋ"]
    assert [m.text for m in list_messages(reader) if m.is_unread] == ["그냥", "ㅋㅋ"]


def test_a_reading_that_dies_half_way_is_made_good_by_the_next(
    archive: Archive, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(TALK + TAIL, encoding="utf-8")
    row = register(archive, path, word="all")

    class Dying(Source):
        kind, label, unread_origin, is_live = "dying", "Dying", "mark", False

        @classmethod
        def probe(cls, path: Path) -> bool:
            return False

        def read(self, cursor: str | None = None) -> Iterator[Change]:
            changes = list(open_registered(row).read(cursor))
            yield from changes[:3]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync_source(archive, row, AT, lambda row: Dying(path, open_registered(row).settings))
    sync_source(archive, reader.sources()[0], AT)
    assert [m.text for m in list_messages(reader)] == ["ㅋㅋ", "ㅋㅋ", "왜 웃어", "그냥", "ㅋㅋ"]
    assert reader.totals().unread == 2


def test_a_timer_comes_into_the_archive_with_its_message(
    archive: Archive, reader: Reader, tmp_path: Path
) -> None:
    row = register(archive, tmp_path / "none")
    expires_at = AT + timedelta(hours=1)

    class Timed(Source):
        kind, label, unread_origin, is_live = "timed", "Timed", "store", True

        @classmethod
        def probe(cls, path: Path) -> bool:
            return False

        def read(self, cursor: str | None = None) -> Iterator[Change]:
            yield ConversationFound("key", "Pair", "direct")
            told = MessageFound("key", "0", "Mina", False, AT, "stays")
            yield told
            yield told._replace(id="1", is_disappearing=True, expires_at=expires_at)
            yield CursorAdvanced("")

    sync_source(archive, row, AT, lambda row: Timed(tmp_path, SourceSettings(zone=UTC)))
    assert reader.find_next_expiry() == expires_at
    assert archive.remove_expired(expires_at) == 1
    assert [message.uid for message in list_messages(reader)] == ["0"]


def test_a_store_that_fails_is_noted_and_stops_no_other(
    archive: Archive, reader: Reader, samples: list[SampleStore], tmp_path: Path
) -> None:
    good = tmp_path / "talk.txt"
    good.write_text(TALK, encoding="utf-8")
    rows = [register(archive, samples[-1].path, "imessage"), register(archive, good)]
    samples[-1].path.write_bytes(b"no database at all")
    reports = sync_sources(archive, rows, AT)
    assert isinstance(reports[0].error, SourceError)
    assert reports[1].counts.added == 3
    assert reader.sources()[0].error == str(reports[0].error)
    assert reader.sources()[1].error is None


def test_a_failed_store_that_comes_back_loses_its_error(
    archive: Archive, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(TALK, encoding="utf-8")
    row = register(archive, path)

    def fail(_: SourceRow) -> Source:
        raise StoreLocked("the store is locked", next_step="close it")

    assert sync_source(archive, row, AT, fail).error is not None
    assert sync_source(archive, row, AT).error is None
    assert reader.sources()[0].error is None


def test_every_sample_store_is_read_without_a_skipped_part(
    archive: Archive, reader: Reader, samples: list[SampleStore]
) -> None:
    from zoneinfo import ZoneInfo

    from companion.sources.interface import SourceSettings
    from companion.sources.registry import get_source

    settings = SourceSettings(ZoneInfo("Asia/Seoul"))
    for sample in samples:
        kind = get_source(sample.path, kind=None, settings=settings).kind
        row = register(archive, sample.path, kind, "all")
        assert sync_source(archive, row, AT).skipped == ()
    totals = reader.totals()
    assert totals.conversations >= 12
    assert totals.messages >= 150
    languages = {row.title for row in reader.conversations()}
    assert {"제주 여행 🍊", "Climbing Thursdays", "Release 2.4", "위층 리모델링"} <= languages


def test_the_archive_takes_a_message_field_by_field_as_a_source_tells_it() -> None:
    told = MessageFound._fields
    assert NewMessage._fields == tuple("uid" if name == "id" else name for name in told)

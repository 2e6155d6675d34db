"""What is older than it is to be kept goes, and with it what rests on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewDigest, NewSource
from storage.records import SentenceRecord

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

DAY = 24 * 60
"""Minutes."""


@pytest.fixture
def aged(shelf: Shelf) -> Shelf:
    """A message a day, on the days 0 to 9; the uid of each is its minute."""
    shelf.tell(*(shelf.make_message(n * DAY, f"day {n}") for n in range(10)), finish=True)
    return shelf


def remove(shelf: Shelf, default_days: int, day: float = 10) -> int:
    at = shelf.at(day * DAY)
    return shelf.archive.remove_old(default_days, at=at, today=at.date())


def list_days(shelf: Shelf) -> list[str]:
    return [row.text.removeprefix("day ") for row in shelf.reader.messages(1)]


def register(shelf: Shelf, retention_days: int | None, path: str = "/stores/one.txt") -> None:
    row = shelf.reader.sources()[0]
    told = {"kind": row.kind, "label": row.label, "unread_origin": row.unread_origin}
    source = NewSource(path=path, retention_days=retention_days, **told)  # type: ignore[arg-type]
    shelf.source_id = shelf.archive.add_source(source, at=row.added_at).id


@pytest.mark.parametrize(
    ("default_days", "own_days", "kept"),
    [
        (0, None, 10),
        (3, None, 3),
        (3, 0, 10),
        (0, 5, 5),
        (3, 5, 5),
        (100, None, 10),
    ],
)
def test_a_sources_own_age_comes_before_the_configs(
    aged: Shelf, default_days: int, own_days: int | None, kept: int
) -> None:
    register(aged, own_days)
    assert remove(aged, default_days) == 10 - kept
    assert list_days(aged) == [str(n) for n in range(10 - kept, 10)]
    assert remove(aged, default_days) == 0


def test_a_source_registered_again_keeps_its_age_unless_another_is_told(aged: Shelf) -> None:
    for told, kept in ((5, 5), (None, 5), (0, 0)):
        register(aged, told)
        assert aged.reader.get_source(aged.source_id).retention_days == kept


def test_of_two_sources_of_a_conversation_the_shorter_age_counts(aged: Shelf) -> None:
    register(aged, 8)
    register(aged, 4, "/stores/two.txt")
    aged.tell(aged.make_message(9 * DAY, "day 9"))
    remove(aged, 0)
    assert list_days(aged) == ["6", "7", "8", "9"]


def test_a_conversation_without_a_source_follows_the_config(aged: Shelf) -> None:
    aged.archive.remove_source(aged.source_id)
    remove(aged, 2)
    assert list_days(aged) == ["8", "9"]


def test_summaries_go_with_the_first_message_they_rest_on(aged: Shelf) -> None:
    ids = [row.id for row in aged.reader.messages(1)]
    for part in (ids[:5], ids[8:]):
        sentence = SentenceRecord("They talk.", tuple(part))
        aged.archive.save_summary(aged.make_summary(tuple(part), sentences=(sentence,)))
    assert len(aged.reader.all_summaries(1)) == 2
    remove(aged, 7)
    (left,) = aged.reader.all_summaries(1)
    assert left.sentences[0].evidence == tuple(ids[8:])


def test_a_summary_on_its_way_meanwhile_is_kept_without_words(aged: Shelf) -> None:
    ids = tuple(row.id for row in aged.reader.messages(1))
    gist = aged.make_summary(ids, topic="All days", sentences=(SentenceRecord("Talk.", ids),))
    remove(aged, 7)
    row = aged.reader.get_summary(aged.archive.save_summary(gist))
    assert (row.topic, row.sentences) == ("", ())


def test_digests_go_at_the_shortest_age(aged: Shelf) -> None:
    first = aged.at(0).date()
    for n in range(10):
        digest = NewDigest(first + timedelta(days=n), aged.at(n * DAY), False, 1, 0, {}, "text")
        aged.archive.save_digest(digest)
    register(aged, 20)
    register(aged, 4, "/stores/two.txt")
    remove(aged, 0)
    kept: list[date] = [row.day for row in aged.reader.digests()]
    assert kept == [first + timedelta(days=n) for n in (9, 8, 7, 6)]


def test_what_is_removed_is_not_in_the_files_any_more(aged: Shelf) -> None:
    aged.tell(aged.make_message(1, "뷁퀣쨟"))
    while aged.archive.index_messages(10_000):
        pass
    remove(aged, 5)
    content = b"".join(file.read_bytes() for file in aged.path.parent.iterdir())
    assert not [letter for letter in "뷁퀣쨟" if letter.encode() in content]
    assert aged.reader.erasures() == []


def test_more_than_one_step_is_removed_at_once(shelf: Shelf) -> None:
    shelf.tell(*(shelf.make_message(n / 60, "old") for n in range(4_500)), finish=True)
    assert remove(shelf, 1) == 4_500
    assert shelf.reader.check_integrity() == []

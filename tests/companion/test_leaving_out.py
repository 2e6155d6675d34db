"""What the owner leaves out never reaches the archive, from stores with ids and from exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.demo.laying_out import SampleStore
from companion.forgetting import forget_conversation
from companion.ingesting import SourceReport, sync_source
from companion.leaving_out import NO_RULES, Rules, Sieve, apply_patterns, make_rules
from companion.retaining import Upkeep, remove_old
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Source,
)
from storage.archive import Archive
from storage.entries import NewSource
from storage.records import SourceRow

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox


class Scripted(Source):
    """A source that tells what it is given; it knows the ids of what it tells."""

    kind, label, unread_origin, is_live = "whatsapp", "WhatsApp", "mark", True

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = list(changes)

    @classmethod
    def probe(cls, path: object) -> bool:
        return False

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        yield from self._changes
        yield CursorAdvanced("end")


def say(key: str, number: int, text: str, at: datetime) -> MessageFound:
    return MessageFound(key, str(number), "Mina", False, at, text)


def sync(inbox: Inbox, rules: Rules, *changes: Change) -> SourceReport:
    row = inbox.reader.get_source(inbox.source_id)
    return sync_source(inbox.archive, row, inbox.at, lambda _: Scripted(changes), rules)


def list_texts(inbox: Inbox) -> list[str]:
    rows = inbox.reader.conversations()
    return sorted(message.text for row in rows for message in inbox.reader.messages(row.id))


FAMILY = ConversationFound("f", "Family trip", "group")
WORK = ConversationFound("w", "Work", "group")


class TestAStoreWithIds:
    def test_nothing_is_stored_of_what_a_pattern_matches(self, inbox: Inbox) -> None:
        told = (FAMILY, say("f", 1, "secret", inbox.at), WORK, say("w", 1, "seen", inbox.at))
        report = sync(inbox, Rules(("family*",)), *told)
        assert (report.counts.added, report.held_back) == (1, 1)
        assert [row.title for row in inbox.reader.conversations()] == ["Work"]
        assert list_texts(inbox) == ["seen"]

    def test_later_messages_that_come_without_their_conversation_are_held_back_too(
        self, inbox: Inbox
    ) -> None:
        rules = Rules(("family*",))
        sync(inbox, rules, FAMILY, say("f", 1, "secret", inbox.at))
        sync(inbox, rules, say("f", 2, "secret again", inbox.at))
        assert list_texts(inbox) == []

    def test_one_whose_title_is_learned_later_is_left_out_from_then_on(self, inbox: Inbox) -> None:
        unnamed = replace(FAMILY, title="")
        told = (unnamed, say("f", 1, "before", inbox.at), FAMILY, say("f", 2, "secret", inbox.at))
        sync(inbox, Rules(("family*",)), *told)
        (row,) = inbox.reader.conversations()
        assert (row.title, row.excluded, row.unread) == ("", True, 0)
        assert list_texts(inbox) == ["before"]

    def test_a_pattern_taken_out_of_the_config_lets_everything_in_again(self, inbox: Inbox) -> None:
        told = (FAMILY, say("f", 1, "secret", inbox.at))
        sync(inbox, Rules(("family*",)), *told)
        assert inbox.reader.get_source(inbox.source_id).cursor == "end"
        apply_patterns(inbox.archive, inbox.reader, NO_RULES)
        assert inbox.reader.get_source(inbox.source_id).cursor is None
        sync(inbox, NO_RULES, *told)
        assert list_texts(inbox) == ["secret"]

    def test_an_excluded_one_takes_no_message_but_still_loses_them(self, inbox: Inbox) -> None:
        sync(inbox, NO_RULES, WORK, say("w", 1, "one", inbox.at), say("w", 2, "two", inbox.at))
        inbox.archive.set_excluded(1, excluded=True)
        sync(
            inbox,
            NO_RULES,
            replace(WORK, title="New name"),
            say("w", 3, "secret", inbox.at),
            say("w", 1, "edited", inbox.at),
            MessageRemoved("w", "2"),
        )
        assert list_texts(inbox) == ["one"]
        assert inbox.reader.get_conversation(1).title == "Work"

    def test_a_forgotten_one_does_not_come_back_until_it_is_taken_in(self, inbox: Inbox) -> None:
        told = (WORK, say("w", 1, "secret", inbox.at), FAMILY, say("f", 1, "seen", inbox.at))
        sync(inbox, NO_RULES, *told)
        forget_conversation(inbox.archive, 1, inbox.at)
        assert sync(inbox, NO_RULES, *told).held_back == 1
        assert list_texts(inbox) == ["seen"]
        (left,) = inbox.reader.left_out()
        inbox.archive.take_in(left.id)
        sync(inbox, NO_RULES, *told)
        assert list_texts(inbox) == ["secret", "seen"]

    def test_a_namesake_that_is_there_stays_in_and_a_new_one_does_not_come(
        self, inbox: Inbox
    ) -> None:
        first, second, third = (replace(WORK, key=key) for key in ("w", "w\x1f2", "w\x1f3"))
        sync(inbox, NO_RULES, first, second)
        inbox.archive.set_excluded(1, excluded=True)
        texts = {"w": "secret", "w\x1f2": "seen", "w\x1f3": "perhaps the first"}
        told = [say(key, 1, text, inbox.at) for key, text in texts.items()]
        assert sync(inbox, NO_RULES, first, second, third, *told).held_back == 2
        assert list_texts(inbox) == ["seen"]

    def test_nothing_is_looked_at_where_nothing_is_left_out(self, inbox: Inbox) -> None:
        row = inbox.reader.get_source(inbox.source_id)
        changes: list[Change] = [WORK, say("w", 1, "one", inbox.at), CursorAdvanced("end")]
        sieve = Sieve.make(inbox.reader, row, NO_RULES, inbox.at)
        assert list(sieve.sift(changes)) == changes


class TestAnExport:
    @pytest.fixture
    def row(self, inbox: Inbox, samples: list[SampleStore]) -> SourceRow:
        """KakaoTalk's export of one conversation, 제주 여행 🍊."""
        path = next(sample.path for sample in samples if sample.path.name == "jeju.txt")
        source = NewSource("kakaotalk", "KakaoTalk", str(path), "mark", ("지우",), "Asia/Seoul")
        return inbox.archive.add_source(source, at=inbox.at)

    def read(self, inbox: Inbox, row: SourceRow, rules: Rules = NO_RULES) -> SourceReport:
        """All of it, as a first reading does."""
        return sync_source(inbox.archive, replace(row, cursor=None), inbox.at, rules=rules)

    def test_nothing_is_stored_of_what_a_pattern_matches(
        self, inbox: Inbox, row: SourceRow
    ) -> None:
        report = self.read(inbox, row, Rules(("제주*",)))
        assert (report.counts.added, report.held_back) == (0, 1)
        assert inbox.reader.conversations() == []

    def test_a_forgotten_one_does_not_come_back_with_its_next_reading(
        self, inbox: Inbox, row: SourceRow
    ) -> None:
        self.read(inbox, row)
        assert list_texts(inbox) != []
        assert forget_conversation(inbox.archive, 1, inbox.at).sources == (row.id,)
        again = inbox.archive.add_source(
            NewSource("kakaotalk", "KakaoTalk", row.path, "mark", ("지우",), "Asia/Seoul"),
            at=inbox.at,
        )
        assert self.read(inbox, again).held_back == 1
        assert inbox.reader.conversations() == []

    def test_one_followed_on_comes_back_with_its_next_reading(
        self, inbox: Inbox, row: SourceRow
    ) -> None:
        self.read(inbox, row)
        texts = list_texts(inbox)
        assert not forget_conversation(inbox.archive, 1, inbox.at, is_followed=True).sources
        self.read(inbox, row)
        assert list_texts(inbox) == texts

    def test_an_excluded_one_keeps_what_it_has_and_gets_nothing(
        self, inbox: Inbox, row: SourceRow
    ) -> None:
        self.read(inbox, row)
        texts = list_texts(inbox)
        inbox.archive.set_excluded(1, excluded=True)
        assert self.read(inbox, row).counts.added == 0
        assert list_texts(inbox) == texts


class TestAge:
    def test_what_is_too_old_is_not_read_and_not_read_again(self, inbox: Inbox) -> None:
        days = [say("w", n, f"{n} days ago", inbox.at - timedelta(days=n)) for n in range(5)]
        sync(inbox, Rules(retention_days=3), WORK, *days)
        assert list_texts(inbox) == [f"{n} days ago" for n in range(4)]
        later = inbox.at + timedelta(days=2)
        assert remove_old(inbox.archive, Rules(retention_days=3), later, UTC) == 2
        row = inbox.reader.get_source(inbox.source_id)
        source = Scripted((WORK, *days))
        sync_source(inbox.archive, row, later, lambda _: source, Rules(retention_days=3))
        assert list_texts(inbox) == ["0 days ago", "1 days ago"]

    def test_a_sources_own_age_comes_first(self, inbox: Inbox) -> None:
        row = inbox.reader.get_source(inbox.source_id)
        inbox.archive.add_source(
            NewSource(row.kind, row.label, row.path, "mark", retention_days=0), at=inbox.at
        )
        old = say("w", 1, "long ago", inbox.at - timedelta(days=900))
        sync(inbox, Rules(retention_days=3), WORK, old)
        assert list_texts(inbox) == ["long ago"]

    def test_the_daemon_removes_once_a_day(self, inbox: Inbox) -> None:
        sync(inbox, NO_RULES, WORK, say("w", 1, "one", inbox.at))
        upkeep = Upkeep(Rules(retention_days=3), UTC)
        assert not upkeep.run(inbox.archive, inbox.reader, inbox.at)
        sync(inbox, NO_RULES, say("w", 2, "old", inbox.at - timedelta(days=9)))
        assert not upkeep.run(inbox.archive, inbox.reader, inbox.at + timedelta(hours=1))
        assert upkeep.run(inbox.archive, inbox.reader, inbox.at + timedelta(days=1))
        assert list_texts(inbox) == ["one"]


def test_settings_reach_the_rules() -> None:
    assert make_rules(Config(exclude=("a*",), retention_days=7)) == Rules(("a*",), 7)


class TestTakingInMeanwhile:
    """A store that is being read when a conversation is taken in is read once more."""

    @pytest.mark.parametrize("cursor", [None, "before"])
    def test_the_cursor_is_not_moved_past_what_was_held_back(
        self, inbox: Inbox, cursor: str | None
    ) -> None:
        sync(inbox, NO_RULES, FAMILY, say("f", 1, "hello", inbox.at), WORK)
        family, work = (row.id for row in inbox.reader.conversations())
        inbox.archive.set_excluded(family, True, at=inbox.at)
        inbox.archive.set_excluded(work, True, at=inbox.at)
        if cursor is None:
            inbox.archive.set_excluded(work, False, at=inbox.at)
        row = inbox.reader.get_source(inbox.source_id)
        assert (row.cursor is None) == (cursor is None)

        def tell() -> Iterator[Change]:
            yield say("f", 2, "held back", inbox.at)
            with Archive.open(inbox.paths.archive_file) as other:
                other.set_excluded(family, False, at=inbox.at)

        sync_source(inbox.archive, row, inbox.at, lambda _: Scripted(tell()))
        assert inbox.reader.get_source(inbox.source_id).cursor is None
        sync(inbox, NO_RULES, FAMILY, say("f", 2, "held back", inbox.at))
        assert inbox.reader.get_source(inbox.source_id).cursor == "end"
        assert list_texts(inbox) == ["held back", "hello"]

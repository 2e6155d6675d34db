"""Messages as they are shown: pages, the unread ones with what came before, activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.errors import RecordMissing
from storage.records import ActivityRow, MessageRow, UnreadPolicy

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf


def uids(rows: list[MessageRow]) -> list[str]:
    return [row.uid for row in rows]


class TestPages:
    @pytest.fixture(autouse=True)
    def ten(self, shelf: Shelf) -> None:
        """Ten messages told out of order, two of them in one minute."""
        told = [shelf.make_message(n) for n in (7, 8, 9, 0, 1, 2, 3, 4)]
        twins = [shelf.make_message(5, uid=f"5{n}", position=n) for n in (1, 0)]
        shelf.tell(*told, *twins, shelf.make_message(5, conversation_key="other", uid="x"))

    def test_the_newest_ones_oldest_first(self, shelf: Shelf) -> None:
        everything = ["0", "1", "2", "3", "4", "50", "51", "7", "8", "9"]
        assert uids(shelf.reader.messages(1)) == everything
        assert uids(shelf.reader.messages(1, limit=3)) == ["7", "8", "9"]

    @pytest.mark.parametrize(
        ("uid", "before", "after", "around"),
        [
            ("50", ["2", "3", "4"], ["51", "7", "8"], ["4", "50", "51"]),
            ("51", ["3", "4", "50"], ["7", "8", "9"], ["50", "51", "7"]),
            ("0", [], ["1", "2", "3"], ["0", "1", "2"]),
            ("9", ["51", "7", "8"], [], ["8", "9"]),
        ],
    )
    def test_beside_a_message(
        self, shelf: Shelf, uid: str, before: list[str], after: list[str], around: list[str]
    ) -> None:
        anchor = shelf.message(uid).id
        assert uids(shelf.reader.messages(1, before=anchor, limit=3)) == before
        assert uids(shelf.reader.messages(1, after=anchor, limit=3)) == after
        assert uids(shelf.reader.messages(1, around=anchor, limit=3)) == around

    def test_pages_put_together_are_the_conversation(self, shelf: Shelf) -> None:
        page = shelf.reader.messages(1, limit=3)
        found = page
        while page:
            page = shelf.reader.messages(1, before=page[0].id, limit=3)
            found = page + found
        assert found == shelf.reader.messages(1)

    def test_one_message_and_some(self, shelf: Shelf) -> None:
        row = shelf.message("4")
        assert shelf.reader.get_message(row.id) == row
        other = shelf.message("1")
        assert shelf.reader.messages_by_ids([row.id, 999, other.id]) == [other, row]
        assert shelf.reader.messages_by_ids([]) == []

    def test_unknown_ones_are_missing(self, shelf: Shelf) -> None:
        assert shelf.reader.messages(9) == []
        with pytest.raises(RecordMissing):
            shelf.reader.get_message(999)
        with pytest.raises(RecordMissing):
            shelf.reader.messages(1, before=999)
        with pytest.raises(ValueError, match="one of"):
            shelf.reader.messages(1, before=1, after=2)


class TestUnread:
    @pytest.fixture(autouse=True)
    def store(self, shelf: Shelf) -> None:
        """A store where "3", "8" and "9" are unread, with a system line in between."""
        shelf.register(unread_origin="store")
        told = [shelf.make_message(n, is_read=n not in {3, 8, 9}) for n in range(10)]
        told[2] = shelf.make_message(2, kind="system")
        shelf.tell(*told, finish=True)

    @pytest.mark.parametrize(
        ("context", "uids_before"),
        [(0, []), (1, ["1", "7"]), (2, ["0", "1", "6", "7"]), (50, list("014567"))],
    )
    def test_context_is_what_stands_right_before_each(
        self, shelf: Shelf, context: int, uids_before: list[str]
    ) -> None:
        before, unread = shelf.reader.unread_messages(1, context=context)
        assert uids(unread) == ["3", "8", "9"]
        assert uids(before) == uids_before

    def test_no_context_without_unread_messages(self, shelf: Shelf) -> None:
        shelf.archive.mark_read(1, at=shelf.at(20))
        assert shelf.reader.unread_messages(1, context=5) == ([], [])


def test_activity_counts_who_wrote_how_much_in_a_span(shelf: Shelf) -> None:
    shelf.register(policy=UnreadPolicy("all"))
    for key, senders in (("quiet", "A"), ("busy", "ABBAB"), ("hidden", "AAAAAA")):
        told = [
            shelf.make_message(n, sender=sender, conversation_key=key, uid=f"{n}")
            for n, sender in enumerate(senders)
        ]
        noise = shelf.make_message(3, conversation_key=key, uid="s", kind="system")
        shelf.tell(*told, noise)
    shelf.archive.set_excluded(3, excluded=True)
    assert shelf.reader.activity(shelf.at(0), shelf.at(4)) == [
        ActivityRow(2, "The busy", 4, ("A", "B")),
        ActivityRow(1, "The quiet", 1, ("A",)),
    ]
    assert shelf.reader.activity(shelf.at(1), shelf.at(5)) == [
        ActivityRow(2, "The busy", 4, ("B", "A")),
    ]
    assert shelf.reader.activity(shelf.at(9), shelf.at(10)) == []

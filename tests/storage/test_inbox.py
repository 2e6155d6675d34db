"""The lines of the inbox: what they say, their order, and how a conversation is found."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from storage.entries import NewConversation, NewToDo, RemovedMessage
from storage.errors import RecordMissing
from storage.records import ConversationKind, HighlightRecord, SentenceRecord, Totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.storage.conftest import Shelf


def start(shelf: Shelf, key: str, title: str = "", kind: ConversationKind = "group") -> None:
    shelf.archive.save_batch(shelf.source_id, [NewConversation(key, title or key, kind)], [])


def say(shelf: Shelf, key: str, *minutes: int) -> None:
    messages = [shelf.make_message(n, conversation_key=key, uid=f"{key}{n}") for n in minutes]
    shelf.archive.save_batch(shelf.source_id, [], messages)


class TestLines:
    def test_say_who_spoke_last_and_leave_system_lines_out(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1), shelf.make_message(2, "lunch?", sender="Jun"))
        shelf.tell(shelf.make_message(3, "Jun left", kind="system"), finish=True)
        (row,) = shelf.reader.conversations()
        assert (row.title, row.kind, row.source_kind) == ("The room", "group", "kakaotalk")
        assert (row.source_label, row.unread_origin) == ("KakaoTalk", "mark")
        assert (row.last_at, row.last_sender, row.last_text) == (shelf.at(2), "Jun", "lunch?")
        assert (row.messages, row.unread) == (2, 0)
        assert row == shelf.reader.get_conversation(row.id)

    def test_without_a_summary_say_so(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        (row,) = shelf.reader.conversations()
        assert (row.first_line, row.topic, row.gist, row.origin) == ("", "", None, None)
        assert (row.outdated, row.open_todos, row.my_todos, row.urgent) == (False, 0, 0, False)

    def test_show_the_newest_summary(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        ids = (shelf.message("1").id,)
        theirs = NewToDo("Jun", "call", "", is_mine=False, evidence=ids)
        shelf.archive.save_summary(
            shelf.make_summary(
                ids,
                topic="점심",
                sentences=(SentenceRecord("First.", ids), SentenceRecord("Second.", ids)),
                todos=(theirs,),
            )
        )
        (row,) = shelf.reader.conversations()
        assert (row.first_line, row.topic, row.gist, row.origin) == (
            "First.",
            "점심",
            "done",
            "model",
        )
        assert not row.is_first_line_quote
        assert (row.open_todos, row.my_todos, row.urgent) == (1, 0, False)
        shelf.archive.save_summary(shelf.make_summary(ids, gist="pending", input_hash="b"))
        (row,) = shelf.reader.conversations()
        assert (row.first_line, row.gist, row.open_todos) == ("", "pending", 1)

    def test_say_whether_the_summary_begins_with_a_quote(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        ids = (shelf.message("1").id,)
        quote = SentenceRecord("Mina: hello", ids, is_quote=True)
        sentences = (quote, SentenceRecord("Mina greets.", ids))
        shelf.archive.save_summary(shelf.make_summary(ids, sentences=sentences))
        (row,) = shelf.reader.conversations()
        assert (row.first_line, row.is_first_line_quote) == ("Mina: hello", True)

    def test_an_open_todo_of_the_owner_is_urgent_until_it_is_done(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        ids = (shelf.message("1").id,)
        todo = NewToDo("나", "call", "", is_mine=True, evidence=ids)
        shelf.archive.save_summary(shelf.make_summary(ids, todos=(todo,)))
        (row,) = shelf.reader.conversations()
        assert (row.my_todos, row.urgent) == (1, True)
        shelf.archive.set_todo_done(shelf.reader.todos()[0].id, done=True, at=shelf.at(9))
        (row,) = shelf.reader.conversations()
        assert (row.my_todos, row.urgent) == (0, False)

    @pytest.mark.parametrize(
        ("kind", "reasons", "urgent"),
        [
            ("group", ("addressed",), True),
            ("direct", ("time", "request"), True),
            ("direct", ("time",), False),
            ("group", ("request",), False),
        ],
    )
    def test_an_unread_request_from_one_person_is_urgent(
        self, shelf: Shelf, kind: ConversationKind, reasons: tuple[str, ...], urgent: bool
    ) -> None:
        start(shelf, "room", "Jun", kind)
        shelf.archive.finish_sync(shelf.source_id, "c", shelf.at(0), 0)
        say(shelf, "room", 1)
        ids = (shelf.message("room1").id,)
        highlight = HighlightRecord(ids[0], "Jun", "hello", reasons)
        shelf.archive.save_summary(shelf.make_summary(ids, highlights=(highlight,)))
        assert [row.urgent for row in shelf.reader.conversations()] == [urgent]
        shelf.archive.mark_read(1, at=shelf.at(9))
        assert [row.urgent for row in shelf.reader.conversations()] == [False]


class TestOrder:
    @pytest.fixture(autouse=True)
    def rooms(self, shelf: Shelf) -> None:
        """History in all but two: "new" is unread, "asked" unread and urgent."""
        for key in ("old", "recent", "new", "asked", "empty"):
            start(shelf, key)
        say(shelf, "old", 1)
        say(shelf, "recent", 50)
        shelf.archive.finish_sync(shelf.source_id, "c", shelf.at(0), 0)
        say(shelf, "new", 20, 21)
        say(shelf, "asked", 10)
        asked = (shelf.message("asked10", 4).id,)
        todo = NewToDo("나", "call", "", is_mine=True, evidence=asked)
        shelf.archive.save_summary(
            shelf.make_summary(asked, conversation_id=4, todos=(todo,), gist="pending")
        )

    def test_urgent_then_unread_then_newest(self, shelf: Shelf) -> None:
        titles = [row.title for row in shelf.reader.conversations()]
        assert titles == ["asked", "new", "recent", "old", "empty"]

    def test_unread_only_and_limit(self, shelf: Shelf) -> None:
        unread = shelf.reader.conversations(unread_only=True)
        assert [(row.title, row.unread) for row in unread] == [("asked", 1), ("new", 2)]
        assert [row.title for row in shelf.reader.conversations(limit=1)] == ["asked"]

    def test_totals(self, shelf: Shelf) -> None:
        assert shelf.reader.totals() == Totals(
            conversations=5,
            messages=5,
            unread=3,
            unread_conversations=2,
            pending_gists=1,
            open_todos=1,
        )


class TestFinding:
    @pytest.fixture(autouse=True)
    def rooms(self, shelf: Shelf) -> None:
        for key, title in enumerate(("Family", "family", "Family trip", "가족 여행", "#2", "100%")):
            start(shelf, str(key), title)

    @pytest.mark.parametrize(
        ("text", "titles"),
        [
            pytest.param("family", ["family"], id="exactly"),
            pytest.param("FAMILY", ["Family", "family"], id="but for case"),
            pytest.param("trip", ["Family trip"], id="a part"),
            pytest.param("AMIL", ["Family", "family", "Family trip"], id="a part but for case"),
            pytest.param("여행", ["가족 여행"], id="Korean"),
            pytest.param(unicodedata.normalize("NFD", "여행"), ["가족 여행"], id="decomposed"),
            pytest.param("#3", ["Family trip"], id="by number"),
            pytest.param("#2", ["family"], id="a number wins over a title"),
            pytest.param("#99", [], id="no such number"),
            pytest.param("%", ["100%"], id="nothing is a pattern"),
            pytest.param("nobody", [], id="nothing"),
            pytest.param("", [], id="no text"),
        ],
    )
    def test_by_title_or_number(self, shelf: Shelf, text: str, titles: list[str]) -> None:
        assert [row.title for row in shelf.reader.find_conversations(text)] == titles

    def test_an_unknown_id_is_missing(self, shelf: Shelf) -> None:
        with pytest.raises(RecordMissing):
            shelf.reader.get_conversation(99)


def test_the_counts_are_those_of_the_messages_whatever_comes_and_goes(shelf: Shelf) -> None:
    make, at = shelf.make_message, shelf.at
    changes: list[Callable[[], object]] = [
        lambda: shelf.tell(make(1), make(2), make(3, kind="system"), make(4, expires_at=at(9))),
        lambda: shelf.tell(make(1, "told again, changed"), make(2), make(5)),
        lambda: shelf.tell(make(2, kind="system")),
        lambda: shelf.tell(make(1, conversation_key="other"), make(2, conversation_key="other")),
        lambda: shelf.tell(removed=(RemovedMessage("room", "1"), RemovedMessage("room", "9"))),
        lambda: shelf.archive.remove_expired(at(9)),
        lambda: shelf.archive.forget(1, lambda _: None, at=at(10), is_followed=True),
    ]
    for change in changes:
        change()
        rows = {row.id: row for row in shelf.reader.conversations()}
        kinds = {id_: [m.kind for m in shelf.reader.messages(id_)] for id_ in rows}
        said = {id_: len(found) - found.count("system") for id_, found in kinds.items()}
        assert {id_: row.messages for id_, row in rows.items()} == said
        assert shelf.reader.totals().messages == sum(said.values())
        assert shelf.reader.sources()[0].messages == sum(map(len, kinds.values()))
    assert said == {2: 2}

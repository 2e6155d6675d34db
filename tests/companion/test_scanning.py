"""What `companion scan` prints is counted from the last word on each message."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from companion.scanning import WARNINGS_SHOWN, ScanReport, scan_store
from companion.sources import registry
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Skipped,
    Source,
    SourceSettings,
    UnreadOrigin,
)

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TRIP = ConversationFound("trip", "Trip", "group", ("Ana", "Bo"))


class ScriptedSource(Source):
    """Tells what the test wrote down."""

    kind: ClassVar[str] = "scripted"
    label: ClassVar[str] = "Scripted"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True
    script: ClassVar[Callable[[], Iterator[Change]]]

    @classmethod
    def probe(cls, path: Path) -> bool:
        return True

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        yield from type(self).script()
        yield CursorAdvanced("end")


Scan = Callable[..., ScanReport]


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """Scans a store that yields the given changes, in Seoul."""
    (tmp_path / "store").write_text("anything")

    def scan(
        *changes: Change,
        script: Callable[[], Iterator[Change]] | None = None,
        origin: UnreadOrigin = "store",
        with_messages: bool = False,
    ) -> ScanReport:
        monkeypatch.setattr(
            ScriptedSource, "script", script or (lambda: iter(changes)), raising=False
        )
        monkeypatch.setattr(ScriptedSource, "unread_origin", origin)
        monkeypatch.setattr(registry, "load_source_class", lambda kind: ScriptedSource)
        settings = SourceSettings(ZoneInfo("Asia/Seoul"))
        return scan_store(tmp_path / "store", "scripted", settings, with_messages=with_messages)

    return scan


def message(id_: str, text: str = "hello", **fields: object) -> MessageFound:
    defaults: dict[str, object] = {
        "conversation_key": "trip",
        "sender": "Ana",
        "is_me": False,
        "sent_at": NINE,
        "is_read": True,
    }
    return MessageFound(id=id_, text=text, **defaults | fields)  # type: ignore[arg-type]


def test_the_document_has_the_keys_of_the_contract_and_times_with_an_offset(scan: Scan) -> None:
    report = scan(
        TRIP,
        message("1", "첫 소식", sent_at=NINE + timedelta(microseconds=500), reply_to="0"),
        message("2", "", sender="", kind="system", sent_at=NINE - timedelta(hours=1)),
        Skipped("no stamp", line=12),
        Skipped("no contacts"),
        with_messages=True,
    )
    assert report.to_json() == {
        "kind": "scripted",
        "conversations": [
            {
                "title": "Trip",
                "kind": "group",
                "participants": ["Ana", "Bo"],
                "messages": 1,
                "system": 1,
                "unread": 0,
                "first": "2026-03-02T17:00:00+09:00",
                "last": "2026-03-02T18:00:00.000500+09:00",
                "items": [
                    {
                        "id": "2",
                        "sender": "",
                        "is_me": False,
                        "sent_at": "2026-03-02T17:00:00+09:00",
                        "text": "",
                        "kind": "system",
                        "edited": False,
                        "reply_to": None,
                    },
                    {
                        "id": "1",
                        "sender": "Ana",
                        "is_me": False,
                        "sent_at": "2026-03-02T18:00:00.000500+09:00",
                        "text": "첫 소식",
                        "kind": "text",
                        "edited": False,
                        "reply_to": "0",
                    },
                ],
            }
        ],
        "messages": 1,
        "system": 1,
        "unread": 0,
        "warnings": ["line 12: no stamp", "no contacts"],
    }
    json.dumps(report.to_json())


def test_without_messages_there_are_no_items(scan: Scan) -> None:
    (conversation,) = scan(TRIP, message("1")).to_json()["conversations"]
    assert "items" not in conversation


def test_text_media_and_deleted_are_messages_and_system_lines_are_not(scan: Scan) -> None:
    kinds = ("text", "media", "deleted", "system", "system")
    report = scan(TRIP, *(message(str(at), kind=kind) for at, kind in enumerate(kinds)))
    assert (report.messages, report.system) == (3, 2)


def test_unread_is_what_others_wrote_and_the_store_calls_so(scan: Scan) -> None:
    report = scan(
        TRIP,
        message("1", is_read=False),
        message("2", is_read=True),
        message("3", is_read=None),
        message("4", is_read=False, is_me=True),
        message("5", is_read=False, kind="system"),
        message("6", is_read=False, kind="media"),
    )
    assert report.unread == 2
    assert [conversation.unread for conversation in report.conversations] == [2]


def test_a_store_that_does_not_know_has_no_number_of_unread(scan: Scan) -> None:
    own = message("2", is_me=True, is_read=False)
    report = scan(TRIP, message("1", is_read=None), own, origin="mark")
    assert report.unread is None
    assert [conversation.unread for conversation in report.conversations] == [None]


def test_messages_that_know_are_counted_in_a_store_that_does_not(scan: Scan) -> None:
    work = ConversationFound("work", "Work", "group")
    read = message("3", conversation_key="work")
    unknown = message("1", is_read=None)
    report = scan(TRIP, unknown, message("2", is_read=False), work, read, origin="mark")
    assert report.unread == 1
    assert [conversation.unread for conversation in report.conversations] == [1, 0]


def test_an_empty_store_that_knows_has_none_unread(scan: Scan) -> None:
    assert scan().unread == 0
    assert scan(origin="mark").unread is None


def test_participants_are_the_listed_and_those_who_wrote(scan: Scan) -> None:
    report = scan(
        TRIP,
        message("1", sender="Cem"),
        message("2", sender="", is_me=True),
        message("3", sender="Dee", kind="system"),
        message("4", sender="Me", is_me=True),
    )
    assert report.conversations[0].participants == ("Ana", "Bo", "Cem", "Me")


def test_the_last_word_on_a_message_and_a_conversation_counts(scan: Scan) -> None:
    report = scan(
        TRIP,
        message("1", "first", is_read=False),
        message("2"),
        ConversationFound("trip", "Busan", "group"),
        message("1", "second", is_read=True, edited=True),
        MessageRemoved("trip", "2"),
        MessageRemoved("trip", "never told"),
        with_messages=True,
    )
    (conversation,) = report.conversations
    assert (conversation.title, conversation.messages, conversation.unread) == ("Busan", 1, 0)
    assert [(item.text, item.edited) for item in conversation.items or ()] == [("second", True)]


def test_the_same_id_in_two_conversations_is_two_messages(scan: Scan) -> None:
    other = ConversationFound("other", "Ana", "direct")
    report = scan(TRIP, other, message("1"), message("1", conversation_key="other"))
    assert [(c.title, c.messages) for c in report.conversations] == [("Trip", 1), ("Ana", 1)]


def test_a_conversation_without_messages_is_there(scan: Scan) -> None:
    (conversation,) = scan(TRIP).conversations
    assert (conversation.messages, conversation.first, conversation.last) == (0, None, None)


def test_items_are_in_conversation_order(scan: Scan) -> None:
    report = scan(
        TRIP,
        message("c", sent_at=NINE, position=1),
        message("d", sent_at=NINE.astimezone(timezone(timedelta(hours=-8))), position=2),
        message("a", sent_at=NINE - timedelta(microseconds=1), position=9),
        message("b", sent_at=NINE, position=0),
        with_messages=True,
    )
    assert [item.id for item in report.conversations[0].items or ()] == list("abcd")


def test_many_warnings_are_counted_and_the_first_are_shown(scan: Scan) -> None:
    report = scan(*(Skipped("no stamp", line) for line in range(WARNINGS_SHOWN + 5)))
    assert len(report.warnings) == WARNINGS_SHOWN + 1
    assert report.warnings[-1] == "and 5 more"


def test_memory_does_not_grow_with_the_store(scan: Scan) -> None:
    def measure(count: int) -> int:
        def script() -> Iterator[Change]:
            yield TRIP
            for number in range(count):
                yield message(f"an id as long as real ones are {number}", "x" * 100)

        tracemalloc.start()
        try:
            assert scan(script=script).messages == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    measure(100)  # imports
    assert measure(20_000) < measure(2_000) + 100_000

"""What is told of rooms and messages, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from companion.sources.beeper import BeeperSource
from companion.sources.beeper.rendering import to_instant
from companion.sources.interface import ConversationFound, MessageFound, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.beeper.conftest import IndexFile

ME, ANA = "@kim:beeper.com", "@signal_ana:local-signal.localhost"


def test_a_chat_and_its_messages_are_told(store: IndexFile) -> None:
    store.receive("!ana", "hi")
    store.send("!ana", "yes")
    store.change(2, inReplyToID="$event-1", isEdited=1)
    found, first, second, _ = store.read(me=("Kim",))
    assert found == ConversationFound("!ana", "Ana", "direct", ("Kim", "Ana"))
    assert isinstance(first, MessageFound)
    assert isinstance(second, MessageFound)
    assert (first.id, first.sender, first.text, first.is_me) == ("$event-1", "Ana", "hi", False)
    assert first.sent_at.isoformat() == "2026-09-21T14:13:20.001000+00:00"
    assert (second.sender, second.is_me, second.edited) == ("Kim", True, True)
    assert second.reply_to == first.id


def test_a_group_without_a_title_is_called_by_its_people(store: IndexFile) -> None:
    room = store.add_room("!group", type="group", title=None)
    store.add_person(room, ME, "Kim", is_self=1)
    store.add_person(room, ANA, "Ana")
    store.add_person(room, "@bo", None, nickname="Bo", has_exited=1)
    store.receive(room, "hi")
    assert store.read()[0] == ConversationFound(room, "Ana, Bo", "group", ("Kim", "Ana"))


def test_somebody_without_a_name_is_told_by_what_there_is(store: IndexFile) -> None:
    store.execute("INSERT INTO users VALUES ('@cy', NULL, '{\"fullName\": \"Cy\"}')")
    store.receive("!ana", "one", senderContactID="@cy")
    store.receive("!ana", "two", senderContactID="@di")
    assert [message.sender for message in store.read_messages()] == ["Cy", "@di"]


@pytest.mark.parametrize(
    ("columns", "text", "kind"),
    [
        ({"type": "IMAGE"}, "[photo]", "media"),
        ({"type": "VOICE", "fields": {"attachments": [{}]}}, "[audio]", "media"),
        ({"type": "STICKER"}, "[sticker]", "media"),
        ({"type": "LOCATION"}, "[location]", "media"),
        (
            {"type": "FILE", "fields": {"attachments": [{"fileName": "a.pdf"}]}},
            "[file a.pdf]",
            "media",
        ),
        (
            {"type": "FILE", "fields": {"attachments": [{"mimeType": "image/png"}]}},
            "[photo]",
            "media",
        ),
        ({"type": "IMAGE", "fields": {"attachments": [{}, {}]}}, "[photo] [photo]", "media"),
        ({"type": "IMAGE", "fields": {"text": "look"}}, "look", "text"),
        ({"type": "TEXT"}, "[empty message]", "media"),
        ({"type": "NOTICE", "fields": {"text": "beep"}}, "beep", "text"),
        ({"type": "TEXT", "message": "{broken", "text_content": "kept"}, "kept", "text"),
        ({"type": "TEXT", "message": "[1]", "text_content": "kept"}, "kept", "text"),
        ({"type": "TEXT", "isDeleted": 1, "text_content": "gone"}, "", "deleted"),
        (
            {"type": "MEMBERSHIP", "fields": {"text": "{{sender}} added {{@kim:beeper.com}}"}},
            "Ana added Kim",
            "system",
        ),
    ],
)
def test_messages_read_as_beeper_shows_them(
    columns: dict[str, Any], text: str, kind: str, store: IndexFile
) -> None:
    store.receive("!ana", **columns)
    (message,) = store.read_messages()
    assert (message.text, message.kind) == (text, kind)


@pytest.mark.parametrize("kind", ["HIDDEN", "REACTION", "TOMBSTONE", "", "MEMBERSHIP"])
def test_rows_that_show_nothing_are_left_out(kind: str, store: IndexFile) -> None:
    store.receive("!ana", type=kind, text_content="m.room.create" if kind == "HIDDEN" else None)
    assert len(store.read()) == 1


def test_spaces_labels_and_rows_without_a_room_are_left_out(store: IndexFile) -> None:
    store.add_room("!space", account="$space")
    store.add_room("!space2", extra={"roomType": "m.space"})
    store.add_room("!label")
    store.execute("UPDATE threads SET is_label = 1 WHERE threadID = '!label'")
    for room in ("!space", "!space2", "!label", "!gone"):
        store.receive(room, "hi")
    assert len(store.read()) == 1


def test_a_message_without_a_date_is_told_as_skipped(store: IndexFile) -> None:
    store.receive("!ana", "secret", timestamp=0)
    assert store.read()[0] == Skipped("message 1 has no date")


@pytest.mark.parametrize("raw", [1_790_000_000, 1_790_000_000_000, 1_790_000_000_000_000_000])
def test_times_are_told_apart_by_their_size(raw: int) -> None:
    instant = to_instant(raw)
    assert instant is not None
    assert instant.isoformat() == "2026-09-21T14:13:20+00:00"


@pytest.mark.parametrize("raw", [None, 0, -1, "x", 10**30, float("inf")])
def test_what_is_no_time_is_none(raw: object) -> None:
    assert to_instant(raw) is None


def test_a_store_of_an_early_version_is_read(make_old_store: Callable[[], IndexFile]) -> None:
    store = make_old_store()
    store.add_room(unreadCount=1, isUnread=True)
    store.add_message("!ana", "one", fields={"isSender": True})
    store.add_message("!ana", "two", fields={"isSender": False})
    told = [(message.text, message.is_me, message.is_read) for message in store.read_messages()]
    assert told == [("one", True, True), ("two", False, False)]


def test_the_rooms_of_an_early_version_list_their_people_themselves(
    make_old_store: Callable[[], IndexFile],
) -> None:
    store = make_old_store()
    people = [
        {"id": ME, "fullName": "Kim", "isSelf": True},
        {"id": ANA, "fullName": "Ana Ruiz", "hasExited": False},
        {"id": "@gone:x", "fullName": 3, "hasExited": True},
        {"fullName": "no id"},
        "no object",
    ]
    store.add_room(title="", participants={"items": people})
    store.add_message("!ana", "one", fields={"isSender": False})
    found, message, *_ = store.read()
    assert found == ConversationFound("!ana", "Ana Ruiz, 3", "direct", ("Kim", "Ana Ruiz"))
    assert isinstance(message, MessageFound)
    assert message.sender == "Ana Ruiz"


def test_a_room_whose_facts_are_broken_is_still_read(store: IndexFile) -> None:
    store.execute("UPDATE threads SET thread = '{broken'")
    store.receive("!ana", "hi")
    found, *_ = store.read()
    assert found == ConversationFound("!ana", "Ana", "group", ("Kim", "Ana"))


def test_index_files_are_recognised_and_others_are_not(
    store: IndexFile, make_old_store: Callable[[], IndexFile], data_folder: Path, tmp_path: Path
) -> None:
    assert BeeperSource.probe(store.path)
    assert not BeeperSource.probe(tmp_path / "gone")
    assert [path for path in data_folder.rglob("*") if BeeperSource.probe(path)] == []


def test_two_people_of_one_name_are_told_apart_within_a_room(store: IndexFile) -> None:
    room = store.add_room("!group", type="group", title=None)
    for uid in (ANA, "@telegram_7:local"):
        store.add_person(room, uid, "Ana")
    for sender in ("@telegram_7:local", ANA):
        store.receive(room, "hi", senderContactID=sender)
    store.receive("!ana", "hi")
    found, *_ = store.read()
    assert isinstance(found, ConversationFound)
    assert found.participants == ("Ana", "Ana (@telegram_7:local)")
    senders = [message.sender for message in store.read_messages()]
    assert senders == ["Ana (@telegram_7:local)", "Ana", "Ana"]


def test_a_room_that_is_renamed_stays_the_same_conversation(store: IndexFile) -> None:
    store.add_room("!group", type="group", title="Old")
    store.receive("!group", "hi")
    cursor = getattr(store.read()[-1], "cursor", None)
    store.execute("UPDATE threads SET thread = json_set(thread, '$.title', 'New')")
    store.receive("!group", "new name")
    found, message, _ = store.read(cursor)
    assert found == ConversationFound("!group", "New", "group")
    assert getattr(message, "conversation_key", None) == "!group"

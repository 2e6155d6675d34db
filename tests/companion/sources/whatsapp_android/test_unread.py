"""What is unread is what WhatsApp counts: the last incoming messages of a chat, as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from companion.scanning import scan_store
from companion.sources.interface import SourceSettings

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_android.conftest import MakeStore, MessageStoreFile

LUIS, GROUP = "34600333444@s.whatsapp.net", "120363000000000001@g.us"


def list_unread(store: MessageStoreFile) -> list[str]:
    return [message.text for message in store.read_messages() if not message.is_read]


@pytest.mark.parametrize(
    ("count", "read_upto", "unread"),
    [
        (0, 0, []),
        (None, 0, []),
        (1, 2, ["four"]),
        (2, 1, ["two", "four"]),
        (2, 3, ["four"]),  # the count is more than what came since
        (1, 0, ["four"]),
        (2, None, ["two", "four"]),
        (-1, 0, []),  # marked unread by hand: a dot, and no message
    ],
)
def test_the_last_incoming_ones_since_the_one_read_last_are_unread(
    count: int | None, read_upto: int | None, unread: list[str], store: MessageStoreFile
) -> None:
    chat = store.add_chat(unseen_message_count=count, last_read_message_sort_id=read_upto)
    store.add_message(chat, "one")
    store.add_message(chat, "two")
    store.add_message(chat, "three", from_me=1)
    store.add_message(chat, "four")
    assert list_unread(store) == unread


def test_lines_of_the_system_and_calls_are_not_counted(store: MessageStoreFile) -> None:
    chat = store.add_chat(unseen_message_count=1)
    store.add_message(chat, "one")
    store.add_event(chat, 18, from_me=0)
    for message_type in (8, 10, 90):
        store.add_message(chat, message_type=message_type)
    assert list_unread(store) == ["one"]


def test_a_picture_and_a_deleted_message_are_counted(store: MessageStoreFile) -> None:
    chat = store.add_chat(unseen_message_count=2)
    store.add_message(chat, "one")
    store.add_message(chat, message_type=1)
    store.revoke(store.add_message(chat, "taken back"))
    assert list_unread(store) == ["[photo]", ""]


def test_the_order_is_that_of_the_chat_and_not_that_of_arrival(store: MessageStoreFile) -> None:
    chat = store.add_chat(unseen_message_count=1)
    store.add_message(chat, "last", sort_id=9)
    store.add_message(chat, "synced later", sort_id=3)
    assert list_unread(store) == ["last"]


def test_the_counts_of_all_chats_add_up_to_those_of_whatsapp(
    store: MessageStoreFile, settings: SourceSettings
) -> None:
    counts = {"34600111222@s.whatsapp.net": 3, LUIS: 0, GROUP: 5, "status@broadcast": 4}
    for jid, count in counts.items():
        chat = store.add_chat(jid, "Trip", unseen_message_count=count)
        for number in range(6):
            store.add_message(chat, f"{jid} {number}")
            store.add_event(chat, 67)
    report = scan_store(store.path, None, settings)
    told = {conversation.title: conversation.unread for conversation in report.conversations}
    assert told == {"+34600111222": 3, "+34600333444": 0, "Trip": 5}
    assert (report.kind, report.unread) == ("whatsapp-android", 8)


@pytest.mark.parametrize("count", ["", ", unseen_message_count INTEGER DEFAULT 1"])
def test_a_smaller_schema_is_read(count: str, make_store: MakeStore) -> None:
    store = make_store(
        f"""CREATE TABLE jid (_id INTEGER PRIMARY KEY, user TEXT, server TEXT);
            CREATE TABLE chat (_id INTEGER PRIMARY KEY, jid_row_id INTEGER, subject TEXT{count});
            CREATE TABLE message (_id INTEGER PRIMARY KEY, chat_row_id INTEGER, from_me INTEGER,
                                  key_id TEXT, timestamp INTEGER, message_type, text_data TEXT);
            INSERT INTO jid VALUES (1, '34600111222', 's.whatsapp.net');
            INSERT INTO chat (_id, jid_row_id) VALUES (1, 1);
            INSERT INTO message VALUES (1, 1, 0, 'A1', 1427814484000, 0, 'hello');"""
    )
    (message,) = store.read_messages()
    assert (message.id, message.sender, message.text) == ("A1", "+34600111222", "hello")
    assert (message.is_read, message.sent_at.year, message.position) == (not count, 2015, 1)

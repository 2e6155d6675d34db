"""What is unread is what WhatsApp counts: the last incoming messages of a chat, as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from companion.scanning import scan_store
from companion.sources.interface import SourceSettings

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_mac.conftest import ChatStorageFile, MakeStore

LUIS, GROUP = "34600333444@s.whatsapp.net", "120363000000000001@g.us"


def list_unread(store: ChatStorageFile) -> list[str]:
    return [message.text for message in store.read_messages() if not message.is_read]


@pytest.mark.parametrize(
    ("count", "unread"),
    [
        (0, []),
        (None, []),
        (1, ["four"]),
        (2, ["two", "four"]),
        (3, ["one", "two", "four"]),
        (99, ["one", "two", "four"]),  # the rest is on the phone alone
        (-1, []),  # marked unread by hand: a dot, and no message
    ],
)
def test_the_last_incoming_ones_are_unread(
    count: int | None, unread: list[str], store: ChatStorageFile
) -> None:
    chat = store.add_chat(ZUNREADCOUNT=count)
    store.add_message(chat, "one")
    store.add_message(chat, "two")
    store.add_message(chat, "three", ZISFROMME=1)
    store.add_message(chat, "four")
    assert list_unread(store) == unread


def test_lines_of_the_system_are_not_counted(store: ChatStorageFile) -> None:
    chat = store.add_chat(ZUNREADCOUNT=2)
    store.add_message(chat, "one")
    store.add_message(chat, "two")
    for message_type in (6, 10):
        store.add_message(chat, ZMESSAGETYPE=message_type, ZGROUPEVENTTYPE=2)
    assert list_unread(store) == ["one", "two"]


def test_a_picture_and_a_deleted_message_are_counted(store: ChatStorageFile) -> None:
    chat = store.add_chat(ZUNREADCOUNT=2)
    store.add_message(chat, "one")
    store.add_media(chat, 1)
    store.add_message(chat, ZMESSAGETYPE=14)
    assert list_unread(store) == ["[photo]", ""]


def test_the_order_is_that_of_the_chat_and_not_that_of_arrival(store: ChatStorageFile) -> None:
    chat = store.add_chat(ZUNREADCOUNT=1)
    store.add_message(chat, "last", ZSORT=9)
    store.add_message(chat, "synced later", ZSORT=3)
    assert list_unread(store) == ["last"]


def test_the_counts_of_all_chats_add_up_to_those_of_whatsapp(
    store: ChatStorageFile, settings: SourceSettings
) -> None:
    counts = {"34600111222@s.whatsapp.net": 3, LUIS: 0, GROUP: 5, "status@broadcast": 4}
    for jid, count in counts.items():
        chat = store.add_chat(jid, jid, ZUNREADCOUNT=count)
        for number in range(6):
            store.add_message(chat, f"{jid} {number}")
            store.add_message(chat, ZMESSAGETYPE=6)
    report = scan_store(store.path, None, settings)
    told = {conversation.title: conversation.unread for conversation in report.conversations}
    assert told == {jid: count for jid, count in counts.items() if jid != "status@broadcast"}
    assert (report.kind, report.unread) == ("whatsapp-mac", 8)


def test_a_version_without_counts_and_types_has_nothing_unread(make_store: MakeStore) -> None:
    store = make_store(
        """CREATE TABLE ZWACHATSESSION (Z_PK INTEGER PRIMARY KEY, ZCONTACTJID, ZPARTNERNAME);
           CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, ZCHATSESSION, ZISFROMME,
                                    ZMESSAGEDATE, ZTEXT);
           INSERT INTO ZWACHATSESSION VALUES (1, '34600111222@s.whatsapp.net', 'Ana');
           INSERT INTO ZWAMESSAGE VALUES (1, 1, 0, 400000000, 'hello');"""
    )
    (message,) = store.read_messages()
    assert (message.sender, message.text, message.kind) == ("Ana", "hello", "text")
    assert (message.is_read, message.sent_at.year, message.position) == (True, 2013, 1)

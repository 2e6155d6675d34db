"""One person is one conversation, whatever services and addresses it went over."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.imessage.names import FILE_NAME
from companion.sources.interface import ConversationFound, MessageFound, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.imessage.conftest import ChatStore


def list_conversations(store: ChatStore) -> list[ConversationFound]:
    return [change for change in store.read() if isinstance(change, ConversationFound)]


@pytest.fixture
def contacts(tmp_path: Path, data_folder: Path) -> None:
    """The sample address book beside the store."""
    shutil.copyfile(
        data_folder / "imessage" / "evantahler+macos-ts" / FILE_NAME, tmp_path / FILE_NAME
    )


def test_a_pair_is_named_after_the_other_or_their_address(store: ChatStore, contacts: None) -> None:
    for address in ("+15551234567", "+15550009999"):
        store.add_message(store.add_chat(address, [store.add_handle(address)]), "hello")
    assert list_conversations(store) == [
        ConversationFound("+15551234567", "John Doe", "direct", ("John Doe",)),
        ConversationFound("+15550009999", "+15550009999", "direct", ("+15550009999",)),
    ]


def test_a_group_is_named_as_shown_or_after_its_people(store: ChatStore, contacts: None) -> None:
    john, alice = store.add_handle("+15551234567"), store.add_handle("alice@example.com")
    store.add_message(store.add_chat("chat1", [john, alice], display_name="Weekend"), "hello")
    store.add_message(store.add_chat("chat2", [john, alice]), "hello")
    people = ("John Doe", "Alice Johnson")
    assert list_conversations(store) == [
        ConversationFound("chat1", "Weekend", "group", people),
        ConversationFound("chat2", "John Doe, Alice Johnson", "group", people),
    ]


def test_the_same_address_over_several_services_is_one_conversation(store: ChatStore) -> None:
    for service in ("iMessage", "SMS", "RCS"):
        handle = store.add_handle("+15551234567", service)
        chat = store.add_chat("+15551234567", [handle], guid=f"{service};-;+15551234567")
        store.add_message(chat, service, handle_id=handle)
    assert [c.key for c in list_conversations(store)] == ["+15551234567"]
    assert {m.conversation_key for m in store.read_messages()} == {"+15551234567"}


def test_the_addresses_of_one_person_are_one_conversation(store: ChatStore) -> None:
    for address in ("jane@example.com", "+15551234567", "Jane@work.example"):
        handle = store.add_handle(address, person="P1")
        store.add_message(store.add_chat(address, [handle]), address, handle_id=handle)
    other = store.add_handle("tom@example.com", person="P2")
    store.add_message(store.add_chat("tom@example.com", [other]), "hello")
    assert [c.key for c in list_conversations(store)] == ["+15551234567", "tom@example.com"]


def test_a_person_known_by_one_service_alone_is_still_merged(store: ChatStore) -> None:
    store.add_handle("+15551234567", "iMessage", person="P1")
    store.add_handle("+15551234567", "SMS")
    store.add_handle("+13331234567", "iMessage", person="P1")
    for guid, address in (
        ("iMessage;-;+15551234567", "+15551234567"),
        ("SMS;-;+15551234567", "+15551234567"),
        ("iMessage;-;+13331234567", "+13331234567"),
    ):
        store.add_message(store.add_chat(address, guid=guid), "hello")
    assert [c.key for c in list_conversations(store)] == ["+13331234567"]


@pytest.mark.parametrize("prefix", ["iMessage", "any", "SMS"])
def test_the_prefix_of_a_chat_has_no_part_in_its_key(prefix: str, store: ChatStore) -> None:
    store.add_message(store.add_chat("+15551234567", guid=f"{prefix};-;+15551234567"), "hello")
    assert [c.key for c in list_conversations(store)] == ["+15551234567"]


def test_a_chat_without_identifier_is_known_by_its_room_or_its_guid(store: ChatStore) -> None:
    by_room = store.add_chat("chat1", guid="iMessage;+;x", room_name="chat77")
    by_guid = store.add_chat("chat2", guid="any;+;chat88")
    store.execute("UPDATE chat SET chat_identifier = NULL, style = NULL")
    store.add_message(by_room, "hello")
    store.add_message(by_guid, "hello")
    assert [(c.key, c.kind) for c in list_conversations(store)] == [
        ("chat77", "group"),
        ("chat88", "group"),
    ]


def test_a_chat_without_messages_is_not_told(store: ChatStore) -> None:
    store.add_chat("+15551234567", [store.add_handle("+15551234567")])
    assert list_conversations(store) == []


def test_a_message_in_two_chats_is_told_once(store: ChatStore) -> None:
    first, second = store.add_chat("+15551234567"), store.add_chat("chat1")
    rowid = store.add_message(second, "hello")
    store.execute("INSERT INTO chat_message_join VALUES (?, ?, 0)", (first, rowid))
    assert [m.conversation_key for m in store.read_messages()] == ["+15551234567"]


def test_messages_of_no_chat_are_counted_but_not_shown(store: ChatStore) -> None:
    store.add_message(None, "lost")
    store.add_message(None, "Loved", associated_message_type=2000)
    store.add_message(99, "dangling")
    skipped = [change for change in store.read() if isinstance(change, Skipped)]
    assert [s.reason[:2] for s in skipped] == ["2 "]
    assert store.read_messages() == []


def test_filtered_conversations_are_read_but_never_unread(store: ChatStore) -> None:
    friend = store.add_chat("+15551234567")
    unknown = store.add_chat("+15550000001", is_filtered=1)
    junk = store.add_chat("+15550000002", is_filtered=2)
    for chat in (friend, unknown, junk):
        store.add_message(chat, "hello", is_read=0)
    store.add_message(friend, "junk", is_read=0, is_spam=1)
    changes = store.read()
    assert [c.is_read for c in changes if isinstance(c, MessageFound)] == [False, True, True, True]
    (note,) = (c.reason for c in changes if isinstance(c, Skipped))
    assert note.startswith("2 unread messages in conversations that Messages filters out")


def test_an_unreadable_address_book_is_told_once(store: ChatStore, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("no database")
    store.add_message(store.add_chat("+15551234567"), "hello")
    changes = store.read()
    (note,) = (c.reason for c in changes if isinstance(c, Skipped))
    assert "contacts" in note
    cursor = changes[-1].cursor  # type: ignore[union-attr]
    assert len(store.read(cursor)) == 1


def list_senders(store: ChatStore) -> list[str]:
    return [message.sender for message in store.read_messages()]


def test_the_addresses_of_one_contact_are_one_name_in_a_group(
    store: ChatStore, contacts: None
) -> None:
    phones = [store.add_handle(number) for number in ("+15551234567", "+15559876543")]
    chat = store.add_chat("chat1", [*phones, store.add_handle("alice@example.com")])
    for phone in phones:
        store.add_message(chat, "hello", handle_id=phone)
    (found,) = list_conversations(store)
    assert found.participants == ("John Doe", "Alice Johnson")
    assert list_senders(store) == ["John Doe", "John Doe"]


def test_an_address_in_no_contact_has_the_name_of_its_person(
    store: ChatStore, contacts: None
) -> None:
    hidden = store.add_handle("john@elsewhere.example", person="P1")
    known = store.add_handle("+15551234567", person="P1")
    chat = store.add_chat("chat1", [known, store.add_handle("alice@example.com")])
    store.add_message(chat, "hello", handle_id=hidden)
    store.add_message(store.add_chat("john@elsewhere.example", [hidden]), "hello", handle_id=hidden)
    assert list_senders(store) == ["John Doe", "John Doe"]
    assert [c.participants for c in list_conversations(store)][1] == ("John Doe",)


def test_two_contacts_of_one_name_are_told_apart_in_a_group_alone(
    store: ChatStore, contacts: None, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as book, book:
        book.execute("""INSERT INTO ZABCDRECORD (Z_PK, Z_ENT, Z_OPT, ZFIRSTNAME, ZLASTNAME)
                        VALUES (90, 22, 1, 'John', 'Doe')""")
        book.execute("""INSERT INTO ZABCDPHONENUMBER (Z_ENT, Z_OPT, ZOWNER, ZFULLNUMBER)
                        VALUES (15, 1, 90, '+1 555 700 7000')""")
    first, second = store.add_handle("+15551234567"), store.add_handle("+15557007000")
    group = store.add_chat("chat1", [first, second])
    store.add_message(group, "one", handle_id=second)
    store.add_message(group, "two", handle_id=first)
    store.add_message(store.add_chat("+15557007000", [second]), "three", handle_id=second)
    assert list_senders(store) == ["John Doe (+15557007000)", "John Doe", "John Doe"]
    assert [c.participants for c in list_conversations(store)] == [
        ("John Doe", "John Doe (+15557007000)"),
        ("John Doe",),
    ]


def test_a_group_that_is_renamed_stays_the_same_conversation(store: ChatStore) -> None:
    chat = store.add_chat("chat1", [store.add_handle("tom@example.com")], display_name="Old")
    store.add_message(chat, "hello")
    cursor = store.read()[-1].cursor  # type: ignore[union-attr]
    store.execute("UPDATE chat SET display_name = 'New'")
    store.add_message(chat, "new name")
    found, message, _ = store.read(cursor)
    assert isinstance(found, ConversationFound)
    assert isinstance(message, MessageFound)
    assert (found.key, found.title) == ("chat1", "New")
    assert message.conversation_key == "chat1"

"""One person is one name and one conversation, by phone number or by hidden identity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import ConversationFound, MessageFound, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_android.conftest import MessageStoreFile

ANA, LUIS = "34600111222@s.whatsapp.net", "34600333444@s.whatsapp.net"
HIDDEN, GROUP = "99887766554433@lid", "120363000000000001@g.us"


def list_conversations(store: MessageStoreFile) -> list[ConversationFound]:
    return [change for change in store.read() if isinstance(change, ConversationFound)]


def list_senders(store: MessageStoreFile) -> list[str]:
    return [message.sender for message in store.read_messages()]


def test_a_pair_is_called_by_the_address_book_then_their_own_name_then_their_number(
    store: MessageStoreFile, write_contacts: Callable[..., None]
) -> None:
    for jid in (ANA, LUIS, "34600555666@s.whatsapp.net"):
        store.add_message(store.add_chat(jid), "hello")
    write_contacts((ANA, "Ana García", "ana"), (LUIS, None, "luis_91"))
    assert list_conversations(store) == [
        ConversationFound(ANA, "Ana García", "direct", ("Ana García",)),
        ConversationFound(LUIS, "luis_91", "direct", ("luis_91",)),
        ConversationFound(
            "34600555666@s.whatsapp.net", "+34600555666", "direct", ("+34600555666",)
        ),
    ]
    assert list_senders(store) == ["Ana García", "luis_91", "+34600555666"]


def test_a_group_has_its_subject_and_its_members(
    store: MessageStoreFile, write_contacts: Callable[..., None]
) -> None:
    group = store.add_chat(GROUP, "Trip")
    ana, luis = store.add_jid(ANA), store.add_jid("34600333444:12@s.whatsapp.net")
    for member in (ana, luis):
        store.insert("group_participant_user", group_jid_row_id=1, user_jid_row_id=member)
    for sender in (ana, luis, 0, 99):
        store.add_message(group, "hello", sender_jid_row_id=sender)
    write_contacts((ANA, "Ana", None))
    assert list_conversations(store) == [
        ConversationFound(GROUP, "Trip", "group", ("Ana", "+34600333444"))
    ]
    assert list_senders(store) == ["Ana", "+34600333444", "Unknown", "Unknown"]


def test_a_hidden_identity_is_the_person_of_its_number(
    store: MessageStoreFile, write_contacts: Callable[..., None]
) -> None:
    by_number, hidden = store.add_chat(LUIS), store.add_chat(HIDDEN)
    group = store.add_chat(GROUP, "Trip")
    store.insert("jid_map", lid_row_id=2, jid_row_id=1)
    store.add_message(by_number, "by number")
    store.add_message(hidden, "hidden")
    store.add_message(group, "in a group", sender_jid_row_id=2)
    assert [c.key for c in list_conversations(store)] == [LUIS, GROUP]
    assert list_senders(store) == ["+34600333444"] * 3
    store.insert("lid_display_name", lid_row_id=2, display_name="luis_91")
    assert list_senders(store) == ["luis_91"] * 3
    write_contacts((LUIS, "Luis López", None))
    assert list_senders(store) == ["Luis López"] * 3


def test_a_store_without_contacts_beside_it_shows_numbers(store: MessageStoreFile) -> None:
    store.add_message(store.add_chat(), "hello")
    assert list_senders(store) == ["+34600111222"]


def test_contacts_that_cannot_be_read_are_reported(store: MessageStoreFile, tmp_path: Path) -> None:
    (tmp_path / "wa.db").write_bytes(b"no database")
    store.add_message(store.add_chat(), "hello")
    skipped, *others = store.read()
    assert isinstance(skipped, Skipped)
    assert "wa.db cannot be read" in skipped.reason
    assert len(others) == 3


@pytest.mark.parametrize("jid", ["status@broadcast", "16@broadcast", "1@newsletter", "@"])
def test_status_updates_channels_and_lists_are_left_out(jid: str, store: MessageStoreFile) -> None:
    store.add_message(store.add_chat(jid, "News"), "to everybody")
    assert len(store.read()) == 1


def test_messages_of_a_chat_that_is_gone_are_left_out(store: MessageStoreFile) -> None:
    store.add_message(99, "lost")
    store.add_message(-1, "the row WhatsApp begins its table with")
    store.add_message(store.add_chat(), "here")
    assert [message.text for message in store.read_messages()] == ["here"]


def test_a_new_name_tells_the_latest_messages_again_under_it(
    store: MessageStoreFile, write_contacts: Callable[..., None]
) -> None:
    store.add_message(store.add_chat(), "hello")
    cursor = getattr(store.read()[-1], "cursor", None)
    write_contacts((ANA, "Ana", None))
    conversation, message, _ = store.read(cursor)
    assert conversation == ConversationFound(ANA, "Ana", "direct", ("Ana",))
    assert isinstance(message, MessageFound)
    assert message.sender == "Ana"


def test_two_people_of_one_name_are_told_apart_in_a_group_alone(
    store: MessageStoreFile, write_contacts: Callable[..., None]
) -> None:
    write_contacts((ANA, "Kim", None), (LUIS, "Kim", None))
    group = store.add_chat(GROUP, "Trip")
    ana, luis = store.add_jid(ANA), store.add_jid(LUIS)
    for member in (ana, luis):
        store.insert("group_participant_user", group_jid_row_id=1, user_jid_row_id=member)
    for sender in (luis, ana):
        store.add_message(group, "hello", sender_jid_row_id=sender)
    store.add_message(store.add_chat(LUIS), "hello")
    assert list_senders(store) == ["Kim (+34600333444)", "Kim", "Kim"]
    assert [c.participants for c in list_conversations(store)] == [
        ("Kim", "Kim (+34600333444)"),
        ("Kim",),
    ]


def test_a_member_by_number_and_by_hidden_identity_is_one_participant(
    store: MessageStoreFile, write_contacts: Callable[..., None]
) -> None:
    write_contacts((LUIS, "Luis", None))
    group = store.add_chat(GROUP, "Trip")
    luis, hidden = store.add_jid(LUIS), store.add_jid(HIDDEN)
    store.insert("jid_map", lid_row_id=hidden, jid_row_id=luis)
    for member in (luis, hidden):
        store.insert("group_participant_user", group_jid_row_id=1, user_jid_row_id=member)
        store.add_message(group, "hello", sender_jid_row_id=member)
    assert list_senders(store) == ["Luis", "Luis"]
    assert [c.participants for c in list_conversations(store)] == [("Luis",)]


def test_a_group_that_is_renamed_stays_the_same_conversation(store: MessageStoreFile) -> None:
    group = store.add_chat(GROUP, "Trip")
    store.add_message(group, "hello")
    cursor = getattr(store.read()[-1], "cursor", None)
    store.change_chat(group, subject="Trip 2027")
    store.add_message(group, "new name")
    found, message, _ = store.read(cursor)
    assert found == ConversationFound(GROUP, "Trip 2027", "group")
    assert getattr(message, "conversation_key", None) == GROUP

"""One person is one name and one conversation, by phone number or by hidden identity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import ConversationFound, MessageFound, MessageRemoved, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_mac.conftest import ChatStorageFile

ANA, LUIS = "34600111222@s.whatsapp.net", "34600333444@s.whatsapp.net"
HIDDEN, GROUP = "99887766554433@lid", "120363000000000001@g.us"


def list_conversations(store: ChatStorageFile) -> list[ConversationFound]:
    return [change for change in store.read() if isinstance(change, ConversationFound)]


def list_senders(store: ChatStorageFile) -> list[str]:
    return [message.sender for message in store.read_messages()]


def add_to_group(store: ChatStorageFile, jid: str, name: str | None = None) -> None:
    """A group with one message of a member."""
    group = store.add_chat(GROUP, "Trip")
    store.add_message(group, "hello", ZGROUPMEMBER=store.add_member(group, jid, name))


@pytest.mark.parametrize(
    ("name", "title"),
    [("Ana", "Ana"), ("\u200e+34 600 111 222", "+34 600 111 222"), (None, "+34600111222")],
)
def test_a_pair_is_called_as_whatsapp_shows_it(
    name: str | None, title: str, store: ChatStorageFile
) -> None:
    store.add_message(store.add_chat(ANA, name), "hello")
    assert list_conversations(store) == [ConversationFound(ANA, title, "direct", (title,))]
    assert list_senders(store) == [title]


def test_a_group_lists_those_who_are_in_it_now(store: ChatStorageFile) -> None:
    group = store.add_chat(GROUP, "Trip")
    store.add_member(group, ANA, "Ana")
    store.add_member(group, LUIS, "Luis", is_active=0)
    store.add_message(group, "hello")
    assert list_conversations(store) == [ConversationFound(GROUP, "Trip", "group", ("Ana",))]
    assert list_senders(store) == ["Unknown"]


def test_a_member_is_called_as_in_the_own_chat_with_them(store: ChatStorageFile) -> None:
    store.add_chat(LUIS, "Luis López")
    add_to_group(store, LUIS, "L.")
    assert list_senders(store) == ["Luis López"]


def test_a_member_is_called_by_the_address_book_then_the_member_list_then_their_own_name(
    store: ChatStorageFile, write_contacts: Callable[..., None]
) -> None:
    add_to_group(store, LUIS)
    assert list_senders(store) == ["+34600333444"]
    store.add_push_name(LUIS, "luis_91")
    assert list_senders(store) == ["luis_91"]
    store.execute("UPDATE ZWAGROUPMEMBER SET ZCONTACTNAME = 'Luis'")
    assert list_senders(store) == ["Luis"]
    write_contacts(book=[("Luis López", LUIS, None, None)])
    assert list_senders(store) == ["Luis López"]


def test_a_hidden_identity_is_the_person_of_its_number(
    store: ChatStorageFile, write_contacts: Callable[..., None]
) -> None:
    write_contacts(pairs=[(HIDDEN.removesuffix("@lid"), "+34600333444")])
    store.add_message(store.add_chat(LUIS, "Luis"), "by number")
    store.add_message(store.add_chat(HIDDEN, "Luis"), "hidden")
    add_to_group(store, HIDDEN)
    assert [c.key for c in list_conversations(store)] == [LUIS, GROUP]
    assert list_senders(store) == ["Luis", "Luis", "Luis"]


def test_the_pair_may_stand_in_the_address_book_or_in_the_chat(
    store: ChatStorageFile, write_contacts: Callable[..., None]
) -> None:
    write_contacts(book=[("Luis López", None, "34600333444", HIDDEN)])
    store.add_chat("11112222@lid", "Ana", ZCONTACTIDENTIFIER=ANA)
    group = store.add_chat(GROUP, "Trip")
    for jid in (HIDDEN, ANA, "11112222:7@lid"):
        store.add_message(group, "hello", ZGROUPMEMBER=store.add_member(group, jid))
    assert list_senders(store) == ["Luis López", "Ana", "Ana"]


def test_a_hidden_identity_without_a_number_is_a_person_of_its_own(store: ChatStorageFile) -> None:
    store.add_message(store.add_chat(HIDDEN, None), "hello")
    assert list_conversations(store) == [ConversationFound(HIDDEN, HIDDEN, "direct", (HIDDEN,))]


def test_contacts_that_cannot_be_read_are_reported(store: ChatStorageFile, tmp_path: Path) -> None:
    (tmp_path / "ContactsV2.sqlite").write_bytes(b"no database")
    store.add_message(store.add_chat(), "hello")
    skipped, *others = store.read()
    assert isinstance(skipped, Skipped)
    assert "ContactsV2.sqlite cannot be read" in skipped.reason
    assert len(others) == 3


@pytest.mark.parametrize(
    "jid", ["status@broadcast", "1600000000@broadcast", "120363@newsletter", "me@status", "", None]
)
def test_status_updates_channels_and_lists_are_left_out(
    jid: str | None, store: ChatStorageFile
) -> None:
    store.execute("INSERT INTO ZWACHATSESSION (Z_PK, ZCONTACTJID) VALUES (7, ?)", (jid,))
    store.add_message(7, "to everybody")
    assert len(store.read()) == 1


def test_a_chat_the_owner_deleted_and_messages_without_chat_are_left_out(
    store: ChatStorageFile,
) -> None:
    store.add_message(store.add_chat(ZREMOVED=1), "gone")
    store.add_message(None, "lost")
    store.add_message(99, "lost")
    store.add_message(store.add_chat(LUIS, "Luis"), "here")
    assert [message.text for message in store.read_messages()] == ["here"]


def test_a_new_name_tells_the_latest_messages_again_under_it(store: ChatStorageFile) -> None:
    chat = store.add_chat(ANA, None)
    store.add_message(chat, "hello")
    cursor = getattr(store.read()[-1], "cursor", None)
    store.change_chat(chat, ZPARTNERNAME="Ana")
    conversation, message, _ = store.read(cursor)
    assert conversation == ConversationFound(ANA, "Ana", "direct", ("Ana",))
    assert isinstance(message, MessageFound)
    assert message.sender == "Ana"


def test_two_people_of_one_name_are_told_apart_in_a_group_alone(store: ChatStorageFile) -> None:
    group = store.add_chat(GROUP, "Trip")
    for jid in (ANA, LUIS, LUIS):
        store.add_message(group, "hello", ZGROUPMEMBER=store.add_member(group, jid, "Kim"))
    store.add_message(store.add_chat(LUIS, "Kim"), "hello")
    assert list_senders(store) == ["Kim", "Kim (+34600333444)", "Kim (+34600333444)", "Kim"]
    assert [c.participants for c in list_conversations(store)] == [
        ("Kim", "Kim (+34600333444)"),
        ("Kim",),
    ]


def test_a_member_by_number_and_by_hidden_identity_is_one_participant(
    store: ChatStorageFile, write_contacts: Callable[..., None]
) -> None:
    write_contacts(pairs=[(HIDDEN, "+34600333444")])
    group = store.add_chat(GROUP, "Trip")
    for jid, name in ((LUIS, "Luis"), (HIDDEN, "luis_91")):
        store.add_message(group, "hello", ZGROUPMEMBER=store.add_member(group, jid, name))
    assert list_senders(store) == ["Luis", "Luis"]
    assert [c.participants for c in list_conversations(store)] == [("Luis",)]


def test_two_chats_of_one_person_have_one_name(
    store: ChatStorageFile, write_contacts: Callable[..., None]
) -> None:
    write_contacts(pairs=[(HIDDEN, "+34600333444")])
    store.add_message(store.add_chat(LUIS, "Luis"), "by number")
    store.add_message(store.add_chat(HIDDEN, "~ luis_91"), "hidden")
    assert list_conversations(store) == [ConversationFound(LUIS, "Luis", "direct", ("Luis",))]
    assert list_senders(store) == ["Luis", "Luis"]


def test_a_group_that_is_renamed_stays_the_same_conversation(store: ChatStorageFile) -> None:
    group = store.add_chat(GROUP, "Trip")
    store.add_message(group, "hello")
    cursor = getattr(store.read()[-1], "cursor", None)
    store.change_chat(group, ZPARTNERNAME="Trip 2027")
    store.add_message(group, "new name")
    found, message, _ = store.read(cursor)
    assert found == ConversationFound(GROUP, "Trip 2027", "group")
    assert getattr(message, "conversation_key", None) == GROUP


def test_a_hidden_chat_joins_that_of_the_number_when_the_pair_is_known(
    store: ChatStorageFile, write_contacts: Callable[..., None]
) -> None:
    store.add_message(store.add_chat(LUIS, "Luis"), "by number")
    store.add_message(store.add_chat(HIDDEN, "Luis"), "hidden")
    *told, last = store.read()
    write_contacts(pairs=[(HIDDEN, "+34600333444")])
    *changes, _ = store.read(getattr(last, "cursor", None))
    known: dict[tuple[str, str], str] = {}
    for change in (*told, *changes):
        if isinstance(change, MessageFound):
            known[change.conversation_key, change.id] = change.text
        elif isinstance(change, MessageRemoved):
            known.pop((change.conversation_key, change.id), None)
    found = sorted((key, text) for (key, _), text in known.items())
    assert found == [(LUIS, "by number"), (LUIS, "hidden")]

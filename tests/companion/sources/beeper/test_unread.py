"""What is unread stands behind the owner's receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.companion.sources.beeper.conftest import IndexFile


def list_unread(store: IndexFile) -> list[str]:
    return [message.text for message in store.read_messages() if not message.is_read]


@pytest.fixture
def chat(store: IndexFile) -> IndexFile:
    """Four messages in `!ana`, the third the owner's; their `hsOrder` is 1 to 4."""
    store.receive("!ana", "one")
    store.receive("!ana", "two")
    store.send("!ana", "three")
    store.receive("!ana", "four")
    return store


@pytest.mark.parametrize(
    ("order", "unread"), [(0, ["one", "two", "four"]), (1, ["two", "four"]), (3, ["four"]), (4, [])]
)
def test_what_others_wrote_behind_the_receipt_is_unread(
    order: int, unread: list[str], chat: IndexFile
) -> None:
    chat.read_upto("!ana", order)
    assert list_unread(chat) == unread


def test_receipts_of_others_and_in_other_rooms_do_not_count(chat: IndexFile) -> None:
    chat.read_upto("!ana", 1)
    chat.read_upto("!ana", 4, user="@signal_ana:local-signal.localhost")
    chat.read_upto("!other", 4)
    assert list_unread(chat) == ["two", "four"]


@pytest.mark.parametrize("key", [2, "2"])
def test_the_sort_key_of_the_room_counts_where_it_is_further(
    key: int | str, chat: IndexFile
) -> None:
    chat.execute("UPDATE threads SET thread = json_set(thread, '$.lastReadMessageSortKey', ?)", key)
    assert list_unread(chat) == ["four"]
    chat.read_upto("!ana", 1)
    assert list_unread(chat) == ["four"]
    chat.read_upto("!ana", 4)
    assert list_unread(chat) == []


@pytest.mark.parametrize(
    ("facts", "unread"),
    [
        ("{}", []),
        ('{"isUnread": true}', ["four"]),
        ('{"isUnread": true, "unreadCount": 2}', ["two", "four"]),
        ('{"isUnread": false, "unreadCount": 0}', []),
        ('{"unreadCount": "many"}', []),
    ],
)
def test_without_a_receipt_the_last_ones_are_unread_as_many_as_beeper_counts(
    facts: str, unread: list[str], chat: IndexFile
) -> None:
    chat.execute("UPDATE threads SET thread = ?", facts)
    assert list_unread(chat) == unread


def test_what_beeper_does_not_count_is_read(chat: IndexFile) -> None:
    chat.read_upto("!ana", 0)
    chat.change(1, countsAsUnread=0)
    chat.change(2, isDeleted=1)
    chat.receive("!ana", type="REACTION")
    assert list_unread(chat) == ["four"]

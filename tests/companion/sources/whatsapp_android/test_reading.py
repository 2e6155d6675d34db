"""A second reading tells what changed since the first, all of it and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources import following
from companion.sources.interface import (
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
)
from companion.sources.whatsapp_android import WhatsAppAndroidSource

if TYPE_CHECKING:
    from tests.companion.sources.conftest import Follower
    from tests.companion.sources.whatsapp_android.conftest import MessageStoreFile

ANA = "34600111222@s.whatsapp.net"
NOW_MS = 1_772_452_800_000
DAY_MS = 24 * 3600 * 1000

MakeFollower = Callable[..., "Follower"]


@pytest.fixture
def follower(store: MessageStoreFile, make_follower: MakeFollower) -> Follower:
    return make_follower(WhatsAppAndroidSource, store.path)


@pytest.fixture
def chat(store: MessageStoreFile) -> int:
    """Ana's chat, with one read and one unread message of hers."""
    chat = store.add_chat(unseen_message_count=1, last_read_message_sort_id=1)
    store.add_message(chat, "read", key_id="A1")
    store.add_message(chat, "unread", key_id="A2")
    return chat


def test_an_unchanged_store_yields_its_cursor_alone(chat: int, follower: Follower) -> None:
    assert len(follower.read()) == 3
    cursor = follower.cursor
    assert follower.read() == []
    assert follower.cursor == cursor


def test_a_new_message_comes_alone_with_its_conversation(
    chat: int, store: MessageStoreFile, follower: Follower
) -> None:
    follower.read()
    store.add_message(chat, "new")
    store.change_chat(chat, unseen_message_count=2)
    conversation, message = follower.read()
    assert isinstance(conversation, ConversationFound)
    assert isinstance(message, MessageFound)
    assert (message.text, message.is_read) == ("new", False)


def test_a_chat_read_elsewhere_is_told_again_as_read(
    chat: int, store: MessageStoreFile, follower: Follower
) -> None:
    assert [m.is_read for m in follower.read_messages()] == [True, False]
    store.change_chat(chat, unseen_message_count=0, last_read_message_sort_id=2)
    assert [(m.id, m.is_read) for m in follower.read_messages()] == [("A2", True)]
    assert follower.read() == []


def test_a_message_keeps_its_id_through_edits_and_its_deletion(
    chat: int, store: MessageStoreFile, follower: Follower
) -> None:
    follower.read()
    for at, text in enumerate(("edited", "edited again")):
        store.edit(1, text, NOW_MS + at)
        (message,) = follower.read_messages()
        assert (message.id, message.text, message.edited) == ("A1", text, True)
    store.revoke(1)
    store.revoke(2)
    told = [(m.id, m.kind, m.text) for m in follower.read_messages()]
    assert told == [("A1", "deleted", ""), ("A2", "deleted", "")]
    assert follower.read() == []


@pytest.mark.parametrize("rowid", [1, 2])
def test_a_message_deleted_for_oneself_is_removed_read_or_not_the_newest_or_not(
    rowid: int, chat: int, store: MessageStoreFile, follower: Follower
) -> None:
    follower.read()
    store.execute("DELETE FROM message WHERE _id = ?", (rowid,))
    assert follower.read() == [MessageRemoved(ANA, f"A{rowid}")]
    assert follower.read() == []


def test_edits_and_deletions_far_back_are_noticed_as_the_store_lists_them(
    store: MessageStoreFile, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "WATCHED_ROWS", 2)
    chat = store.add_chat()
    for number in range(6):
        store.add_message(chat, f"message {number}")
    store.edit(6, "edited before", NOW_MS)
    follower.read()
    store.edit(1, "edited late, behind a newer edit", NOW_MS - 20 * DAY_MS)
    store.revoke(2, NOW_MS)
    assert follower.read_texts() == ["edited late, behind a newer edit", ""]
    assert follower.read() == []
    store.change(3, text_data="changed without a word")
    assert follower.read() == []


def test_a_store_at_rest_is_left_exactly_as_it_was(chat: int, store: MessageStoreFile) -> None:
    store.close()
    folder = store.path.parent
    before = [(file.name, file.stat().st_mtime_ns) for file in folder.iterdir()]
    assert [name for name, _ in before] == ["msgstore.db"]
    assert len(store.read_messages()) == 2
    assert [(file.name, file.stat().st_mtime_ns) for file in folder.iterdir()] == before


def test_a_backup_decrypted_anew_is_told_again_under_the_same_ids(
    chat: int, store: MessageStoreFile, follower: Follower, tmp_path: Path
) -> None:
    before = {message.id for message in follower.read_messages()}
    store.execute("DELETE FROM message WHERE _id = 2")
    store.add_message(chat, "new", key_id="A3")
    store.close()
    shutil.copyfile(store.path, tmp_path / "decrypted")
    (tmp_path / "decrypted").rename(store.path)
    changes = follower.read()
    after = {change.id for change in changes if isinstance(change, MessageFound)}
    assert (before, after) == ({"A1", "A2"}, {"A1", "A3"})
    assert changes[-1] == MessageRemoved(ANA, "A2")
    assert follower.read() == []


def test_another_name_of_the_owner_tells_all_again(chat: int, store: MessageStoreFile) -> None:
    (*_, last) = store.read()
    assert isinstance(last, CursorAdvanced)
    again = store.read(last.cursor, me=("Kim",))
    assert len([change for change in again if isinstance(change, MessageFound)]) == 2

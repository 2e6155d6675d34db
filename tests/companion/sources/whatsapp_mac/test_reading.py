"""A second reading tells what changed since the first, all of it and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.following import WATCHED_ROWS
from companion.sources.interface import (
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
)
from companion.sources.whatsapp_mac import WhatsAppMacSource

if TYPE_CHECKING:
    from tests.companion.sources.conftest import Follower
    from tests.companion.sources.whatsapp_mac.conftest import ChatStorageFile

ANA, LUIS = "34600111222@s.whatsapp.net", "34600333444@s.whatsapp.net"

MakeFollower = Callable[..., "Follower"]


@pytest.fixture
def follower(store: ChatStorageFile, make_follower: MakeFollower) -> Follower:
    return make_follower(WhatsAppMacSource, store.path)


@pytest.fixture
def chat(store: ChatStorageFile) -> int:
    """Ana's chat, with one read and one unread message of hers."""
    chat = store.add_chat(ZUNREADCOUNT=1)
    store.add_message(chat, "read", ZSTANZAID="A1")
    store.add_message(chat, "unread", ZSTANZAID="A2")
    return chat


def test_an_unchanged_store_yields_its_cursor_alone(chat: int, follower: Follower) -> None:
    assert len(follower.read()) == 3
    cursor = follower.cursor
    assert follower.read() == []
    assert follower.cursor == cursor


def test_a_new_message_comes_alone_with_its_conversation(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    follower.read()
    store.add_message(chat, "new")
    store.change_chat(chat, ZUNREADCOUNT=2)
    conversation, message = follower.read()
    assert isinstance(conversation, ConversationFound)
    assert isinstance(message, MessageFound)
    assert (message.text, message.is_read) == ("new", False)


def test_a_chat_read_elsewhere_is_told_again_as_read(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    assert [m.is_read for m in follower.read_messages()] == [True, False]
    store.change_chat(chat, ZUNREADCOUNT=0)
    assert [(m.id, m.is_read) for m in follower.read_messages()] == [("A2", True)]
    assert follower.read() == []


def test_an_edit_and_a_deletion_for_everyone_are_told(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    follower.read()
    store.change(1, ZTEXT="read, and edited")
    store.change(2, ZTEXT=None, ZMESSAGETYPE=14)
    told = [(m.id, m.kind, m.text) for m in follower.read_messages()]
    assert told == [("A1", "text", "read, and edited"), ("A2", "deleted", "")]
    assert follower.read() == []


@pytest.mark.parametrize("rowid", [1, 2])
def test_a_message_deleted_for_oneself_is_removed_read_or_not_the_newest_or_not(
    rowid: int, chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    follower.read()
    store.delete(rowid)
    store.change_chat(chat, ZUNREADCOUNT=2 - rowid)
    assert follower.read() == [MessageRemoved(ANA, f"A{rowid}")]
    assert follower.read() == []


def test_a_chat_deleted_takes_its_messages_along(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    store.add_message(store.add_chat(LUIS, "Luis"), "stays")
    follower.read()
    store.change_chat(chat, ZREMOVED=1)
    assert follower.read() == [MessageRemoved(ANA, "A1"), MessageRemoved(ANA, "A2")]
    assert follower.read() == []


def test_a_message_that_gets_its_chat_later_is_told_then(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    early = store.add_message(None, "early")
    follower.read()
    store.change(early, ZCHATSESSION=chat)
    store.change_chat(chat, ZUNREADCOUNT=2)
    assert follower.read_texts() == ["early"]
    assert follower.read() == []


def test_a_store_of_many_messages_is_told_in_order_once_and_followed_at_its_end(
    store: ChatStorageFile, follower: Follower
) -> None:
    chat = store.add_chat()
    count = 2 * WATCHED_ROWS + 1
    store.execute("BEGIN")
    for number in range(count):
        store.add_message(chat, str(number))
    store.execute("COMMIT")
    assert follower.read_texts() == [str(number) for number in range(count)]
    store.change(count - WATCHED_ROWS + 1, ZTEXT="the last one watched")
    store.change(1, ZTEXT="changed too long ago")
    assert follower.read_texts() == ["the last one watched"]
    store.change_chat(chat, ZUNREADCOUNT=count)
    assert len(follower.read_messages()) == count
    store.change(2, ZTEXT="unread, so watched")
    assert follower.read_texts() == ["unread, so watched"]
    assert follower.read() == []


def test_a_store_at_rest_is_left_exactly_as_it_was(chat: int, store: ChatStorageFile) -> None:
    store.close()
    folder = store.path.parent
    before = [(file.name, file.stat().st_mtime_ns) for file in folder.iterdir()]
    assert [name for name, _ in before] == ["ChatStorage.sqlite"]
    assert len(store.read_messages()) == 2
    assert [(file.name, file.stat().st_mtime_ns) for file in folder.iterdir()] == before


def test_a_rebuilt_store_is_told_again_under_the_same_ids(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    store.add_message(chat, "lost in the rebuilding", ZSTANZAID="A3")
    before = {(message.id, message.text) for message in follower.read_messages()}
    store.execute("UPDATE Z_METADATA SET Z_UUID = 'another'")
    store.delete(3)
    store.execute("UPDATE ZWAMESSAGE SET Z_PK = Z_PK + 40")
    changes = follower.read()
    after = {(change.id, change.text) for change in changes if isinstance(change, MessageFound)}
    assert changes[-1] == MessageRemoved(ANA, "A3")
    assert after == before - {("A3", "lost in the rebuilding")}
    assert follower.read() == []


def test_another_file_under_the_same_name_is_told_again(
    chat: int, store: ChatStorageFile, follower: Follower, tmp_path: Path
) -> None:
    follower.read()
    store.close()
    shutil.copyfile(store.path, tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(store.path)
    assert follower.read_texts() == ["read", "unread"]


def test_an_older_backup_put_back_in_place_is_told_from_where_it_went_on(
    chat: int, store: ChatStorageFile, follower: Follower
) -> None:
    store.add_message(chat, "lost", ZSTANZAID="A3")
    follower.read()
    store.delete(3)
    store.add_message(chat, "new", ZSTANZAID="B3")
    changes = follower.read()
    assert [c.id for c in changes if isinstance(c, MessageFound)] == ["B3"]
    assert MessageRemoved(ANA, "A3") in changes


def test_another_name_of_the_owner_tells_all_again(chat: int, store: ChatStorageFile) -> None:
    (*_, last) = store.read()
    assert isinstance(last, CursorAdvanced)
    again = store.read(last.cursor, me=("Kim",))
    assert len([change for change in again if isinstance(change, MessageFound)]) == 2

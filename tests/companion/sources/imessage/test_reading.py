"""A second reading tells what changed since the first, all of it and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.imessage import IMessageSource
from companion.sources.imessage.cursor import Cursor, parse_cursor
from companion.sources.interface import (
    ConversationFound,
    MessageFound,
    MessageRemoved,
)
from companion.sources.tables import CHUNK_ROWS

if TYPE_CHECKING:
    from tests.companion.sources.conftest import Follower
    from tests.companion.sources.imessage.conftest import ChatStore, MakeStore

NOW = 794_145_600_000_000_000
DAY = 24 * 3600 * 10**9

MakeFollower = Callable[..., "Follower"]


@pytest.fixture
def follower(store: ChatStore, make_follower: MakeFollower) -> Follower:
    return make_follower(IMessageSource, store.path)


@pytest.fixture
def chat(store: ChatStore) -> int:
    """A pair, Jane's, with one read and one unread message of hers."""
    jane = store.add_handle("jane@example.com")
    chat = store.add_chat("jane@example.com", [jane])
    store.add_message(chat, "read", handle_id=jane)
    store.add_message(chat, "unread", handle_id=jane, is_read=0)
    return chat


def test_an_unchanged_store_yields_its_cursor_alone(chat: int, follower: Follower) -> None:
    assert len(follower.read()) == 3
    cursor = follower.cursor
    assert follower.read() == []
    assert follower.cursor == cursor


def test_a_new_message_comes_alone_with_its_conversation(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    store.add_message(chat, "new", is_read=0)
    conversation, message = follower.read()
    assert isinstance(conversation, ConversationFound)
    assert isinstance(message, MessageFound)
    assert (message.text, message.is_read) == ("new", False)


def test_a_message_read_elsewhere_is_told_again_as_read(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    assert [m.is_read for m in follower.read_messages()] == [True, False]
    store.change(2, is_read=1, date_read=NOW)
    assert [(m.id, m.is_read) for m in follower.read_messages()] == [("guid-2", True)]
    assert follower.read() == []


def test_a_message_marked_unread_again_is_told_again_as_unread(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    store.change(1, is_read=0)
    assert [(m.id, m.is_read) for m in follower.read_messages()] == [("guid-1", False)]
    assert follower.read() == []


def test_a_filter_lifted_makes_its_messages_unread(store: ChatStore, follower: Follower) -> None:
    store.add_message(store.add_chat("+15550000001", is_filtered=1), "hello", is_read=0)
    assert [m.is_read for m in follower.read_messages()] == [True]
    store.execute("UPDATE chat SET is_filtered = 0")
    assert [m.is_read for m in follower.read_messages()] == [False]


def test_an_edit_and_an_edit_of_the_edit_are_told(
    chat: int, store: ChatStore, follower: Follower, summarize_edits: Callable[..., bytes]
) -> None:
    follower.read()
    for at, versions in enumerate((["read", "second"], ["read", "second", "third"]), start=1):
        summary = summarize_edits(versions={0: versions})
        store.change(1, text=None, date_edited=NOW + at, message_summary_info=summary)
        assert [(m.text, m.edited) for m in follower.read_messages()] == [(versions[-1], True)]
        assert follower.read() == []


def test_an_unsend_is_told(chat: int, store: ChatStore, follower: Follower) -> None:
    follower.read()
    store.change(1, text=None, date_retracted=NOW)
    assert [(m.id, m.kind) for m in follower.read_messages()] == [("guid-1", "deleted")]


def test_an_edit_that_arrives_behind_a_newer_one_is_told(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    store.change(1, date_edited=NOW)
    follower.read()
    store.change(2, date_edited=NOW - 20 * DAY)
    assert follower.read_texts() == ["unread"]
    assert follower.read() == []


def test_only_late_changes_are_remembered(chat: int, store: ChatStore, follower: Follower) -> None:
    store.change(1, date_edited=NOW - 400 * DAY)
    store.change(2, date_edited=NOW)
    follower.read()
    cursor = parse_cursor(follower.cursor)
    assert cursor is not None
    assert cursor.changed == {2: NOW}
    assert follower.read() == []


def test_an_unread_message_gone_for_good_is_removed(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    store.add_message(chat, "last")
    follower.read()
    store.execute("DELETE FROM chat_message_join WHERE message_id = 2")
    assert follower.read() == [MessageRemoved("jane@example.com", "guid-2")]
    assert follower.read() == []


@pytest.mark.parametrize("rowid", [1, 2])
def test_a_message_moved_to_recently_deleted_is_removed_read_or_not(
    rowid: int, chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    store.move_to_recently_deleted(chat, rowid)
    assert follower.read() == [MessageRemoved("jane@example.com", f"guid-{rowid}")]
    assert follower.read() == []


def test_a_row_both_in_its_chat_and_in_recently_deleted_counts_as_deleted(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    sql = "INSERT INTO chat_recoverable_message_join VALUES (?, 2, ?, 0)"
    store.execute(sql, (chat, NOW))
    assert follower.read() == [MessageRemoved("jane@example.com", "guid-2")]
    assert follower.read() == []
    cursor = parse_cursor(follower.cursor)
    assert cursor is not None
    assert cursor.unread == {}
    assert [message.text for message in store.read_messages()] == ["read"]


def test_recently_deleted_messages_are_not_told_and_recovered_ones_are(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    store.move_to_recently_deleted(chat, 1)
    assert follower.read_texts() == ["unread"]
    store.execute("INSERT INTO chat_message_join VALUES (?, 1, 0)", (chat,))
    store.execute("DELETE FROM chat_recoverable_message_join")
    store.change(1, date_recovered=NOW)
    assert follower.read_texts() == ["read"]


def test_a_message_without_content_is_told_when_it_is_finished(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    rowid = store.add_message(chat, None, is_finished=0, is_read=0)
    store.add_message(chat, "after")
    assert follower.read_texts() == ["after"]
    assert follower.read() == []
    store.change(rowid, text="done", is_finished=1)
    assert [(m.text, m.is_read) for m in follower.read_messages()] == [("done", False)]
    assert follower.read() == []


def test_a_message_that_grows_is_told_at_once_and_again_when_finished(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    rowid = store.add_message(chat, "Hel", is_finished=0, is_read=0)
    assert [(m.text, m.is_read) for m in follower.read_messages()] == [("Hel", True)]
    assert follower.read() == []
    store.change(rowid, text="Hello", is_finished=1)
    assert [(m.text, m.is_read) for m in follower.read_messages()] == [("Hello", False)]


def test_a_message_that_gets_its_chat_later_is_told_then(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    rowid = store.add_message(None, "early")
    assert follower.read() == []
    new = store.add_chat("tom@example.com")
    store.execute("INSERT INTO chat_message_join VALUES (?, ?, 0)", (new, rowid))
    assert follower.read_texts() == ["early"]
    assert follower.read() == []


def test_a_new_name_of_a_group_is_told_with_the_line_that_says_so(
    store: ChatStore, follower: Follower
) -> None:
    chat = store.add_chat("chat1", display_name="Trip")
    store.add_message(chat, "hello")
    follower.read()
    store.execute("UPDATE chat SET display_name = 'Busan'")
    store.add_message(chat, item_type=2, group_title="Busan", is_from_me=1)
    conversation, line = follower.read()
    assert isinstance(conversation, ConversationFound)
    assert isinstance(line, MessageFound)
    assert (conversation.title, line.text) == ("Busan", "You named the conversation “Busan”")


def test_more_messages_than_a_chunk_are_told_in_order_once(
    store: ChatStore, follower: Follower
) -> None:
    chat = store.add_chat("+15551234567")
    count = 2 * CHUNK_ROWS + 1
    store.execute("BEGIN")
    for number in range(1, count + 1):
        values = (number, f"guid-{number}", str(number), NOW + number)
        store.execute("INSERT INTO message (ROWID, guid, text, date) VALUES (?, ?, ?, ?)", values)
        store.execute("INSERT INTO chat_message_join VALUES (?, ?, 0)", (chat, number))
    store.execute("COMMIT")
    assert follower.read_texts() == [str(number) for number in range(1, count + 1)]
    store.execute("UPDATE message SET is_read = 0, is_finished = 1")
    assert len(follower.read_messages()) == count
    assert follower.read() == []


WRITER = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
for number in range(200):
    store.execute("BEGIN IMMEDIATE")
    values = (f"live-{number}", f"message {number}", 794145600000000000 + number)
    sql = "INSERT INTO message (guid, text, date, is_finished) VALUES (?, ?, ?, 1)"
    rowid = store.execute(sql, values).lastrowid
    store.execute("INSERT INTO chat_message_join VALUES (1, ?, 0)", (rowid,))
    store.execute("COMMIT")
    print(number, flush=True)
"""


def test_a_live_writer_is_followed_message_by_message_and_never_held_up(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    command = [sys.executable, "-c", WRITER, str(store.path)]
    texts: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for committed in writer.stdout:
            texts += follower.read_texts()
            assert f"message {committed.strip()}" in texts
    assert writer.returncode == 0
    assert texts == [f"message {number}" for number in range(200)]
    assert follower.read() == []


def test_a_rebuilt_store_is_told_again_under_the_same_ids(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    store.add_message(chat, "lost in the rebuilding", is_read=0)
    before = {message.id for message in follower.read_messages()}
    store.execute("INSERT INTO _SqliteDatabaseProperties VALUES ('_UniqueIdentifier', 'new')")
    store.execute("DELETE FROM chat_message_join WHERE message_id = 3")
    changes = follower.read()
    after = {change.id for change in changes if isinstance(change, MessageFound)}
    assert changes[0] == MessageRemoved("jane@example.com", "guid-3")
    assert after == before - {"guid-3"}
    assert follower.read() == []


def test_a_store_whose_newest_row_went_back_is_told_again(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    store.add_message(chat, "newest")
    follower.read()
    store.execute("DELETE FROM chat_message_join WHERE message_id = 3")
    assert follower.read_texts() == ["read", "unread"]
    assert follower.read() == []


def test_another_file_under_the_same_name_is_told_again(
    chat: int, store: ChatStore, follower: Follower, tmp_path: Path
) -> None:
    follower.read()
    store.close()
    shutil.copyfile(store.path, tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(store.path)
    assert follower.read_texts() == ["read", "unread"]


def test_another_name_of_the_owner_tells_all_again(
    chat: int, store: ChatStore, follower: Follower
) -> None:
    follower.read()
    follower.me = ("Kim",)
    assert len(follower.read_messages()) == 2


@pytest.mark.parametrize(
    "cursor",
    ["", "{", "[]", "7", "{}", '{"version":0}', '{"version":1}', '{"version":1,"rowid":{}}'],
)
def test_a_cursor_of_another_version_reads_everything(
    cursor: str, chat: int, follower: Follower
) -> None:
    assert parse_cursor(cursor) is None
    follower.cursor = cursor
    assert follower.read_texts() == ["read", "unread"]


def test_a_cursor_comes_back_as_it_went_out() -> None:
    cursor = Cursor("[1]", 7, {3: NOW}, NOW, (5, 6), {"guid-3": "chat1"})
    assert parse_cursor(cursor.to_json()) == cursor
    assert parse_cursor(replace(cursor, rowid=8).to_json()) != cursor
    assert "\n" not in cursor.to_json()
    assert json.loads(cursor.to_json())["version"] == 1


def test_a_schema_of_an_old_system_is_read(
    make_store: MakeStore, make_follower: MakeFollower
) -> None:
    store = make_store(
        """CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, date INTEGER,
                                 handle_id INTEGER, is_from_me INTEGER, is_finished, is_read);
           CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT, style, chat_identifier TEXT,
                              display_name TEXT);
           CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT, service, person_centric_id);
           CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);"""
    )
    jane = store.add_handle("jane@example.com")
    chat = store.add_chat("jane@example.com")
    store.add_message(chat, "2013", date=400_000_000, handle_id=jane, is_read=0)
    follower = make_follower(IMessageSource, store.path)
    (message,) = follower.read_messages()
    assert message.sent_at == datetime(2013, 9, 4, 15, 6, 40, tzinfo=UTC)
    assert (message.sender, message.is_read) == ("jane@example.com", False)
    assert follower.read() == []


def test_a_schema_without_read_state_has_nothing_unread(
    make_store: MakeStore, make_follower: MakeFollower
) -> None:
    store = make_store(
        """CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, date INTEGER,
                                 handle_id INTEGER, is_from_me INTEGER);
           CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, chat_identifier TEXT);
           CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT);
           CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);
           INSERT INTO chat VALUES (1, 'jane@example.com');
           INSERT INTO chat_message_join VALUES (1, 1);
           INSERT INTO message VALUES (1, 'hello', 771069600000000000, 0, 0);"""
    )
    (message,) = store.read_messages()
    assert (message.id, message.text, message.is_read) == ("row-1", "hello", True)
    assert make_follower(IMessageSource, store.path).read() != []

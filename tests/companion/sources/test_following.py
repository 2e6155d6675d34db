"""Following a database tells what reading it whole would, and a cursor survives its writing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources import following, rechecking
from companion.sources.following import Cursor, Following, LiveDatabase, Told, Watched, parse_cursor
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Skipped,
)
from companion.sources.rechecking import Checked, Moment
from companion.sources.tables import Tables

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Notes(LiveDatabase):
    """The smallest messenger: one table, the last `unread` of a chat's notes being unread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(Tables(connection, ["note"]), "note", "chat")
        self.keys: dict[str, str] = {}

    def list_keys(self) -> dict[str, str]:
        return self.keys

    def list_unread(self) -> set[int]:
        return set(self._list("SELECT ROWID FROM note WHERE is_unread"))

    def list_changed(self) -> list[int]:
        return self._list("SELECT ROWID FROM note WHERE is_edited")

    def tell(self, rowids: Sequence[int], unread: Collection[int]) -> Iterator[tuple[int, Told]]:
        query = "SELECT ROWID, id, chat, text, is_edited FROM note WHERE ROWID IN ({})"
        for rowid, uid, chat, text, is_edited in self._tables.pick(query, rowids):
            if text is None:
                yield rowid, Skipped(f"note {rowid} has no text")
            elif chat is not None:
                message = MessageFound(
                    self.keys.get(chat, chat), uid, "", False, AT, text, edited=bool(is_edited)
                )
                yield rowid, message if rowid not in unread else message_unread(message)

    def describe(self, key: str) -> ConversationFound:
        return ConversationFound(key, key.title(), "direct")

    def _list(self, query: str) -> list[int]:
        return [row[0] for row in self._tables.connection.execute(query)]


def message_unread(message: MessageFound) -> MessageFound:
    return MessageFound(
        message.conversation_key,
        message.id,
        "",
        False,
        AT,
        message.text,
        edited=message.edited,
        is_read=False,
    )


class Store:
    """A table of notes, and what a follower of it knows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection
        self._connection.execute("CREATE TABLE note (id, chat, text, is_unread, is_edited)")
        self.cursor: str | None = None
        self.known: dict[tuple[str, str], MessageFound] = {}
        self.keys: dict[str, str] = {}
        self.moment: Moment | None = None

    def write(self, sql: str, *values: object) -> None:
        self._connection.execute(sql, values)

    def add(self, uid: str, chat: str | None = "ana", text: str | None = "hello") -> None:
        self.write("INSERT INTO note VALUES (?, ?, ?, 0, 0)", uid, chat, text)

    def read(self, identity: str = "1") -> list[Change]:
        *changes, last = self._list_changes(self.cursor, identity)
        assert isinstance(last, CursorAdvanced)
        self.cursor = last.cursor
        learn(self.known, changes)
        return changes

    def read_whole(self) -> dict[tuple[str, str], MessageFound]:
        known: dict[tuple[str, str], MessageFound] = {}
        learn(known, self._list_changes(None, "1"))
        return known

    def _list_changes(self, cursor: str | None, identity: str) -> list[Change]:
        notes = Notes(self._connection)
        notes.keys = self.keys
        reading = Following(notes, parse_cursor(cursor), self.moment)
        return list(reading.list_changes(identity))


def learn(known: dict[tuple[str, str], MessageFound], changes: list[Change]) -> None:
    for change in changes:
        if isinstance(change, MessageFound):
            known[change.conversation_key, change.id] = change
        elif isinstance(change, MessageRemoved):
            known.pop((change.conversation_key, change.id), None)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield Store(connection)


@pytest.fixture
def three_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest three rows are watched instead of a thousand."""
    monkeypatch.setattr(following, "WATCHED_ROWS", 3)


ACTIONS = {
    "receive": "INSERT INTO note SELECT 'note ' || COALESCE(MAX(ROWID), 0) || :at, 'ana', 'new',"
    " 1, 0 FROM note",
    "receive elsewhere": "INSERT INTO note VALUES ('note ' || :at, 'tom', 'new', 1, 0)",
    "receive without chat": "INSERT INTO note VALUES ('note ' || :at, NULL, 'new', 1, 0)",
    "house": "UPDATE note SET chat = 'eve' WHERE chat IS NULL",
    "read": "UPDATE note SET is_unread = 0 WHERE ROWID = :row",
    "mark unread": "UPDATE note SET is_unread = 1 WHERE ROWID = :row",
    "read all": "UPDATE note SET is_unread = 0",
    "edit": "UPDATE note SET text = :at, is_edited = 1 WHERE ROWID = :row",
    "delete": "DELETE FROM note WHERE ROWID = :row",
    "clear": "DELETE FROM note WHERE chat = 'ana'",
    "move": "UPDATE note SET ROWID = ROWID + 7 WHERE ROWID = (SELECT MAX(ROWID) FROM note)",
}
"""What a messenger does to its store, to one row or to many."""

STEPS = st.tuples(st.sampled_from([*ACTIONS, "look", "look"]), st.integers(1, 6))


@given(steps=st.lists(STEPS, min_size=1, max_size=30))
@settings(deadline=None)
def test_following_a_store_leads_where_reading_it_whole_does(steps: list[tuple[str, int]]) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        store = Store(connection)
        store.add("first")
        for at, (action, row) in enumerate(steps):
            if action == "look":
                store.read()
            else:
                connection.execute(ACTIONS[action], {"row": row, "at": f" at {at}"})
        store.read()
        assert store.known == store.read_whole()
        assert store.read() == []


def test_a_row_behind_the_watched_ones_is_watched_while_unread_or_changed(
    store: Store, three_watched: None
) -> None:
    for number in range(6):
        store.add(f"{number}")
    store.write("UPDATE note SET is_unread = 1 WHERE ROWID = 1")
    store.write("UPDATE note SET is_edited = 1 WHERE ROWID = 2")
    store.read()
    cursor = parse_cursor(store.cursor)
    assert cursor is not None
    assert sorted(cursor.watched) == [1, 2, 4, 5, 6]
    store.write("UPDATE note SET text = 'changed' WHERE ROWID <= 3")
    changed = [change.id for change in store.read() if isinstance(change, MessageFound)]
    assert changed == ["0", "1"]


def test_rows_that_come_under_watch_again_are_told_again_at_most(
    store: Store, three_watched: None
) -> None:
    for number in range(6):
        store.add(f"{number}")
    store.read()
    store.write("DELETE FROM note WHERE ROWID = 5")
    store.read()
    assert store.known.keys() == {("ana", f"{number}") for number in (0, 1, 2, 3, 5)}
    assert store.read() == []


def test_a_row_that_cannot_be_told_is_reported_once_and_told_when_it_can(store: Store) -> None:
    store.add("1", text=None)
    assert store.read() == [Skipped("note 1 has no text")]
    assert store.read() == []
    store.write("UPDATE note SET text = 'hello'")
    assert [change.id for change in store.read() if isinstance(change, MessageFound)] == ["1"]
    store.write("UPDATE note SET text = NULL")
    assert store.read() == [Skipped("note 1 has no text"), MessageRemoved("ana", "1")]


def test_a_store_of_another_identity_is_told_whole_and_what_it_lost_is_removed(
    store: Store,
) -> None:
    for uid in ("1", "2", "3"):
        store.add(uid)
    store.read("1")
    store.write("DELETE FROM note WHERE id = '2'")
    store.write("UPDATE note SET ROWID = ROWID + 10")
    told = store.read("2")
    assert [change.id for change in told if isinstance(change, MessageFound)] == ["1", "3"]
    assert told[-1] == MessageRemoved("ana", "2")
    assert store.read("2") == []


def test_a_store_in_which_nothing_known_is_left_is_told_whole(
    store: Store, three_watched: None
) -> None:
    for number in range(9):
        store.add(f"old {number}")
    store.read()
    store.write("UPDATE note SET id = 'new ' || ROWID")
    told = [change.id for change in store.read() if isinstance(change, MessageFound)]
    assert told == [f"new {number}" for number in range(1, 10)]


def test_a_conversation_is_described_once_before_its_first_message(store: Store) -> None:
    for uid, chat in (("1", "ana"), ("2", "tom"), ("3", "ana")):
        store.add(uid, chat)
    told = [getattr(c, "key", None) or getattr(c, "id", None) for c in store.read()]
    assert told == ["ana", "1", "tom", "2", "3"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "{",
        "[]",
        "7",
        "{}",
        '{"version":0}',
        '{"version":1}',
        '{"version":1,"watched":{}}',
        '{"version":1,"watched":{"a":7}}',
        '{"version":1,"identity":"1","watched":{"a":[[1]]}}',
    ],
)
def test_a_cursor_of_another_version_reads_everything(cursor: str, store: Store) -> None:
    assert parse_cursor(cursor) is None
    store.add("1")
    store.cursor = cursor
    assert len(store.read()) == 2


def test_a_cursor_comes_back_as_it_went_out() -> None:
    watched = {3: Watched("ana", "A3", "0f"), 4: Watched("", "", "ab"), 9: Watched("ana", "A9", "")}
    cursor = Cursor('[1, "x"]', 9, watched)
    assert parse_cursor(cursor.to_json()) == cursor
    assert "\n" not in cursor.to_json()
    assert json.loads(cursor.to_json())["version"] == 1


@pytest.fixture
def two_in_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest three rows are watched, and those behind them two at a time."""
    monkeypatch.setattr(following, "WATCHED_ROWS", 3)
    for module in (following, rechecking):
        monkeypatch.setattr(module, "BLOCK_ROWS", 2)


def test_an_old_edit_is_noticed_when_its_block_has_its_turn(
    store: Store, two_in_a_block: None
) -> None:
    for number in range(8):
        store.add(f"{number}")
    store.moment = Moment(0, "a")
    store.read()
    store.write("UPDATE note SET text = 'changed' WHERE id = '3'")
    told = []
    for minute in range(1, 7):
        store.moment = Moment(60 * minute, f"after {minute}")
        told.append([change.id for change in store.read() if isinstance(change, MessageFound)])
    # Each block is told when it is looked at first; then it is known and told no more.
    assert told == [["0", "1"], ["2", "3"], ["4"], [], [], []]
    assert store.known == store.read_whole()
    store.write("UPDATE note SET text = 'again' WHERE id = '0'")
    store.moment = Moment(420, "after 7")
    assert [change.id for change in store.read() if isinstance(change, MessageFound)] == ["0", "1"]
    assert store.known == store.read_whole()


@pytest.mark.parametrize("moment", [Moment(59, "changed"), Moment(7200, "a"), None])
def test_nothing_is_looked_at_again_too_soon_or_in_an_unchanged_store(
    store: Store, two_in_a_block: None, moment: Moment | None
) -> None:
    for number in range(8):
        store.add(f"{number}")
    store.moment = Moment(0, "a")
    store.read()
    store.moment = moment
    assert store.read() == []


def test_a_chat_that_turns_out_to_be_of_another_conversation_moves_there(
    store: Store, three_watched: None
) -> None:
    store.keys = {"ana": "ana", "tom": "tom"}
    for number in range(6):
        store.add(f"{number}", ("ana", "tom")[number % 2])
    store.read()
    store.keys = {"ana": "tom", "tom": "tom"}
    store.read()
    assert store.known.keys() == {("tom", f"{number}") for number in range(6)}
    assert store.known == store.read_whole()
    assert store.read() == []


def test_a_cursor_keeps_the_keys_and_what_was_checked() -> None:
    checked = Checked(Moment(7, "x"), 2, {0: "ab", 1: "cd"})
    cursor = Cursor("1", 9, {}, {"5": "ana"}, checked)
    assert parse_cursor(cursor.to_json()) == cursor

"""Whoever follows a store change by change knows what whoever reads it whole knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.interface import Change, CursorAdvanced, MessageFound, MessageRemoved

if TYPE_CHECKING:
    from tests.companion.sources.imessage.conftest import ChatStore

NOW = 794_145_600_000_000_000
MESSAGES = 4

Known = dict[tuple[str, str], MessageFound]


def learn(known: Known, changes: list[Change]) -> str:
    """Take in the changes of a reading; gives its cursor."""
    for change in changes:
        if isinstance(change, MessageFound):
            known[change.conversation_key, change.id] = change
        elif isinstance(change, MessageRemoved):
            known.pop((change.conversation_key, change.id), None)
    assert isinstance(changes[-1], CursorAdvanced)
    return changes[-1].cursor


FINISH = "UPDATE message SET is_finished = 1, text = 'finished' WHERE is_finished = 0"
HOUSE = """
    INSERT INTO chat_message_join SELECT 2, ROWID, 0 FROM message WHERE ROWID NOT IN (
        SELECT message_id FROM chat_message_join
        UNION SELECT message_id FROM chat_recoverable_message_join
    )
"""
TO_RECENTLY_DELETED = """
    INSERT INTO chat_recoverable_message_join
    SELECT chat_id, message_id, ?, 0 FROM chat_message_join WHERE message_id = ?
"""
FROM_CHAT = "DELETE FROM chat_message_join WHERE message_id = ?"
FILTER = "UPDATE chat SET is_filtered = ? WHERE ROWID = 2"


def delete(store: ChatStore, rowid: int, at: int) -> None:
    store.execute(TO_RECENTLY_DELETED, (NOW + at, rowid))
    store.execute(FROM_CHAT, (rowid,))


Action = Callable[["ChatStore", int, int], object]
ACTIONS: dict[str, Action] = {
    "receive": lambda s, r, at: s.add_message(1 + r % 2, f"message at {at}", is_read=0),
    "receive in part": lambda s, r, at: s.add_message(1, None, is_finished=0, is_read=0),
    "receive without chat": lambda s, r, at: s.add_message(None, f"lost at {at}", is_read=0),
    "send": lambda s, r, at: s.add_message(1, f"answer at {at}", is_from_me=1),
    "finish": lambda s, r, at: s.execute(FINISH),
    "house": lambda s, r, at: s.execute(HOUSE),
    "read": lambda s, r, at: s.change(r, is_read=1),
    "mark unread": lambda s, r, at: s.change(r, is_read=0),
    "edit": lambda s, r, at: s.change(r, text=f"edited at {at}", date_edited=NOW + at),
    "unsend": lambda s, r, at: s.change(r, text=None, date_retracted=NOW + at),
    "delete": delete,
    "filter": lambda s, r, at: s.execute(FILTER, (1,)),
    "unfilter": lambda s, r, at: s.execute(FILTER, (0,)),
}
"""What Messages does to a store; those to one message do it to the row of the given number."""

LOOK = "look"
STEPS = st.tuples(st.sampled_from([*ACTIONS, LOOK]), st.integers(1, MESSAGES))


@given(steps=st.lists(STEPS, min_size=1, max_size=25))
@settings(deadline=None, max_examples=60)
def test_following_a_store_leads_where_reading_it_whole_does(
    steps: list[tuple[str, int]], open_new_store: Callable[[Path], ChatStore]
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        try:
            follow(store, steps)
        finally:
            store.close()


def follow(store: ChatStore, steps: list[tuple[str, int]]) -> None:
    for address in ("jane@example.com", "tom@example.com"):
        store.add_chat(address, [store.add_handle(address)])
    for number in range(MESSAGES):
        store.add_message(1 + number % 2, f"message {number}", is_read=number // 2)
    known: Known = {}
    cursor = learn(known, store.read())
    for at, (action, rowid) in enumerate(steps, start=1):
        if action == LOOK:
            cursor = learn(known, store.read(cursor))
        else:
            ACTIONS[action](store, rowid, at)
    cursor = learn(known, store.read(cursor))
    whole: Known = {}
    learn(whole, store.read())
    assert known == whole
    assert len(store.read(cursor)) == 1

"""Whoever follows the database knows what whoever reads it whole knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.interface import Change, CursorAdvanced, MessageFound, MessageRemoved

if TYPE_CHECKING:
    from tests.companion.sources.signal.conftest import SignalStore

MINA = "aci-mina"
ROOMS = (f"with {MINA}", "group")
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

Known = dict[tuple[str, str], MessageFound]
Action = Callable[["SignalStore", str, int], object]


def learn(known: Known, changes: list[Change]) -> str:
    """Take in the changes of a reading; gives its cursor."""
    for change in changes:
        if isinstance(change, MessageFound):
            known[change.conversation_key, change.id] = change
        elif isinstance(change, MessageRemoved):
            known.pop((change.conversation_key, change.id), None)
    assert isinstance(changes[-1], CursorAdvanced)
    return changes[-1].cursor


def to_ms(minute: int) -> int:
    return int((START + timedelta(minutes=minute)).timestamp() * 1000)


ACTIONS: dict[str, Action] = {
    "receive": lambda s, id_, at: s.receive(f"message at {at}", ROOMS[at % 2]),
    "receive disappearing": lambda s, id_, at: s.receive(f"secret at {at}", expireTimer=120),
    "send": lambda s, id_, at: s.send(f"answer at {at}"),
    "send disappearing": lambda s, id_, at: s.send(
        f"secret at {at}", expireTimer=300, expirationStartTimestamp=to_ms(at)
    ),
    "read": lambda s, id_, at: s.execute(
        "UPDATE messages SET readStatus = 0, expirationStartTimestamp = ? WHERE id = ?",
        (to_ms(at), id_),
    ),
    "mark unread": lambda s, id_, at: s.change(id_, readStatus=1),
    "edit": lambda s, id_, at: s.change(id_, body=f"edited at {at}", json='{"editHistory": [1]}'),
    "delete for everyone": lambda s, id_, at: s.change(id_, json='{"deletedForEveryone": true}'),
    "delete": lambda s, id_, at: s.execute("DELETE FROM messages WHERE id = ?", (id_,)),
    "delete conversation": lambda s, id_, at: s.execute(
        "DELETE FROM messages WHERE conversationId = 'group'"
    ),
    "rename": lambda s, id_, at: s.execute("UPDATE conversations SET name = ?", (f"name {at}",)),
}
LOOK = "look"
STEPS = st.tuples(st.sampled_from([*ACTIONS, LOOK]), st.integers(1, 6))


@given(steps=st.lists(STEPS, min_size=1, max_size=20))
@settings(deadline=None, max_examples=40)
def test_following_a_store_leads_where_reading_it_whole_does(
    steps: list[tuple[str, int]], open_new_store: Callable[[Path], SignalStore]
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        try:
            follow(store, steps)
        finally:
            store.close()


def follow(store: SignalStore, steps: list[tuple[str, int]]) -> None:
    """A minute passes with each step."""
    for number in range(3):
        store.receive(f"message {number}", ROOMS[number % 2])
    known: Known = {}
    cursor = learn(known, store.follow(now=START))
    for at, (action, number) in enumerate(steps, start=1):
        if action == LOOK:
            cursor = learn(known, store.follow(cursor, now=START + timedelta(minutes=at)))
        else:
            ACTIONS[action](store, f"id-{number}", at)
    now = START + timedelta(minutes=len(steps))
    cursor = learn(known, store.follow(cursor, now=now))
    whole: Known = {}
    learn(whole, store.follow(now=now))
    assert known == whole
    assert len(store.follow(cursor, now=now)) == 1


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)
MESSAGES = st.lists(
    st.tuples(TEXTS, st.booleans(), st.integers(1, 2**42), st.booleans()), max_size=8
)


@given(messages=MESSAGES, name=TEXTS.filter(str.strip))
@settings(deadline=None, max_examples=40)
def test_every_message_comes_back_as_it_was_written(
    messages: list[tuple[str, bool, int, bool]],
    name: str,
    open_new_store: Callable[[Path], SignalStore],
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        store.execute("UPDATE conversations SET name = ? WHERE serviceId = ?", (name, MINA))
        for text, is_me, sent_at, is_unread in messages:
            write = store.send if is_me else store.add_message
            write(text, sent_at=sent_at, readStatus=int(is_unread))
        told = store.list_messages()
        store.close()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [
        (m.text, m.sender, m.is_me, (m.sent_at - epoch) // timedelta(milliseconds=1), m.is_read)
        for m in told
    ] == [
        (text, "Sky" if is_me else name.strip(), is_me, sent_at, is_me or not is_unread)
        for text, is_me, sent_at, is_unread in messages
    ]


def test_a_signal_linked_anew_tells_the_same_messages_again(
    store: SignalStore, open_new_store: Callable[[Path], SignalStore], tmp_path: Path
) -> None:
    """Only service ids, ids of groups, and times are the same on two devices."""
    (tmp_path / "anew").mkdir()
    anew = open_new_store(tmp_path / "anew")
    for linked, prefix in ((store, "a"), (anew, "b")):
        linked.execute("UPDATE conversations SET id = ? || id", (prefix,))
        linked.add_group(f"{prefix}-other", "Other", [MINA], groupId="Z3JvdXA=")
        for number in range(3):
            linked.receive(f"hi {number}", f"{prefix}with {MINA}", id=f"{prefix}{number}")
        linked.receive("hello", f"{prefix}-other", id=f"{prefix}3")
        linked.send("yes", f"{prefix}-other", id=f"{prefix}4")
    known: Known = {}
    cursor = learn(known, store.follow())
    assert {key for key, _ in known} == {MINA, "Z3JvdXA="}
    before = dict(known)
    learn(known, anew.follow(cursor))
    anew.close()
    assert known == before

"""Whoever follows the database knows what whoever reads it whole knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.interface import Change, CursorAdvanced, MessageFound, MessageRemoved

if TYPE_CHECKING:
    from tests.companion.sources.kakaotalk_mac.conftest import KakaoStore

MINA, OWNER, LOG = 100, 7000, 2**53

Known = dict[tuple[str, str], MessageFound]
Action = Callable[["KakaoStore", int, int], object]


def learn(known: Known, changes: list[Change]) -> str:
    """Take in the changes of a reading; gives its cursor."""
    for change in changes:
        if isinstance(change, MessageFound):
            known[change.conversation_key, change.id] = change
        elif isinstance(change, MessageRemoved):
            known.pop((change.conversation_key, change.id), None)
    assert isinstance(changes[-1], CursorAdvanced)
    return changes[-1].cursor


ACTIONS: dict[str, Action] = {
    "receive": lambda s, n, at: s.receive(1 + n % 2, f"message at {at}"),
    "send": lambda s, n, at: s.add_message(1, f"answer at {at}", OWNER),
    "load history": lambda s, n, at: s.add_message(1, f"old {at}", logId=1000 + at, sentAt=1 + at),
    "see": lambda s, n, at: s.see(1 + n % 2, LOG + n),
    "edit": lambda s, n, at: s.execute(
        "UPDATE NTChatMessage SET message = ? WHERE msgId = ?", (f"edited at {at}", n)
    ),
    "take back": lambda s, n, at: s.execute(
        "UPDATE NTChatMessage SET type = type | 16384 WHERE msgId = ?", (n,)
    ),
    "delete": lambda s, n, at: s.execute("DELETE FROM NTChatMessage WHERE msgId = ?", (n,)),
    "leave": lambda s, n, at: s.execute("DELETE FROM NTChatRoom WHERE chatId = 2"),
    "vacuum": lambda s, n, at: s.execute("VACUUM"),
}
LOOK = "look"
STEPS = st.tuples(st.sampled_from([*ACTIONS, LOOK]), st.integers(1, 5))


@given(steps=st.lists(STEPS, min_size=1, max_size=20))
@settings(deadline=None, max_examples=40)
def test_following_a_store_leads_where_reading_it_whole_does(
    steps: list[tuple[str, int]], open_new_store: Callable[[Path], KakaoStore]
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        store.add_room(1, directChatMemberUserId=MINA)
        store.add_room(2, 1)
        try:
            follow(store, steps)
        finally:
            store.close()


def follow(store: KakaoStore, steps: list[tuple[str, int]]) -> None:
    for number in range(3):
        store.receive(1 + number % 2, f"message {number}")
    known: Known = {}
    cursor = learn(known, store.follow())
    for at, (action, number) in enumerate(steps, start=1):
        if action == LOOK:
            cursor = learn(known, store.follow(cursor))
        else:
            ACTIONS[action](store, number, at)
    cursor = learn(known, store.follow(cursor))
    whole: Known = {}
    learn(whole, store.follow())
    assert known == whole
    assert len(store.follow(cursor)) == 1


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)
MESSAGES = st.lists(
    st.tuples(TEXTS, st.sampled_from([MINA, OWNER]), st.integers(1, 2**33)), max_size=8
)


@given(messages=MESSAGES, name=TEXTS)
@settings(deadline=None, max_examples=40)
def test_every_message_comes_back_as_it_was_written(
    messages: list[tuple[str, int, int]],
    name: str,
    open_new_store: Callable[[Path], KakaoStore],
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        store.add_user(MINA, name)
        store.add_user(OWNER, "나")
        store.add_room(1, directChatMemberUserId=MINA)
        for text, author, sent_at in messages:
            store.add_message(1, text, author, sentAt=sent_at)
        told = store.list_messages()
        store.close()
    names = {MINA: name, OWNER: "나"}
    assert [(m.text, m.sender, m.is_me, m.sent_at.timestamp()) for m in told] == [
        (text, names[author], author == OWNER, sent_at) for text, author, sent_at in messages
    ]

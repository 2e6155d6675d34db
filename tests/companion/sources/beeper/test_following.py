"""The store as Beeper changes it: whoever follows it knows what whoever reads it whole knows."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import SourceError
from companion.sources.beeper import BeeperSource
from companion.sources.interface import (
    Change,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    SourceSettings,
)

if TYPE_CHECKING:
    from tests.companion.sources.beeper.conftest import IndexFile

OpenStore = Callable[[Path], "IndexFile"]
SETTINGS = SourceSettings(ZoneInfo("UTC"))
ME, ANA = "@kim:beeper.com", "@signal_ana:local-signal.localhost"
FLIPS = 60


class Known:
    """What somebody who follows a store has learnt of it."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], MessageFound] = {}
        self.cursor: str | None = None

    def learn(self, changes: list[Change]) -> list[Change]:
        """Take in a reading; gives its changes without the cursor."""
        for change in changes:
            if isinstance(change, MessageFound):
                self.messages[change.conversation_key, change.id] = change
            elif isinstance(change, MessageRemoved):
                self.messages.pop((change.conversation_key, change.id), None)
        *rest, last = changes
        assert isinstance(last, CursorAdvanced)
        self.cursor = last.cursor
        return rest


def populate(store: IndexFile) -> None:
    for room in ("!ana", "!group"):
        store.add_room(room)
        store.add_person(room, ME, "Kim", is_self=1)
        store.add_person(room, ANA, "Ana")
        store.read_upto(room, 0)


def edit(store: IndexFile, rowid: int, at: int) -> None:
    store.change(rowid, message=json.dumps({"text": f"edited at {at}"}), isEdited=1)


Action = Callable[["IndexFile", int, int], object]
ACTIONS: dict[str, Action] = {
    "receive": lambda s, r, at: s.receive(("!ana", "!group")[r % 2], f"message at {at}"),
    "send": lambda s, r, at: s.send("!ana", f"answer at {at}"),
    "edit": edit,
    "delete": lambda s, r, at: s.change(r, isDeleted=1, message="{}"),
    "remove": lambda s, r, at: s.execute("DELETE FROM mx_room_messages WHERE id = ?", r),
    "rename event": lambda s, r, at: s.change(r, eventID=f"$sent-{at}-{r}"),
    "read": lambda s, r, at: s.read_upto("!ana", r),
    "mark unread": lambda s, r, at: s.read_upto("!group", 0),
}
STEPS = st.tuples(st.sampled_from([*ACTIONS, "look"]), st.integers(1, 5))


@given(steps=st.lists(STEPS, min_size=1, max_size=20))
@settings(deadline=None, max_examples=40)
def test_following_a_store_leads_where_reading_it_whole_does(
    steps: list[tuple[str, int]], open_new_store: OpenStore
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        populate(store)
        store.receive("!ana", "first")
        known = Known()
        known.learn(store.read())
        for at, (action, rowid) in enumerate(steps):
            if action == "look":
                known.learn(store.read(known.cursor))
            else:
                ACTIONS[action](store, rowid, at)
        known.learn(store.read(known.cursor))
        whole = Known()
        whole.learn(store.read())
        assert known.messages == whole.messages
        assert known.learn(store.read(known.cursor)) == []
        store.close()


def test_only_what_is_new_or_changed_is_told(store: IndexFile) -> None:
    known = Known()
    store.read_upto("!ana", 0)
    store.receive("!ana", "one")
    store.receive("!ana", "two")
    known.learn(store.read())
    store.read_upto("!ana", 1)
    store.receive("!ana", "three")
    changes = known.learn(store.read(known.cursor))
    told = [(found.text, found.is_read) for found in changes if isinstance(found, MessageFound)]
    assert told == [("one", True), ("three", False)]


def test_a_rebuilt_store_is_read_again_under_the_same_ids(
    store: IndexFile, open_new_store: OpenStore, tmp_path: Path
) -> None:
    known = Known()
    for text in ("one", "two"):
        store.receive("!ana", text)
    known.learn(store.read())
    other = tmp_path / "rebuilt"
    other.mkdir()
    rebuilt = open_new_store(other)
    populate(rebuilt)
    rebuilt.receive("!ana", "two", eventID="$event-2")
    known.learn(rebuilt.read(known.cursor))
    whole = Known()
    whole.learn(rebuilt.read())
    rebuilt.close()
    assert known.messages["!ana", "$event-2"] == whole.messages["!ana", "$event-2"]
    assert len({uid for _, uid in known.messages}) == len(known.messages)


def test_nothing_is_left_beside_the_store(store: IndexFile, tmp_path: Path) -> None:
    store.receive("!ana", "hi")
    before = sorted(tmp_path.iterdir())
    store.read()
    assert sorted(tmp_path.iterdir()) == before


texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=40
).filter(str.strip)
messages = st.tuples(st.booleans(), st.integers(10**11 + 1, 4 * 10**12), texts)


@given(written=st.lists(messages, max_size=10), read=st.integers(0, 10))
@settings(deadline=None, max_examples=25)
def test_every_message_comes_back_with_its_sender_time_and_text(
    written: list[tuple[bool, int, str]], read: int, open_new_store: OpenStore
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        populate(store)
        store.read_upto("!ana", read)
        for is_me, at_ms, text in written:
            rowid = store.send("!ana", text) if is_me else store.receive("!ana", text)
            store.change(rowid, timestamp=at_ms)
        told = store.read_messages()
        store.close()
    assert [
        (found.sender, round(found.sent_at.timestamp() * 1000), found.text) for found in told
    ] == [("" if is_me else "Ana", at_ms, text) for is_me, at_ms, text in written]
    unread = [number > read for number, (is_me, _, _) in enumerate(written, start=1) if not is_me]
    assert [not found.is_read for found in told if not found.is_me] == unread


def test_a_damaged_store_is_refused_in_words_or_read(open_new_store: OpenStore) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        populate(store)
        for number in range(40):
            store.receive("!ana", f"message {number}")
        store.close()
        raw = store.path.read_bytes()
        chance = random.Random(4)
        for _ in range(FLIPS):
            damaged = bytearray(raw)
            for _ in range(8):
                damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
            copy = Path(folder) / "damaged.db"
            copy.write_bytes(damaged)
            with suppress(SourceError):
                for _ in BeeperSource(copy, SETTINGS).read():
                    pass

"""What is written into a store is read back equal, and a damaged store raises no traceback."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import SourceError
from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.whatsapp_android import WhatsAppAndroidSource

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_android.conftest import MessageStoreFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SETTINGS = SourceSettings(ZoneInfo("Asia/Seoul"))
NAMES = ("Ana", "Luis", "민지", "O'Neil 🦁", 'Zoë "Z"')
FLIPS = 60


@dataclass(frozen=True)
class Written:
    """A message as somebody wrote it."""

    sender: int
    """Of `NAMES`; -1 for the owner."""

    at_ms: int
    text: str


texts = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), min_size=1, max_size=40
)
messages = st.builds(Written, st.integers(-1, 4), st.integers(1, 900_000_000_000), texts)


@given(written=st.lists(messages, max_size=12), unread=st.integers(-1, 12))
@settings(deadline=None, max_examples=25)
def test_every_message_comes_back_with_its_sender_time_and_text(
    written: list[Written], unread: int, open_new_store: Callable[[Path], MessageStoreFile]
) -> None:
    with TemporaryDirectory() as folder:
        store = open_new_store(Path(folder))
        write(store, written, unread)
        told = store.read_messages()
        store.close()
    assert [(m.sender, m.is_me, m.sent_at, m.text, m.kind) for m in told] == [
        (
            "" if message.sender < 0 else NAMES[message.sender],
            message.sender < 0,
            EPOCH + timedelta(milliseconds=message.at_ms),
            message.text,
            "text",
        )
        for message in written
    ]
    incoming = [message.is_read for message in told if not message.is_me]
    count = min(max(unread, 0), len(incoming))
    assert incoming == [True] * (len(incoming) - count) + [False] * count
    assert len({message.id for message in told}) == len(written)


def write(store: MessageStoreFile, written: list[Written], unread: int) -> None:
    group = store.add_chat("120363000000000001@g.us", "Trip", unseen_message_count=unread)
    members = [store.add_jid(f"3460000000{number}@lid") for number in range(len(NAMES))]
    for member, name in zip(members, NAMES, strict=True):
        store.insert("lid_display_name", lid_row_id=member, display_name=name)
    for message in written:
        store.add_message(
            group,
            message.text,
            timestamp=message.at_ms,
            from_me=int(message.sender < 0),
            sender_jid_row_id=0 if message.sender < 0 else members[message.sender],
        )


def test_a_damaged_store_is_read_or_refused_and_gains_no_message(
    store: MessageStoreFile, tmp_path: Path
) -> None:
    """Single bytes changed at random places; a longer run only needs more `FLIPS`."""
    write(store, [Written(at % 6 - 1, at * 1000, f"message {at}") for at in range(1, 41)], 7)
    store.close()
    raw = store.path.read_bytes()
    chance = random.Random(4)
    damaged = tmp_path / "damaged.db"
    for _ in range(FLIPS):
        mutated = bytearray(raw)
        mutated[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        damaged.write_bytes(mutated)
        with suppress(SourceError):
            WhatsAppAndroidSource.probe(damaged)
            changes = list(WhatsAppAndroidSource(damaged, SETTINGS).read())
            assert sum(isinstance(change, MessageFound) for change in changes) <= 41

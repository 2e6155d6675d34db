"""WhatsApp's two databases come back as they were written, and nothing else is taken for them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import SourceError
from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.registry import get_source, load_source_class

DATA = Path(__file__).parents[2] / "data"
SAMPLES = sorted(file for file in DATA.rglob("*") if file.is_file())
NAMES = ("Ana", "Luis", "민지", "O'Neil 🦁", 'Zoë "Z"')
GROUP = "120363000000000001@g.us"
FLIPS = 60


@dataclass(frozen=True)
class Written:
    """A message as somebody wrote it."""

    sender: int
    """Of `NAMES`; -1 for the owner."""

    at_ms: int
    """Since the first instant that the store counts from."""

    text: str


@dataclass(frozen=True)
class Flavour:
    """One of the two databases."""

    ground: str
    """The module with its writer."""

    writer: str
    epoch: datetime
    write: Callable[[Any, list[Written], int], None]
    others: tuple[str, ...]
    """Tables of other databases, with names of its own among them."""


def write_mac(store: Any, written: list[Written], unread: int) -> None:
    group = store.add_chat(GROUP, "Trip", ZUNREADCOUNT=unread)
    members = [
        store.add_member(group, f"3460000000{number}@s.whatsapp.net", name)
        for number, name in enumerate(NAMES)
    ]
    for message in written:
        store.add_message(
            group,
            message.text,
            ZMESSAGEDATE=message.at_ms / 1000,
            ZISFROMME=int(message.sender < 0),
            ZGROUPMEMBER=None if message.sender < 0 else members[message.sender],
        )


def write_android(store: Any, written: list[Written], unread: int) -> None:
    group = store.add_chat(GROUP, "Trip", unseen_message_count=unread)
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


FLAVOURS = {
    "whatsapp-mac": Flavour(
        "whatsapp_mac/conftest.py",
        "ChatStorageFile",
        datetime(2001, 1, 1, tzinfo=UTC),
        write_mac,
        (
            "CREATE TABLE ZWAMESSAGE (Z_PK, ZCHATSESSION, ZISFROMME, ZMESSAGEDATE, ZTEXT)",
            "CREATE TABLE ZWACHATSESSION (Z_PK); CREATE TABLE ZWAMESSAGE (Z_PK)",
            "CREATE TABLE ZWAADDRESSBOOKCONTACT (Z_PK, ZFULLNAME)",
        ),
    ),
    "whatsapp-android": Flavour(
        "whatsapp_android/conftest.py",
        "MessageStoreFile",
        datetime(1970, 1, 1, tzinfo=UTC),
        write_android,
        (
            "CREATE TABLE message (ROWID, guid); CREATE TABLE chat (guid);CREATE TABLE jid (user)",
            "CREATE TABLE messages (_id, key_remote_jid, key_from_me, key_id, data)",
            "CREATE TABLE wa_contacts (jid, display_name)",
        ),
    ),
}

both = pytest.mark.parametrize("kind", FLAVOURS)


@pytest.fixture(scope="session")
def open_store(builders: Any) -> Callable[[str, Path], Any]:
    """Makes a database of a kind in a folder; the caller closes it."""
    grounds = {kind: builders.load_ground(flavour.ground) for kind, flavour in FLAVOURS.items()}
    return lambda kind, folder: getattr(grounds[kind], FLAVOURS[kind].writer)(folder / "a copy")


texts = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), min_size=1, max_size=40
)
messages = st.builds(Written, st.integers(-1, 4), st.integers(1, 900_000_000_000), texts)


@both
@given(written=st.lists(messages, max_size=12), unread=st.integers(-1, 12))
@settings(deadline=None, max_examples=25)
def test_every_message_comes_back_with_its_sender_time_and_text(
    kind: str, written: list[Written], unread: int, open_store: Callable[[str, Path], Any]
) -> None:
    flavour = FLAVOURS[kind]
    with TemporaryDirectory() as folder, closing(open_store(kind, Path(folder))) as store:
        flavour.write(store, written, unread)
        told = store.read_messages()
    assert [(m.sender, m.is_me, m.sent_at, m.text, m.kind) for m in told] == [
        (
            "" if message.sender < 0 else NAMES[message.sender],
            message.sender < 0,
            flavour.epoch + timedelta(milliseconds=message.at_ms),
            message.text,
            "text",
        )
        for message in written
    ]
    incoming = [message.is_read for message in told if not message.is_me]
    count = min(max(unread, 0), len(incoming))
    assert incoming == [True] * (len(incoming) - count) + [False] * count
    assert len({message.id for message in told}) == len(written)


@both
def test_a_damaged_store_gains_no_message(
    kind: str,
    open_store: Callable[[str, Path], Any],
    tmp_path: Path,
    settings: SourceSettings,
) -> None:
    """Whether words are invented is for `test_robustness.py`; here they are counted."""
    store = open_store(kind, tmp_path)
    written = [Written(at % 6 - 1, at * 1000, f"message {at}") for at in range(1, 41)]
    FLAVOURS[kind].write(store, written, 7)
    store.close()
    raw = store.path.read_bytes()
    chance = random.Random(4)
    damaged = tmp_path / "damaged"
    source = load_source_class(kind)
    for _ in range(FLIPS):
        mutated = bytearray(raw)
        mutated[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        damaged.write_bytes(mutated)
        with suppress(SourceError):
            changes = list(source(damaged, settings).read())
            assert sum(isinstance(change, MessageFound) for change in changes) <= len(written) + 1


@both
def test_the_store_is_recognised_whatever_its_name(
    kind: str,
    open_store: Callable[[str, Path], Any],
    tmp_path: Path,
    settings: SourceSettings,
) -> None:
    store = open_store(kind, tmp_path)
    store.close()
    source = get_source(store.path, settings=settings)
    assert (source.kind, source.label) == (kind, "WhatsApp")
    assert (source.unread_origin, source.is_live) == ("store", True)


@both
def test_no_sample_of_another_source_is_taken(kind: str) -> None:
    assert SAMPLES
    assert [file for file in SAMPLES if load_source_class(kind).probe(file)] == []


@pytest.mark.parametrize(
    ("kind", "tables"), [(kind, tables) for kind in FLAVOURS for tables in FLAVOURS[kind].others]
)
def test_other_databases_are_not_taken(kind: str, tables: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as database:
        database.executescript(tables)
    assert not load_source_class(kind).probe(tmp_path / "other")

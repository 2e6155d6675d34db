"""Stores whose kinds have no round trip of their own come back as they were written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.registry import load_source_class

SETTINGS = SourceSettings(ZoneInfo("Asia/Seoul"))
NAMES = ("ana@example.com", "luis@example.com")
START = datetime(2020, 1, 1, tzinfo=UTC)

Written = tuple[int, int, str]
"""Who of `NAMES`, seconds after `START`, and what."""

texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "So"]), min_size=1, max_size=40)
messages = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 200_000_000), texts), min_size=1, max_size=8
)


def write_imessage(builders: Any, folder: Path, written: list[Written]) -> Path:
    store = builders.load_ground("imessage/conftest.py").ChatStore(folder / "chat.db")
    handles = [store.add_handle(name) for name in NAMES]
    chat = store.add_chat("chat1", handles)
    since_2001 = int((START - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds())
    for who, at_s, text in written:
        store.add_message(chat, text, handle_id=handles[who], date=(since_2001 + at_s) * 10**9)
    store.close()
    return folder / "chat.db"


def write_slack(_: Any, folder: Path, written: list[Written]) -> Path:
    users = [
        {"id": f"U{n}", "name": name, "profile": {"display_name": name}}
        for n, name in enumerate(NAMES)
    ]
    days = [
        {
            "type": "message",
            "user": f"U{who}",
            "text": text,
            "ts": f"{int(START.timestamp()) + at_s}.{number:06}",
        }
        for number, (who, at_s, text) in enumerate(written)
    ]
    channels = [{"id": "C1", "name": "general", "members": ["U0", "U1"]}]
    (folder / "general").mkdir()
    for name, content in (
        ("users.json", users),
        ("channels.json", channels),
        ("general/2023-11-14.json", days),
    ):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def list_mails(builders: Any, written: list[Written]) -> list[bytes]:
    write_mail = builders.load_ground("mail/conftest.py").write_mail
    return [
        write_mail(
            text,
            number=number,
            sender=NAMES[who],
            date=f"{START + timedelta(seconds=at_s):%a, %d %b %Y %H:%M:%S +0000}",
        )
        for number, (who, at_s, text) in enumerate(written)
    ]


def write_mbox(builders: Any, folder: Path, written: list[Written]) -> Path:
    mails = list_mails(builders, written)
    raw = b"".join(b"From - Mon Sep 21 23:13:20 2026\n" + mail + b"\n" for mail in mails)
    (folder / "Inbox").write_bytes(raw)
    return folder / "Inbox"


def write_maildir(builders: Any, folder: Path, written: list[Written]) -> Path:
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir()
    for number, mail in enumerate(list_mails(builders, written)):
        (folder / "cur" / f"{number:03}.host:2,S").write_bytes(mail)
    return folder


def write_spool(_: Any, folder: Path, written: list[Written]) -> Path:
    lines = [
        json.dumps(
            {
                "conversation": "wall",
                "id": number,
                "sender": NAMES[who],
                "sent_at": (START + timedelta(seconds=at_s)).isoformat(),
                "text": text,
            }
        )
        for number, (who, at_s, text) in enumerate(written)
    ]
    (folder / "a.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder


WRITERS: dict[str, Callable[[Any, Path, list[Written]], Path]] = {
    "imessage": write_imessage,
    "slack": write_slack,
    "mbox": write_mbox,
    "maildir": write_maildir,
    "spool": write_spool,
}


@pytest.mark.parametrize("kind", WRITERS)
@given(written=messages)
@settings(deadline=None, max_examples=20)
def test_every_message_comes_back_with_its_sender_time_and_text(
    kind: str, written: list[Written], builders: Any
) -> None:
    with TemporaryDirectory() as folder:
        path = WRITERS[kind](builders, Path(folder), written)
        changes = list(load_source_class(kind)(path, SETTINGS).read())
    told = [c for c in changes if isinstance(c, MessageFound)]
    assert sorted((m.sender, m.sent_at.replace(microsecond=0), m.text) for m in told) == sorted(
        (NAMES[who], START + timedelta(seconds=at_s), text) for who, at_s, text in written
    )

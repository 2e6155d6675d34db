"""Lines as signal-cli 0.13 prints them, and a file to which they are appended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import Change, CursorAdvanced, MessageFound, SourceSettings
from companion.sources.signal_cli import SignalCliSource

ACCOUNT = "+15550000001"
ME = {
    "source": ACCOUNT,
    "sourceNumber": ACCOUNT,
    "sourceUuid": "00000000-0000-4000-8000-000000000001",
    "sourceName": "Me",
}
ANA = {
    "source": "+15550000002",
    "sourceNumber": "+15550000002",
    "sourceUuid": "00000000-0000-4000-8000-000000000002",
    "sourceName": "Ana",
}
GROUP = {"groupId": "Z3JvdXA=", "groupName": "Lunch", "revision": 3, "type": "DELIVER"}
AT_MS = 1_790_000_000_000
"""Some day of September 2026."""

Line = Callable[..., str]


def envelope(person: dict[str, str], at_ms: int, **content: object) -> str:
    """One line: what `person`'s device sent."""
    fields = {**person, "sourceDevice": 1, "timestamp": at_ms, **content}
    return json.dumps({"envelope": fields, "account": ACCOUNT}, ensure_ascii=False) + "\n"


def data(text: str | None, at_ms: int, **content: object) -> dict[str, Any]:
    return {"timestamp": at_ms, "message": text, "expiresInSeconds": 0, **content}


class Stream:
    """The file that signal-cli's output goes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cursor: str | None = None
        path.touch()

    def append(self, *lines: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(lines))

    def receive(self, text: str | None, at_ms: int = AT_MS, **content: object) -> None:
        """A message of Ana's."""
        self.append(envelope(ANA, at_ms, dataMessage=data(text, at_ms, **content)))

    def send(self, text: str | None, at_ms: int, **content: object) -> None:
        """A message of the owner's to Ana, sent on the phone."""
        sent = {
            "destination": ANA["source"],
            "destinationNumber": ANA["sourceNumber"],
            "destinationUuid": ANA["sourceUuid"],
            **data(text, at_ms, **content),
        }
        self.append(envelope(ME, at_ms, syncMessage={"sentMessage": sent}))

    def read_on_phone(self, at_ms: int, *sent_ms: int) -> None:
        reads = [
            {
                "sender": ANA["source"],
                "senderNumber": ANA["sourceNumber"],
                "senderUuid": ANA["sourceUuid"],
                "timestamp": sent,
            }
            for sent in sent_ms
        ]
        self.append(envelope(ME, at_ms, syncMessage={"readMessages": reads}))

    def look(self, me: tuple[str, ...] = ()) -> list[Change]:
        """What changed since the last look, without the cursor."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        *changes, last = SignalCliSource(self.path, settings).read(self.cursor)
        assert isinstance(last, CursorAdvanced)
        self.cursor = last.cursor
        return changes

    def look_at_messages(self) -> list[MessageFound]:
        return [change for change in self.look() if isinstance(change, MessageFound)]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    """An empty stream."""
    return Stream(tmp_path / "signal.jsonl")

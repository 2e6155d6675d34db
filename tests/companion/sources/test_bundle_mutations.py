"""Damage to the JSON inside a sound zip is told, and invents nothing.

Damage to the zip itself is for `test_robustness.py`: its sums find it before any JSON is read.
A longer run: `MUTATIONS=10000 pytest tests/companion/sources/test_bundle_mutations.py`.
"""

from __future__ import annotations

import json
import os
import random
import zipfile
from pathlib import Path

import pytest

from companion.errors import SourceError
from companion.sources.interface import MessageFound, MessageRemoved, SourceSettings
from companion.sources.registry import load_source_class

MUTATIONS = int(os.environ.get("MUTATIONS", "150"))

TEXTS = ("hello there", "한국어 ㅋㅋ", "<@U1> & more\nlines", "https://x.org/a?b=c")
AUTHOR = {"id": "7", "name": "ann", "nickname": "Ann"}
HUMAN = {"name": "Ann", "email": "ann@x.org", "user_type": "Human"}
EXPORTS: dict[str, dict[str, object]] = {
    "slack": {
        "users.json": [{"id": "U1", "name": "ann", "profile": {"display_name": "Ann"}}],
        "channels.json": [{"id": "C1", "name": "general", "members": ["U1"]}],
        "general/2023-11-14.json": [
            {"type": "message", "user": "U1", "text": text, "ts": f"170000000{n}.000100"}
            for n, text in enumerate(TEXTS)
        ],
    },
    "discord": {
        "general.json": {
            "guild": {"id": "5", "name": "Club"},
            "channel": {"id": "9", "type": "GuildTextChat", "name": "general"},
            "messages": [
                {
                    "id": f"17592884729911706{n}",
                    "type": "Default",
                    "timestamp": "2016-04-30T20:18:25.796+00:00",
                    "content": text,
                    "author": AUTHOR,
                }
                for n, text in enumerate(TEXTS)
            ],
        }
    },
    "element": {
        "export.json": {
            "room_name": "Team",
            "export_date": "Tue",
            "exported_by": "Ann",
            "messages": [
                {
                    "type": "m.room.message",
                    "event_id": f"${n}",
                    "sender": "@ann:x.org",
                    "origin_server_ts": 1700000000123,
                    "content": {"msgtype": "m.text", "body": text},
                }
                for n, text in enumerate(TEXTS)
            ],
        }
    },
    "googlechat": {
        "Groups/DM d1/group_info.json": {"members": [HUMAN]},
        "Groups/DM d1/messages.json": {
            "messages": [
                {
                    "creator": HUMAN,
                    "created_date": "Tuesday, March 5, 2024 at 3:04:05\u202fPM UTC",
                    "text": text,
                    "topic_id": f"t{n}",
                    "message_id": f"d1/t{n}/t{n}",
                }
                for n, text in enumerate(TEXTS)
            ]
        },
    },
}


def damage(raw: bytes, dice: random.Random) -> bytes:
    """A byte changed, a stretch cut out, or one doubled."""
    at = dice.randrange(len(raw))
    width = dice.choice((1, 1, 1, 7, 60))
    put = dice.choice((bytes([dice.randrange(256)]), b"", raw[at : at + width] * 2))
    return raw[:at] + put + raw[at + width :]


def read(path: Path, kind: str, settings: SourceSettings) -> list[MessageFound | MessageRemoved]:
    source = load_source_class(kind)
    source.probe(path)
    try:
        changes = list(source(path, settings).read())
    except SourceError:
        return []
    return [change for change in changes if isinstance(change, MessageFound | MessageRemoved)]


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)


@pytest.mark.parametrize("kind", EXPORTS)
def test_no_damage_stops_the_reading_or_adds_a_message(
    kind: str, tmp_path: Path, settings: SourceSettings
) -> None:
    files = {name: json.dumps(content).encode() for name, content in EXPORTS[kind].items()}
    path = tmp_path / "export.zip"
    write_zip(path, files)
    assert len(read(path, kind, settings)) == len(TEXTS)
    dice = random.Random(kind)
    for _ in range(MUTATIONS):
        name = dice.choice(list(files))
        write_zip(path, {**files, name: damage(files[name], dice)})
        # A stretch that was doubled may hold one message; nothing makes more of them.
        assert len(read(path, kind, settings)) <= len(TEXTS) + 1

"""The sample store reads as its origin describes its rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from companion.scanning import scan_store
from companion.sources.interface import SourceSettings


def test_every_message_of_the_sample_is_told(
    sample_folder: Path, tmp_path: Path, settings: SourceSettings
) -> None:
    for name in ("msgstore", "wa"):
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as database:
            database.executescript((sample_folder / f"{name}.sql").read_text())
    report = scan_store(tmp_path / "msgstore.db", None, settings, with_messages=True)
    assert (report.kind, report.messages, report.unread, report.warnings) == (
        *("whatsapp-android", 3),
        *(0, ()),
    )
    told = [
        (c.title, c.kind, [(m.id, m.sender, m.text, m.kind) for m in c.items or ()])
        for c in report.conversations
    ]
    owner = "Aaaaa Aaaaaaaaaaa"
    assert told == [
        (
            "My Group",
            "group",
            [
                ("GROUPMSG00100", "+11111", "+11111 added Hey look it's me!", "system"),
                ("GROUPMSG99999OLD", owner, "Last group message", "text"),
            ],
        ),
        (
            "+11111",
            "direct",
            [
                ("PERSONALMSG100100", "+11111", "[live location New Bahari]", "media"),
                ("PERSONALMSGDELETED", owner, "", "deleted"),
            ],
        ),
    ]

"""Lays the bundled sample stores out in a folder, as a messenger would have left them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Seoul")
"""Where the sample conversations take place."""

EVENING = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
"""The demonstration's clock: the evening on which the owner comes back, 21:30 in Seoul."""


@dataclass(frozen=True, slots=True)
class SampleStore:
    """A store of the demonstration."""

    path: Path
    me: tuple[str, ...]
    """Names under which the owner of the sample phone writes there."""


def lay_out_stores(folder: Path) -> list[SampleStore]:
    """Write every sample store below `folder`, which must exist, and give the list of them.

    iMessage's database is kept as SQL, so that people can read what is in it, and is made
    into a real `chat.db` with the address book beside it.
    """
    with as_file(files(__package__) / "stores") as source:
        for name in ("kakaotalk", "whatsapp", "telegram"):
            shutil.copytree(source / name, folder / name)
        messages = folder / "imessage"
        messages.mkdir()
        _build(source / "imessage" / "chat.sql", messages / "chat.db")
        _build(source / "imessage" / "address_book.sql", messages / "AddressBook-v22.abcddb")
    return [
        *(SampleStore(path, ("지우", "한지우")) for path in _list(folder / "kakaotalk")),
        *(SampleStore(path, ("Jiwoo",)) for path in _list(folder / "whatsapp")),
        SampleStore(folder / "telegram" / "result.json", ("Jiwoo",)),
        SampleStore(messages / "chat.db", ("Jiwoo",)),
    ]


def _list(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _build(script: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        # One transaction: otherwise every line of the script waits for the disk.
        connection.executescript(f"BEGIN;\n{script.read_text(encoding='utf-8')}\nCOMMIT;")

"""Signal Desktop: its encrypted database, read while Signal keeps writing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from companion.clock import read_now
from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, Source, SourceSettings, UnreadOrigin
from companion.sources.rechecking import take_moment
from companion.sources.resting import read_unless_resting
from companion.sources.signal.database import SignalDatabase
from companion.sources.signal.keys import find_config, find_database, load_keys
from companion.sources.sqlcipher_store import may_be_encrypted, open_cipher_store
from companion.sources.sqlite_store import begin_reading


class SignalSource(Source):
    """Messages with the read state of the store itself (formats.md 1.8).

    The path is Signal's folder or the database in it; the database becomes the source's. The
    owner's messages have the first name of `settings.me` as their sender, or the profile's.
    """

    kind: ClassVar[str] = "signal"
    label: ClassVar[str] = "Signal"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    def __init__(self, path: Path, settings: SourceSettings) -> None:
        super().__init__(find_database(path), settings)

    @classmethod
    def probe(cls, path: Path) -> bool:
        """By the key in Signal's config beside an encrypted database; asks no keychain."""
        database = find_database(path)
        return may_be_encrypted(database) and find_config(database) is not None

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        yield from read_unless_resting(self.path, cursor, self.settings.me, self._read_changes)

    def _read_changes(self, cursor: str | None) -> Iterator[Change]:
        me = next(iter(self.settings.me), "")
        moment = take_moment(self.path)
        with open_cipher_store(
            self.path,
            load_keys(self.path),
            extra="signal",
            next_step="take config.json and the database from the same installation of Signal",
        ) as connection:
            with begin_reading(connection):
                database = SignalDatabase(connection, me, read_now())
                reading = Following(database, parse_cursor(cursor), moment)
            identity = json.dumps([self.path.stat().st_ino, database.owner, me])
            yield from reading.list_changes(identity)

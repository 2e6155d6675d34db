"""iMessage: the `chat.db` of Messages on a Mac, read while Messages keeps writing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from companion.sources.imessage.cursor import parse_cursor
from companion.sources.imessage.database import REQUIRED_TABLES, ChatDatabase
from companion.sources.imessage.names import AddressBook, find_address_books
from companion.sources.imessage.reading import Reading
from companion.sources.interface import Change, Source, UnreadOrigin
from companion.sources.sqlite_store import has_tables, open_store


class IMessageSource(Source):
    """Messages with the read state of the store itself (formats.md 1.1).

    The owner's messages have the first name of `settings.me` as their sender, or "".
    """

    kind: ClassVar[str] = "imessage"
    label: ClassVar[str] = "iMessage"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        return has_tables(path, REQUIRED_TABLES)

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        me = next(iter(self.settings.me), "")
        with open_store(self.path) as connection:
            database = ChatDatabase(connection)
            inode = self.path.stat().st_ino
            identity = json.dumps([inode, database.find_unique_id(), me])
            address_book = AddressBook(find_address_books(self.path))
            reading = Reading(database, address_book, me, parse_cursor(cursor))
            yield from reading.list_changes(identity)

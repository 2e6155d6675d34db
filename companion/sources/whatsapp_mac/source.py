"""WhatsApp for Mac: its `ChatStorage.sqlite`, read while WhatsApp keeps writing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, Skipped, Source, UnreadOrigin
from companion.sources.rechecking import take_moment
from companion.sources.sqlite_store import begin_reading, has_columns, open_store
from companion.sources.whatsapp_mac.contacts import load_contacts
from companion.sources.whatsapp_mac.database import ChatStorage

_RECOGNISED = {
    "ZWACHATSESSION": ("zcontactjid", "zpartnername"),
    "ZWAMESSAGE": ("zchatsession", "zisfromme", "zmessagedate", "ztext"),
}


class WhatsAppMacSource(Source):
    """Messages with the unread counts of the store itself (formats.md 1.5).

    The owner's messages have the first name of `settings.me` as their sender, or "".
    """

    kind: ClassVar[str] = "whatsapp-mac"
    label: ClassVar[str] = "WhatsApp"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        return has_columns(path, _RECOGNISED)

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        me = next(iter(self.settings.me), "")
        contacts = load_contacts(self.path)
        moment = take_moment(self.path)
        with open_store(self.path) as connection:
            with begin_reading(connection):
                database = ChatStorage(connection, contacts, me)
                following = Following(database, parse_cursor(cursor), moment)
                identity = json.dumps([self.path.stat().st_ino, database.find_unique_id(), me])
            for file in contacts.unreadable:
                yield Skipped(f"contacts in {file} cannot be read; other names are shown instead")
            yield from following.list_changes(identity)

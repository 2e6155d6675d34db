"""WhatsApp for Android: a decrypted `msgstore.db`, with the names of `wa.db` beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, Skipped, Source, UnreadOrigin
from companion.sources.rechecking import take_moment
from companion.sources.sqlite_store import begin_reading, has_columns, open_store
from companion.sources.whatsapp_android.contacts import load_contacts
from companion.sources.whatsapp_android.database import MessageStore

_RECOGNISED = {
    "message": ("chat_row_id", "from_me", "key_id", "text_data"),
    "chat": ("jid_row_id", "subject"),
    "jid": ("user", "server"),
}


class WhatsAppAndroidSource(Source):
    """Messages with the unread counts of the store itself (formats.md 1.6).

    The owner's messages have the first name of `settings.me` as their sender, else the name
    the owner chose in WhatsApp, else "".
    """

    kind: ClassVar[str] = "whatsapp-android"
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
                database = MessageStore(connection, contacts, me)
                following = Following(database, parse_cursor(cursor), moment)
                identity = json.dumps([self.path.stat().st_ino, me])
            if contacts.unreadable is not None:
                yield Skipped(f"names in {contacts.unreadable} cannot be read; numbers are shown")
            yield from following.list_changes(identity)

"""Beeper Desktop: its `index.db`, read while Beeper keeps writing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from companion.sources.beeper.database import BeeperDatabase
from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, Source, UnreadOrigin
from companion.sources.rechecking import take_moment
from companion.sources.sqlite_store import begin_reading, has_columns, open_store

_RECOGNISED = {
    "threads": ("threadid", "accountid", "thread"),
    "mx_room_messages": ("roomid", "eventid", "sendercontactid", "hsorder", "message"),
}


class BeeperSource(Source):
    """The chats of all networks in one store, with Beeper's own read state (formats.md 1.10).

    Undocumented by its makers; of the columns those that five independent readers use. The
    owner's messages have the first name of `settings.me` as their sender, or "".
    """

    kind: ClassVar[str] = "beeper"
    label: ClassVar[str] = "Beeper"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        return has_columns(path, _RECOGNISED)

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        me = next(iter(self.settings.me), "")
        moment = take_moment(self.path)
        with open_store(self.path) as connection:
            with begin_reading(connection):
                following = Following(BeeperDatabase(connection, me), parse_cursor(cursor), moment)
                identity = json.dumps([self.path.stat().st_ino, me])
            yield from following.list_changes(identity)

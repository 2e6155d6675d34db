"""Which rooms are conversations, what they are called, who is in them; no messages."""

from __future__ import annotations

import json
from dataclasses import dataclass

from companion.sources.decoding import clean_text
from companion.sources.interface import ConversationFound
from companion.sources.namesakes import Bearers, tell_apart
from companion.sources.tables import NUMBER, TEXT, Tables

ROOMS, PEOPLE, USERS, RECEIPTS = "threads", "participants", "users", "mx_read_receipts"

_FACTS = ("title", "type", "lastReadMessageSortKey", "isUnread", "unreadCount", "extra.roomType")
_PERSON_COLUMNS = {
    "id": TEXT,
    "full_name": TEXT,
    "nickname": TEXT,
    "is_self": NUMBER,
    "has_exited": NUMBER,
}

_OLD_COLUMNS = ", ".join(
    f"{form.format(f'json_extract(item.value, {path!r})')} AS {name}"
    for name, path, form in (
        ("id", "$.id", TEXT),
        ("full_name", "$.fullName", TEXT),
        ("nickname", "$.nickname", TEXT),
        ("is_self", "$.isSelf", NUMBER),
        ("has_exited", "$.hasExited", NUMBER),
    )
)
_OLD_PEOPLE = f"""
    SELECT {_OLD_COLUMNS} FROM {ROOMS},
        json_each(CASE WHEN json_valid(thread) THEN thread END, '$.participants.items') AS item
    WHERE threadID = ? AND item.type = 'object' AND json_type(item.value, '$.id') = 'text'"""
"""Older versions have no table of people: a room lists its own."""


@dataclass(frozen=True, slots=True)
class Room:
    """A chat of some network."""

    key: str
    title: str
    """"" where Beeper shows the names of those in it."""

    is_direct: bool
    read_upto: int | None
    """The `hsOrder` up to which the owner has read; None where nothing says."""

    unread_count: int
    """As Beeper shows it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a room."""

    name: str
    """"" where the network told none."""

    is_self: bool
    is_there: bool
    """False for somebody who left."""


class Rooms:
    """The rooms of a store, loaded once; who is in one is looked up when asked for."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._people: dict[str, dict[str, Person]] = {}
        self._names: dict[str, str] = {}
        self._bearers: dict[str, Bearers] = {}
        self.rooms: dict[str, Room] = {}
        """By key, without spaces and labels, which hold no messages of their own."""

        receipts = self._load_receipts()
        paths = ", ".join(f"'$.{name}'" for name in _FACTS)
        query = f"""SELECT threadID, CASE WHEN json_valid(thread)
                    THEN json_extract(thread, {paths}) END FROM {ROOMS}
                    WHERE COALESCE(accountID, '') NOT LIKE '$%'
                    AND COALESCE({tables.column(ROOMS, "is_label")}, 0) = 0"""
        for key, facts in tables.connection.execute(query):
            title, kind, sort_key, is_unread, count, room_type = json.loads(facts or "[]") or (
                [None] * len(_FACTS)
            )
            if room_type == "m.space":
                continue
            marks = [_read_order(sort_key), receipts.get(key)]
            count = count if isinstance(count, int) and count > 0 else int(is_unread is True)
            self.rooms[key] = Room(
                key=key,
                title=clean_text(title).strip() if isinstance(title, str) else "",
                is_direct=kind == "single",
                read_upto=max((mark for mark in marks if mark is not None), default=None),
                unread_count=count,
            )

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, under the names its people have now."""
        room, people = self.rooms[key], self._list_people(key).items()
        names = [self.name_person(key, uid) for uid, person in people if person.is_there]
        others = [self.name_person(key, uid) for uid, person in people if not person.is_self]
        title = room.title or ", ".join(others)
        return ConversationFound(
            key, title, "direct" if room.is_direct else "group", tuple(dict.fromkeys(names))
        )

    def name_person(self, key: str, uid: str) -> str:
        """How somebody in a room is called there; the id where the network told no name.

        Of two people of one name one has the id behind it.
        """
        if key not in self._bearers:
            self._bearers[key] = {}
            for member in self._list_people(key):
                self.name_person(key, member)
        person = self._list_people(key).get(uid)
        name = (person.name if person else "") or self._find_user(uid) or clean_text(uid)
        return tell_apart(self._bearers[key], uid, name, clean_text(uid))

    def _list_people(self, key: str) -> dict[str, Person]:
        if key not in self._people:
            self._people[key] = self._load_people(key)
        return self._people[key]

    def _load_people(self, key: str) -> dict[str, Person]:
        columns = self._tables.select(PEOPLE, _PERSON_COLUMNS)
        query = f"SELECT {columns} FROM {PEOPLE} WHERE room_id = ? ORDER BY ROWID"
        if not self._tables.has(PEOPLE):
            query = _OLD_PEOPLE
        return {
            row["id"]: Person(
                clean_text(row["full_name"] or row["nickname"]).strip(),
                bool(row["is_self"]),
                not row["has_exited"],
            )
            for row in self._tables.connection.execute(query, (key,))
        }

    def _find_user(self, uid: str) -> str:
        """The name in the table of all users, which newer versions leave empty."""
        if not self._tables.has(USERS):
            return ""
        if uid not in self._names:
            query = f"""SELECT json_extract(user, '$.fullName') FROM {USERS}
                        WHERE userID = ? AND json_valid(user)"""
            found = [name for (name,) in self._tables.connection.execute(query, (uid,)) if name]
            self._names[uid] = clean_text(str(found[0])).strip() if found else ""
        return self._names[uid]

    def _load_receipts(self) -> dict[str, int]:
        """How far the owner has read in each room, by the receipts sent for them."""
        if not (self._tables.has(RECEIPTS) and self._tables.has(PEOPLE)):
            return {}
        query = f"""SELECT roomID, MAX(hsOrder) FROM {RECEIPTS} WHERE hsOrder IS NOT NULL
                    AND userID IN (SELECT id FROM {PEOPLE} WHERE is_self = 1) GROUP BY roomID"""
        found = self._tables.connection.execute(query)
        return {key: order for key, order in found if isinstance(order, int)}


def _read_order(raw: object) -> int | None:
    """A sort key, which is an `hsOrder` as a number or in digits."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 19:
        return int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None

"""What conversations are called and who is in them; no messages."""

from __future__ import annotations

from collections.abc import Iterable

from companion.sources.interface import ConversationFound
from companion.sources.namesakes import Bearers, tell_apart
from companion.sources.signal.rows import ConversationRow

UNKNOWN = "Unknown"
_NOTES = "Note to Self"


class People:
    """All conversations of a database, loaded once."""

    def __init__(self, rows: Iterable[ConversationRow], owner: str, me: str) -> None:
        """`owner`: the owner's service id, `me`: the owner's name as told; "" where unknown."""
        self._rows = {row.id: row for row in rows}
        self.owner = owner
        """"" where unknown."""

        self._names: dict[str, str] = {}
        self._shown: dict[tuple[str, str], str] = {}
        self._bearers: dict[str, Bearers] = {}
        self._by_address: dict[str, ConversationRow] = {}
        # Those with a service id last: a number may have a row of its own from before it was known.
        for row in sorted(self._rows.values(), key=lambda row: bool(row.service_id)):
            for address in (row.id, row.phone, row.service_id):
                if address and row.type != "group":
                    self._by_address[address.casefold()] = row
        self.keys = {row.id: _compose_key(self._get_whole(row)) for row in self._rows.values()}
        """The key of each conversation by its id."""

        self._by_key = {key: self._get_whole(self._rows[id_]) for id_, key in self.keys.items()}
        self.me = me or self._find_name(owner)

    def find(self, id_: str) -> ConversationRow | None:
        """None for a conversation that is gone."""
        return self._rows.get(id_)

    def get_key(self, id_: str) -> str:
        """The key of the conversation of that id: of a group its own id, of a person the service
        id, so that it is the same one after Signal was linked anew and gave out other ids.
        """
        return self.keys[id_]

    def identify(self, address: str) -> str:
        """What a person is known by, whichever of their addresses was used; itself for others."""
        row = self._by_address.get(address.casefold())
        return self.keys[row.id] if row else address

    def is_owner(self, address: str) -> bool:
        return bool(self.owner) and address.casefold() == self.owner.casefold()

    def name(self, address: str) -> str:
        """Whom the owner knows by a service id, a phone number or the id of a conversation."""
        if address not in self._names:
            self._names[address] = self._find_name(address) or UNKNOWN
        return self._names[address]

    def name_in(self, key: str, address: str) -> str:
        """The name within a conversation, in which nobody else is shown under it."""
        place = key, address
        if place not in self._shown:
            if key not in self._bearers:
                self._bearers[key] = {}
                for member in self._by_key[key].members:
                    self.name_in(key, member)
            self._shown[place] = self._tell_apart(self._bearers[key], address)
        return self._shown[place]

    def _tell_apart(self, bearers: Bearers, address: str) -> str:
        row = self._by_address.get(address.casefold())
        marks = (row.phone, str(row.details.get("username") or ""), row.service_id) if row else ()
        return tell_apart(bearers, self.identify(address), self.name(address), *marks)

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key."""
        row = self._by_key[key]
        if row.type == "group":
            known = (member for member in row.members if self._find_name(member))
            names = tuple(dict.fromkeys(self.name_in(key, member) for member in known))
            return ConversationFound(key, row.name or ", ".join(names), "group", names)
        if self.is_owner(row.service_id):
            return ConversationFound(key, _NOTES, "direct", (self.me,) if self.me else ())
        name = _name(row)
        return ConversationFound(key, name, "direct", (name,) if name else ())

    def _get_whole(self, row: ConversationRow) -> ConversationRow:
        """The row that stands for a person: of a number's two the one with a service id."""
        if row.type == "group" or row.service_id or not row.phone:
            return row
        return self._by_address[row.phone.casefold()]

    def _find_name(self, address: str) -> str:
        row = self._by_address.get(address.casefold()) if address else None
        return _name(row) if row else ""


def _compose_key(row: ConversationRow) -> str:
    if row.type == "group":
        return row.group_id or row.id
    return row.service_id or row.phone or row.id


def _name(row: ConversationRow) -> str:
    """As Signal shows a person: nickname, contact, profile, number, user name."""
    details = row.details
    nickname = _join(details.get("nicknameGivenName"), details.get("nicknameFamilyName"))
    username = details.get("username")
    shown = (nickname, row.name, row.profile_name, row.phone, username)
    return next((name for name in shown if isinstance(name, str) and name.strip()), "").strip()


def _join(*parts: object) -> str:
    return " ".join(part for part in parts if isinstance(part, str) and part)

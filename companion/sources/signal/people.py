"""What conversations are called and who is in them; no messages."""

from __future__ import annotations

from collections.abc import Iterable

from companion.sources.interface import ConversationFound
from companion.sources.signal.rows import ConversationRow

UNKNOWN = "Unknown"
_NOTES = "Note to Self"


class People:
    """All conversations of a database, loaded once."""

    def __init__(self, rows: Iterable[ConversationRow], owner: str, me: str) -> None:
        """`owner`: the owner's service id, `me`: the owner's name as told; "" where unknown."""
        self._rows = {row.id: row for row in rows}
        self._owner = owner
        self._names: dict[str, str] = {}
        self._by_address: dict[str, ConversationRow] = {}
        for row in self._rows.values():
            for address in (row.id, row.phone, row.service_id):
                if address and row.type != "group":
                    self._by_address[address.casefold()] = row
        self.me = me or self._find_name(owner)

    def find(self, id_: str) -> ConversationRow | None:
        """None for a conversation that is gone."""
        return self._rows.get(id_)

    def is_owner(self, address: str) -> bool:
        return bool(self._owner) and address.casefold() == self._owner.casefold()

    def name(self, address: str) -> str:
        """Whom the owner knows by a service id, a phone number or the id of a conversation."""
        if address not in self._names:
            self._names[address] = self._find_name(address) or UNKNOWN
        return self._names[address]

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, which is its id."""
        row = self._rows[key]
        if row.type == "group":
            found = (self._find_name(member) for member in row.members)
            names = tuple(dict.fromkeys(filter(None, found)))
            return ConversationFound(key, row.name or ", ".join(names), "group", names)
        if self.is_owner(row.service_id):
            return ConversationFound(key, _NOTES, "direct", (self.me,) if self.me else ())
        name = _name(row)
        return ConversationFound(key, name, "direct", (name,) if name else ())

    def _find_name(self, address: str) -> str:
        row = self._by_address.get(address.casefold()) if address else None
        return _name(row) if row else ""


def _name(row: ConversationRow) -> str:
    """As Signal shows a person: nickname, contact, profile, number, user name."""
    details = row.details
    nickname = _join(details.get("nicknameGivenName"), details.get("nicknameFamilyName"))
    username = details.get("username")
    shown = (nickname, row.name, row.profile_name, row.phone, username)
    return next((name for name in shown if isinstance(name, str) and name.strip()), "").strip()


def _join(*parts: object) -> str:
    return " ".join(part for part in parts if isinstance(part, str) and part)

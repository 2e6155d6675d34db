"""Who stands behind an address of chat.db; knows no chats and no messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from companion.sources.imessage.names import AddressBook
from companion.sources.imessage.rows import HandleRow


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one address or several."""

    id: str
    """The same for all of the person's addresses, within one reading; never shown."""

    name: str
    """The contact's name, else the person's first address."""


class People:
    """Everybody in a store; contacts are looked up when asked for.

    Addresses are one person's where Messages says so (`person_centric_id`) or where they stand
    in one contact.
    """

    def __init__(self, handles: Iterable[HandleRow], address_book: AddressBook) -> None:
        self._address_book = address_book
        self._addresses: dict[int, str] = {}
        self._person_ids: dict[str, str] = {}
        self._siblings: dict[str, list[str]] = {}
        self._found: dict[str, Person] = {}
        for handle in handles:
            self._addresses[handle.rowid] = handle.id
            if handle.person_centric_id:
                self._person_ids[handle.id.casefold()] = handle.person_centric_id
                self._siblings.setdefault(handle.person_centric_id, []).append(handle.id)

    def find_address(self, handle_id: int) -> str:
        """The address of a handle; "" for one that is not there."""
        return self._addresses.get(handle_id, "")

    def find_person_id(self, address: str) -> str | None:
        """Messages' own id of the person; None where it has none."""
        return self._person_ids.get(address.casefold())

    def get(self, address: str) -> Person:
        """Whoever writes from that address, be it a stranger."""
        if address not in self._found:
            self._found[address] = self._identify(address)
        return self._found[address]

    def _identify(self, address: str) -> Person:
        person_id = self.find_person_id(address)
        addresses = self._siblings[person_id] if person_id else [address]
        for known in addresses:
            if contact := self._address_book.find_contact(known):
                return Person(contact.id, contact.name)
        return Person(person_id or address.casefold(), addresses[0])

"""Who stands behind a phone number or an e-mail address; reads AddressBook, writes nothing."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from companion.errors import SourceError
from companion.sources.sqlite_store import find_columns, open_store

FILE_NAME = "AddressBook-v22.abcddb"

_SAME_DIGITS = 9
"""Two numbers that share their last nine digits, trunk zeros aside, are compared further;
a shorter one must be equal as a whole (formats.md 1.1: the last 9 to 10 digits)."""

_COMPARED_DIGITS = 10

_NOT_DIGITS = re.compile(r"\D+")
_EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """A card, or the cards that macOS shows as one: those of one name in several accounts."""

    id: str
    """Never shown; another one where an account has two cards of one name."""

    name: str


class AddressBook:
    """Contacts by address, from AddressBook databases that are read when first asked."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._to_load = list(paths)
        self._by_email: dict[str, Contact] = {}
        self._by_tail: dict[str, list[tuple[str, Contact]]] = {}
        self.unreadable: list[Path] = []
        """Databases that could not be read; those behind their contacts stay addresses."""

    def find_contact(self, address: str) -> Contact | None:
        """The contact with that address; None for an address in none."""
        self._load()
        if "@" in address:
            return self._by_email.get(address.strip().casefold())
        if any(letter.isalpha() for letter in address):
            return None  # a company's name as the sender
        digits = _keep_digits(address)
        for known, contact in self._by_tail.get(digits[-_SAME_DIGITS:], ()):
            compared = min(len(digits), len(known), _COMPARED_DIGITS)
            if digits[-compared:] == known[-compared:]:
                return contact
        return None

    def _load(self) -> None:
        while self._to_load:
            path = self._to_load.pop()
            try:
                self._add_file(path)
            except SourceError:
                self.unreadable.append(path)

    def _add_file(self, path: Path) -> None:
        with open_store(path) as connection:
            contacts = _list_contacts(_load_names(connection), path)
            for owner, address in _load_addresses(connection, "ZABCDEMAILADDRESS", "ZADDRESS"):
                if owner in contacts:
                    self._by_email.setdefault(address.strip().casefold(), contacts[owner])
            for owner, number in _load_addresses(connection, "ZABCDPHONENUMBER", "ZFULLNUMBER"):
                if owner in contacts and (digits := _keep_digits(number)):
                    tail = digits[-_SAME_DIGITS:]
                    self._by_tail.setdefault(tail, []).append((digits, contacts[owner]))


def find_address_books(store: Path) -> list[Path]:
    """The AddressBook beside a chat.db, else those of this Mac's accounts; may be empty."""
    beside = store.with_name(FILE_NAME)
    if beside.exists():
        return [beside]
    folder = Path.home() / "Library" / "Application Support" / "AddressBook"
    return sorted([*folder.glob(FILE_NAME), *folder.glob(f"Sources/*/{FILE_NAME}")])


def join_name(first: str, last: str) -> str:
    """A display name in the order of its script: family name first, unspaced, for 홍길동."""
    if _EAST_ASIAN.fullmatch(first) and _EAST_ASIAN.fullmatch(last):
        return last + first
    return f"{first} {last}".strip()


def _keep_digits(number: str) -> str:
    """The digits that identify a number: without trunk and international zeros in front."""
    return _NOT_DIGITS.sub("", number).lstrip("0")


def _list_contacts(names: Mapping[int, str], path: Path) -> dict[int, Contact]:
    """The contact of each card of one account, by primary key."""
    counts = Counter(names.values())
    return {
        key: Contact(name if counts[name] == 1 else f"{path}#{key}", name)
        for key, name in names.items()
    }


def _load_names(connection: sqlite3.Connection) -> dict[int, str]:
    """The display name of each contact that has one, by primary key."""
    has = find_columns(connection, "ZABCDRECORD")
    wanted = ("ZFIRSTNAME", "ZLASTNAME", "ZNICKNAME", "ZORGANIZATION", "ZNAME")
    columns = ", ".join(name if name.lower() in has else f"'' AS {name}" for name in wanted)
    names = {}
    for row in connection.execute(f"SELECT Z_PK, {columns} FROM ZABCDRECORD"):
        first, last, *others = ((row[name] or "").strip() for name in wanted)
        if name := next(filter(None, [join_name(first, last), *others]), ""):
            names[row["Z_PK"]] = name
    return names


def _load_addresses(
    connection: sqlite3.Connection, table: str, column: str
) -> Iterable[tuple[int, str]]:
    if column.lower() not in find_columns(connection, table):
        return []
    query = f"SELECT ZOWNER, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY Z_PK"
    return [(row["ZOWNER"], str(row[column])) for row in connection.execute(query)]

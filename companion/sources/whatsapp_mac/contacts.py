"""Names and numbers from the two databases that WhatsApp for Mac keeps beside its chats."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from companion.errors import SourceError
from companion.sources.sqlite_store import open_store
from companion.sources.tables import TEXT, Tables

_BOOK, _PAIRS = "ZWAADDRESSBOOKCONTACT", "ZWAPHONENUMBERLIDPAIR"
_FILES = {"ContactsV2.sqlite": _BOOK, "LID.sqlite": _PAIRS}
_COLUMNS = {
    _BOOK: dict.fromkeys(("ZFULLNAME", "ZWHATSAPPID", "ZPHONENUMBER", "ZLID"), TEXT),
    _PAIRS: dict.fromkeys(("ZLID", "ZPHONENUMBER"), TEXT),
}


@dataclass(slots=True)
class Contacts:
    """What the files beside a store say."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    """(Hidden identity, phone number) of one person, each with or without its server."""

    names: list[tuple[str, str]] = field(default_factory=list)
    """(Address, name in the owner's address book)."""

    unreadable: list[Path] = field(default_factory=list)


def load_contacts(store: Path) -> Contacts:
    """The contacts beside a ChatStorage.sqlite; empty where there are none."""
    contacts = Contacts()
    for name, table in _FILES.items():
        file = store.resolve().with_name(name)
        try:
            if file.exists():
                with open_store(file) as connection:
                    _add_rows(contacts, connection, table)
        except SourceError:
            contacts.unreadable.append(file)
    return contacts


def _add_rows(contacts: Contacts, connection: sqlite3.Connection, table: str) -> None:
    for row in _list_rows(connection, table):
        number = row["ZPHONENUMBER"]
        if table == _BOOK:
            number = row["ZWHATSAPPID"] or number
            address = number.lstrip("+") or row["ZLID"]
            contacts.names.append((address, row["ZFULLNAME"]))
        if row["ZLID"] and number:
            contacts.pairs.append((row["ZLID"], number))


def _list_rows(connection: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    tables = Tables(connection, [table])
    if tables.has(table):
        columns = tables.select(table, _COLUMNS[table])
        yield from connection.execute(f"SELECT {columns} FROM {table} ORDER BY ROWID")

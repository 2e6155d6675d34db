"""Names from the `wa.db` that WhatsApp for Android keeps beside its messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from companion.errors import SourceError
from companion.sources.sqlite_store import open_store
from companion.sources.tables import TEXT, Tables

_FILE_NAME, _CONTACTS = "wa.db", "wa_contacts"
_COLUMNS: Mapping[str, str] = dict.fromkeys(
    ("jid", "display_name", "given_name", "family_name", "wa_name"), TEXT
)


@dataclass(frozen=True, slots=True)
class Contacts:
    """What the file beside a store says."""

    names: tuple[tuple[str, str], ...] = ()
    """(Address, name): of an address that has several, the one to be shown comes first."""

    unreadable: Path | None = None


def load_contacts(store: Path) -> Contacts:
    """The contacts beside a msgstore.db; empty where there are none, as in a mere backup."""
    file = store.resolve().with_name(_FILE_NAME)
    names: list[tuple[str, str]] = []
    try:
        if not file.exists():
            return Contacts()
        with open_store(file) as connection:
            tables = Tables(connection, [_CONTACTS])
            if tables.has(_CONTACTS):
                columns = tables.select(_CONTACTS, _COLUMNS)
                for jid, shown, given, family, own in connection.execute(
                    f"SELECT {columns} FROM {_CONTACTS} ORDER BY ROWID"
                ):
                    names += [(jid, shown), (jid, f"{given} {family}"), (jid, own)]
    except SourceError:
        return Contacts(unreadable=file)
    return Contacts(tuple(names))

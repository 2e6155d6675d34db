"""Reads what no reading may bring into the archive, and what is still to be erased from it.

A conversation is named by a digest of its key, for the key of an export's is its title: who
has the archive can try a title, and cannot read one.
"""

from __future__ import annotations

import hashlib
import sqlite3
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

from storage.columns import read_at, write_text
from storage.records import LeftOutRow


def digest_key(key: str) -> str:
    """What stands for a conversation's key."""
    return hashlib.sha256(write_text(key).encode()).hexdigest()


def find_pattern(title: str, patterns: Iterable[str]) -> str | None:
    """The first of `patterns` that the whole title matches; letters of either case are one.

    `*` is any letters, `?` any one, `[ab]` one of those. Hangul of a Mac's file name, taken
    apart into its letters, is the same as any other.
    """
    folded = _fold(title)
    return next((p for p in patterns if fnmatchcase(folded, _fold(p))), None)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def list_left_out(connection: sqlite3.Connection) -> list[LeftOutRow]:
    """The oldest first."""
    rows = connection.execute("SELECT * FROM left_out ORDER BY id")
    return [
        LeftOutRow(
            id=row["id"],
            source_kind=row["source_kind"],
            key_digest=row["key_digest"],
            reason=row["reason"],
            pattern=row["pattern"],
            at=read_at(row["at"]),
        )
        for row in rows
    ]


def list_patterns(connection: sqlite3.Connection) -> list[str]:
    """Those given on the command line, in order of letters."""
    rows = connection.execute("SELECT pattern FROM excluded_patterns ORDER BY pattern")
    return [row["pattern"] for row in rows]


def list_erasures(connection: sqlite3.Connection) -> list[int]:
    """Conversations whose removal is not over; 0 stands for single messages."""
    return [row[0] for row in connection.execute("SELECT conversation_id FROM erasures ORDER BY 1")]

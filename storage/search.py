"""Finds words in messages and in the newest summaries, inside Korean words too.

The index holds which trigrams a text has (sqlite.org/fts5.html, "The Trigram Tokenizer"), and
not where. A word of more letters than three is looked for in the texts that have its trigrams;
one of two letters stands at the head of some trigram, and those are looked up first; a single
letter is looked for in what the others found. Every text in the index ends in a line break, so
that its last two letters head one too. The index follows the messages (`storage.indexing`): those
it has not reached are looked through.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from storage.columns import read_at, write_text
from storage.indexing import find_indexed_id
from storage.records import SearchHit

_CANDIDATES = 20_000
"""How many of the hits stored last are put in order of time: all of them, but for queries
that nearly everything matches."""

_SCANNED = 50_000
"""How many rows stored last are looked through where no index helps: for a query of single
letters alone, and of messages that are not indexed yet."""

_TRIGRAMS = 32
"""Of one word; the texts that have them are few, and compared with all of it."""

_LAST_CHARACTER = "\U0010ffff"

_Place = Literal["messages", "sentences"]

_HITS = {
    "messages": """
SELECT 'message' AS kind, c.id AS conversation_id, c.title AS conversation_title,
    x.id AS message_id, x.sender, x.sent_at AS at, x.text
FROM found JOIN messages x ON x.id = found.id JOIN conversations c ON c.id = x.conversation_id
ORDER BY x.sent_at DESC, x.position DESC, x.id DESC LIMIT ?
""",
    "sentences": """
SELECT 'summary' AS kind, c.id AS conversation_id, c.title AS conversation_title,
    NULL AS message_id, '' AS sender, s.made_at AS at, x.text
FROM found JOIN sentences x ON x.id = found.id JOIN summaries s ON s.id = x.summary_id
JOIN conversations c ON c.id = s.conversation_id
WHERE NOT x.is_quote AND NOT EXISTS (
    SELECT 1 FROM summaries n WHERE n.conversation_id = s.conversation_id AND n.id > s.id
)
ORDER BY s.made_at DESC, x.id LIMIT ?
""",
}


def search_archive(connection: sqlite3.Connection, query: str, limit: int) -> list[SearchHit]:
    """Messages and sentences that hold every word of `query`, newest first.

    Words are what stands between spaces; nothing in them is syntax. Case does not matter. A
    sentence that is a quote is no hit: the message is. While very many messages wait for the
    index, only those stored last are found of them.
    """
    words = write_text(query).replace("\0", " ").split()
    if not words:
        return []
    connection.create_function("fold_case", 1, str.casefold, deterministic=True)
    hits = [
        *_search_place(connection, "messages", words, limit),
        *_search_place(connection, "sentences", words, limit),
    ]
    return sorted(hits, key=lambda hit: hit.at, reverse=True)[:limit]


def _search_place(
    connection: sqlite3.Connection, place: _Place, words: list[str], limit: int
) -> list[SearchHit]:
    parts: list[str] = []
    values: list[str | int] = []
    terms = [_make_term(connection, place, word) for word in words if len(word) > 1]
    if terms and "" not in terms:
        checks = [word for word in words if len(word) not in (2, 3)]
        parts.append(f"""SELECT * FROM (
            SELECT x.id FROM {place}_fts f JOIN {place} x ON x.id = f.rowid
            WHERE f.{place}_fts MATCH ? {_write_checks(checks)}
            ORDER BY f.rowid DESC LIMIT {_CANDIDATES})""")
        values += [" AND ".join(terms), *map(str.casefold, checks)]
    if not terms or place == "messages":
        parts.append(f"""SELECT x.id FROM (
            SELECT id, text FROM {place} WHERE id > ? ORDER BY id DESC LIMIT {_SCANNED}
            ) AS x WHERE true {_write_checks(words)}""")
        values += [find_indexed_id(connection) if terms else 0, *map(str.casefold, words)]
    if not parts:
        return []
    rows = connection.execute(
        f"WITH found AS ({' UNION ALL '.join(parts)}) {_HITS[place]}", [*values, limit]
    )
    return [SearchHit(**dict(row) | {"at": read_at(row["at"])}) for row in rows]


def _write_checks(words: list[str]) -> str:
    """SQL that each of these stands in `x.text`; its values are the words, their case folded."""
    return "".join(
        " AND instr(x.text, ?)"
        if word.casefold() == word.upper()  # a script without cases, Korean for one
        else " AND instr(fold_case(x.text), ?)"
        for word in words
    )


def _make_term(connection: sqlite3.Connection, place: _Place, word: str) -> str:
    """An FTS5 expression that is true of all texts with the word; "" when there are none."""
    if len(word) > 2:
        starts = [*range(0, len(word) - 3, 3), len(word) - 3]
        return " AND ".join(_quote(word[start : start + 3]) for start in starts[:_TRIGRAMS])
    head = word.lower()
    rows = connection.execute(
        f"SELECT term FROM {place}_trigrams WHERE term >= ? AND term <= ?",
        [head, head + _LAST_CHARACTER],
    )
    terms = " OR ".join(_quote(row["term"]) for row in rows)
    return f"({terms})" if terms else ""


def _quote(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'

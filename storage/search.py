"""Finds words in messages and in the newest summaries, inside Korean words too.

The index holds trigrams (sqlite.org/fts5.html, "The Trigram Tokenizer"). A word of three
letters or more is a phrase of them; one of two letters stands at the head of some trigram,
and those are looked up first; a single letter is looked for in what the others found.
Every text in the index ends in a line break, so that its last two letters head one too.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from storage.columns import read_at, write_text
from storage.records import SearchHit

_CANDIDATES = 20_000
"""How many of the hits stored last are put in order of time: all of them, but for queries
that nearly everything matches."""

_SCANNED = 50_000
"""How many rows stored last are looked through for a query of single letters alone."""

_LAST_CHARACTER = "\U0010ffff"

_Place = Literal["messages", "sentences"]

_HITS = {
    "messages": """
SELECT 'message' AS kind, c.id AS conversation_id, c.title AS conversation_title,
    x.id AS message_id, x.sender, x.sent_at AS at, x.text
FROM found JOIN messages x ON x.id = found.id JOIN conversations c ON c.id = x.conversation_id
WHERE true {filters}
ORDER BY x.sent_at DESC, x.position DESC, x.id DESC LIMIT ?
""",
    "sentences": """
SELECT 'summary' AS kind, c.id AS conversation_id, c.title AS conversation_title,
    NULL AS message_id, '' AS sender, s.made_at AS at, x.text
FROM found JOIN sentences x ON x.id = found.id JOIN summaries s ON s.id = x.summary_id
JOIN conversations c ON c.id = s.conversation_id
WHERE NOT x.is_quote AND NOT EXISTS (
    SELECT 1 FROM summaries n WHERE n.conversation_id = s.conversation_id AND n.id > s.id
) {filters}
ORDER BY s.made_at DESC, x.id LIMIT ?
""",
}


def search_archive(connection: sqlite3.Connection, query: str, limit: int) -> list[SearchHit]:
    """Messages and sentences that hold every word of `query`, newest first.

    Words are what stands between spaces; nothing in them is syntax. Case does not matter
    (beyond ASCII: for words of two letters or more). A sentence that is a quote is no hit: the
    message is.
    """
    words = write_text(query).replace("\0", " ").split()
    if not words:
        return []
    hits = [
        *_search_place(connection, "messages", words, limit),
        *_search_place(connection, "sentences", words, limit),
    ]
    return sorted(hits, key=lambda hit: hit.at, reverse=True)[:limit]


def _search_place(
    connection: sqlite3.Connection, place: _Place, words: list[str], limit: int
) -> list[SearchHit]:
    letters = [word for word in words if len(word) == 1]
    terms = [_make_term(connection, place, word) for word in words if len(word) > 1]
    if "" in terms:
        return []
    values: list[str | int]
    if terms:
        found = f"""SELECT rowid AS id FROM {place}_fts WHERE {place}_fts MATCH ?
            ORDER BY rowid DESC LIMIT {_CANDIDATES}"""
        values = [" AND ".join(terms)]
    else:
        found = f"SELECT id FROM {place} ORDER BY id DESC LIMIT {_SCANNED}"
        values = []
    filters = " AND x.text LIKE ? ESCAPE '\\'" * len(letters)
    rows = connection.execute(
        f"WITH found AS ({found}) {_HITS[place].format(filters=filters)}",
        [*values, *(f"%{_escape(letter)}%" for letter in letters), limit],
    )
    return [SearchHit(**dict(row) | {"at": read_at(row["at"])}) for row in rows]


def _make_term(connection: sqlite3.Connection, place: _Place, word: str) -> str:
    """An FTS5 expression for one word; "" when nothing can match it."""
    if len(word) > 2:
        return _quote(word)
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


def _escape(letter: str) -> str:
    """A letter as LIKE takes it literally."""
    return f"\\{letter}" if letter in "%_\\" else letter

"""Brings stored messages into the search index, the oldest first; part of a transaction.

Storing a message and indexing it at once takes twice as long as storing it, so that the index
follows (`storage.migrations.let_the_search_index_follow`). What it has not reached yet is
looked through by `storage.search`.
"""

from __future__ import annotations

import sqlite3


def index_step(connection: sqlite3.Connection, limit: int) -> None:
    """Index the oldest messages that are not, at most `limit`."""
    first_id = find_indexed_id(connection)
    (last_id,) = connection.execute(
        "SELECT max(id) FROM (SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?)",
        [first_id, limit],
    ).fetchone()
    if last_id is None:
        return
    connection.execute("UPDATE indexed SET last_id = ?", [last_id])
    connection.execute(
        """INSERT INTO messages_fts (rowid, text)
        SELECT id, text FROM searched_messages WHERE id > ?""",
        [first_id],
    )


def count_unindexed(connection: sqlite3.Connection) -> int:
    """How many messages the index has not reached."""
    query = "SELECT count(*) FROM messages WHERE id > ?"
    return int(connection.execute(query, [find_indexed_id(connection)]).fetchone()[0])


def find_indexed_id(connection: sqlite3.Connection) -> int:
    """Messages of greater ids are not in the index; ids only ever grow."""
    return int(connection.execute("SELECT last_id FROM indexed").fetchone()[0])

"""Each migration keeps what an archive of the schema before it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.archive import Archive
from storage.connection import SCHEMA_VERSION, read_version
from storage.migrations import migrations
from storage.reader import Reader

FIRST_SCHEMA = """
INSERT INTO conversations VALUES
    (1, 'kakaotalk', 'room', 'KakaoTalk', 'mark', 'The room', 'group', '[]', 0);
INSERT INTO messages VALUES
    (1, 1, 'a', 'Mina', 0, 0, 0, 'lunch at noon?', 'text', 0, NULL, NULL, 0, 1);
INSERT INTO messages_fts (rowid, text) SELECT id, text FROM searched_messages;
INSERT INTO summaries VALUES
    (1, 1, 'old', 'en', 'extractive', 'refused', '', 1, 0, 1, '[]', NULL, '{}', 0.5, 0, 0),
    (2, 1, 'new', 'en', 'model', 'done', 'Lunch', 1, 0, 1, '[]', 'tiny', '{}', 0.5, 0, 0);
INSERT INTO sentences VALUES (1, 1, 'Mina: lunch at noon?'), (2, 2, 'Mina asks about lunch.');
INSERT INTO sentence_evidence VALUES (1, 0, 1), (2, 0, 1);
"""


@pytest.fixture
def old_path(archive_path: Path) -> Path:
    """An archive of the first schema with a summary that quotes and one by a model."""
    archive_path.parent.mkdir()
    with closing(sqlite3.connect(archive_path, isolation_level=None)) as connection:
        database = Database(connection, execute_plugins=False)
        migrations.apply(database, stop_before="mark_quotes")
        connection.execute("PRAGMA user_version = 1")
        connection.executescript(FIRST_SCHEMA)
    return archive_path


def test_sentences_of_older_extractive_summaries_are_quotes_and_a_models_are_not(
    old_path: Path,
) -> None:
    with Archive.open(old_path), Reader.open(old_path) as reader:
        told = [
            (sentence.text, sentence.evidence, sentence.is_quote)
            for summary_id in (1, 2)
            for sentence in reader.get_summary(summary_id).sentences
        ]
        assert told == [
            ("Mina: lunch at noon?", (1,), True),
            ("Mina asks about lunch.", (1,), False),
        ]
        (row,) = reader.conversations()
        assert (row.first_line, row.topic, row.unread) == ("Mina asks about lunch.", "Lunch", 1)
        assert {(hit.kind, hit.text) for hit in reader.search("lunch")} == {
            ("message", "lunch at noon?"),
            ("summary", "Mina asks about lunch."),
        }
        assert reader.check_integrity() == []


def test_an_archive_is_migrated_once(old_path: Path) -> None:
    for _ in range(2):
        Archive.open(old_path).close()
        with closing(sqlite3.connect(old_path)) as connection:
            assert read_version(connection) == SCHEMA_VERSION == len(migrations._migrations)


NEXT = ["mark_quotes", "let_messages_expire", "let_conversations_be_forgotten", "count_failures"]
NEXT += ["let_the_search_index_follow", "count_messages"]
"""The migration behind each schema, from the first one on."""


@pytest.mark.parametrize(("version", "following"), list(enumerate(NEXT, start=1)))
def test_what_an_older_schema_holds_is_found_before_and_after_it_is_indexed_anew(
    archive_path: Path, version: int, following: str
) -> None:
    archive_path.parent.mkdir()
    with closing(sqlite3.connect(archive_path, isolation_level=None)) as connection:
        database = Database(connection, execute_plugins=False)
        migrations.apply(database, stop_before="mark_quotes")
        connection.executescript(FIRST_SCHEMA)
        migrations.apply(database, stop_before=following)
        connection.execute(f"PRAGMA user_version = {version}")
    with Archive.open(archive_path) as archive, Reader.open(archive_path) as reader:
        for left in (0, 0):
            hits = [hit.text for hit in reader.search("lunch") if hit.kind == "message"]
            assert hits == ["lunch at noon?"]
            assert archive.index_messages(10) == left
        assert reader.check_integrity() == []
        with archive._write() as db:
            db.execute(
                "INSERT INTO messages_fts (messages_fts, rank) VALUES ('integrity-check', 1)"
            )


def test_every_earlier_schema_is_tried() -> None:
    assert [m.name for m in migrations._migrations][1:] == NEXT

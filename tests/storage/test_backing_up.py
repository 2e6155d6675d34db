"""A migration leaves a copy behind as long as it may be needed, and no longer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

import storage.archive
from storage.archive import Archive
from storage.backing_up import find_backup
from storage.connection import SCHEMA_VERSION, read_version
from storage.errors import ArchiveBroken
from storage.migrations import migrations

_NAMES = [migration.name for migration in migrations.pending(Database(memory=True))]


@pytest.fixture(params=range(1, len(_NAMES)), ids=lambda version: f"schema-{version}")
def old_path(request: pytest.FixtureRequest, archive_path: Path) -> Path:
    """An archive of every earlier schema, with a conversation in it, its log not empty."""
    archive_path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(archive_path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        database = Database(connection, execute_plugins=False)
        migrations.apply(database, stop_before=_NAMES[request.param])
        connection.execute(f"PRAGMA user_version = {request.param}")
        connection.execute(
            "INSERT INTO conversations VALUES "
            "(1, 'kakaotalk', 'room', 'KakaoTalk', 'mark', 'The room', 'group', '[]', 0)"
        )
    return archive_path


def read_titles(path: Path) -> tuple[int, list[str]]:
    """The schema's version, and the conversations, read past everything of ours."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT title FROM conversations").fetchall()
        return read_version(connection), [title for (title,) in rows]


def test_nothing_is_left_after_a_migration(old_path: Path) -> None:
    Archive.open(old_path).close()
    assert read_titles(old_path) == (SCHEMA_VERSION, ["The room"])
    assert not find_backup(old_path).exists()


def test_the_copy_is_whole_and_private_while_the_schema_changes(
    old_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, _ = read_titles(old_path)
    seen = []

    def look(_: Database) -> None:
        backup = find_backup(old_path)
        seen.append((backup.stat().st_mode & 0o777, read_titles(backup)))
        raise KeyboardInterrupt

    monkeypatch.setattr(storage.archive, "migrate", look)
    with pytest.raises(KeyboardInterrupt):
        Archive.open(old_path)
    assert seen == [(0o600, (version, ["The room"]))]
    assert read_titles(old_path) == (version, ["The room"])
    assert read_titles(find_backup(old_path)) == (version, ["The room"])
    monkeypatch.undo()
    Archive.open(old_path).close()
    assert read_titles(old_path)[0] == SCHEMA_VERSION
    assert not find_backup(old_path).exists()


def test_one_killed_after_the_migration_leaves_the_copy_to_the_next(old_path: Path) -> None:
    Archive.open(old_path).close()
    find_backup(old_path).write_bytes(b"a copy")
    Archive.open(old_path).close()
    assert not find_backup(old_path).exists()


def test_the_copy_stays_where_the_migrated_archive_is_damaged(archive_path: Path) -> None:
    Archive.open(archive_path).close()
    find_backup(archive_path).write_bytes(b"a copy")
    with closing(sqlite3.connect(archive_path)) as connection:
        connection.execute("INSERT INTO source_conversations VALUES (7, 7)")
        connection.commit()
    with pytest.raises(ArchiveBroken) as caught:
        Archive.open(archive_path)
    assert find_backup(archive_path).name in caught.value.next_step
    assert find_backup(archive_path).read_bytes() == b"a copy"


def test_a_new_archive_needs_no_copy(archive_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise AssertionError("copied nothing")

    monkeypatch.setattr(storage.archive, "back_up", fail)
    Archive.open(archive_path).close()

"""Killed at any instant, the program loses nothing, doubles nothing and leaves nothing behind.

200 kills by default; `KILLS=1000` makes it as many. Half of the instants are moments, half are
steps of SQLite's own machine, in the middle of statements.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from companion.config import load_config
from inference.modelfolder import read_folder
from storage.connection import SCHEMA_VERSION, read_version
from storage.migrations import migrations

if TYPE_CHECKING:
    from tests.companion.surviving.conftest import Home, Killer, Messages, Nursery


@dataclass
class Export:
    """A WhatsApp export, and the lines that it holds so far."""

    path: Path
    texts: list[str]

    def grow(self, count: int) -> None:
        """By lines a minute apart, each another one."""
        start = len(self.texts)
        self.texts += [f"line {number} " + "of words" * 6 for number in range(start, start + count)]
        lines = [
            f"{1 + number // 1440:02}/11/2026, {number // 60 % 24:02}:{number % 60:02} - "
            f"{('Marta', 'Ben', 'Jiwoo')[number % 3]}: {text}\n"
            for number, text in enumerate(self.texts)
        ]
        self.path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def export(tmp_path: Path) -> Export:
    export = Export(tmp_path / "WhatsApp Chat with Climbing.txt", [])
    export.grow(240)
    return export


def test_a_setting_is_the_old_or_the_new_one(
    survivor: Home, killer: Killer, template: Path
) -> None:
    survivor.paths.config_file.write_text("# mine\npoll_s = 7\n", encoding="utf-8")
    shutil.copytree(survivor.paths.data, template)

    def check() -> None:
        config = load_config(survivor.paths.config_file)
        assert config.poll_s == 7
        assert config.model in {"default", "none"}

    def finish() -> None:
        check()
        survivor.require_clean()
        assert load_config(survivor.paths.config_file).model == "none"

    killer.kill_often(
        *("model", "use", "none"),
        renew=lambda: survivor.lay_out(template),
        check=check,
        finish=finish,
    )


class Known:
    """What the archive may hold: every message as it was and as it is to be."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.was: Messages = {}
        self.final: Messages = {}

    def note_before(self) -> None:
        self.was = self.home.list_messages()

    def note_final(self) -> None:
        self.final = self.home.list_messages()

    def check(self) -> None:
        """After a kill: nothing but what was or is to be; a first import leaves nothing unread that
        is not to be.
        """
        self.home.require_sound()
        found = self.home.list_messages()
        assert found.keys() >= self.was.keys() & self.final.keys()
        for key, row in found.items():
            told = [rows[key] for rows in (self.was, self.final) if key in rows]
            assert replace(row, is_unread=False) in [replace(one, is_unread=False) for one in told]
            # In a chat that is known, what the owner answered later on is new until that is read.
            assert self.was or row.is_unread <= self.final[key].is_unread

    def finish(self) -> None:
        """All of it, as if nothing had happened."""
        self.home.require_sound()
        self.home.require_clean()
        assert self.home.list_messages() == self.final


def test_a_first_import_is_as_if_it_was_never_killed(
    survivor: Home, killer: Killer, export: Export, chat_db: Path, template: Path
) -> None:
    for path in (export.path, chat_db):
        survivor.register(path)
    shutil.copytree(survivor.paths.data, template)
    known = Known(survivor)
    killer.nursery.run("sync")
    known.note_final()
    texts = [row.text for row in known.final.values() if row.text.startswith("line ")]
    assert sorted(texts) == sorted(export.texts)
    assert any(row.is_unread for row in known.final.values())
    killer.kill_often(
        "sync",
        renew=lambda: survivor.lay_out(template),
        check=known.check,
        finish=known.finish,
        batch_messages=50,
    )


def test_what_a_store_adds_edits_and_removes_is_as_if_it_was_never_killed(
    survivor: Home, killer: Killer, export: Export, chat_db: Path, template: Path
) -> None:
    for path in (export.path, chat_db):
        survivor.register(path)
    killer.nursery.run("sync")
    known = Known(survivor)
    known.note_before()
    shutil.copytree(survivor.paths.data, template)
    export.grow(150)
    with closing(sqlite3.connect(chat_db, isolation_level=None)) as database:
        database.executescript("""
            UPDATE message SET is_read = 1, date_read = date + 60000000000 WHERE ROWID < 6;
            UPDATE message SET text = 'No, at 16:00', attributedBody = NULL,
                date_edited = date + 60000000000 WHERE ROWID = 6;
            DELETE FROM chat_message_join WHERE message_id = 3;
            DELETE FROM message WHERE ROWID = 3;
        """)
    killer.nursery.run("sync")
    known.note_final()
    assert len(known.final) == len(known.was) + 150 - 1
    killer.kill_often(
        "sync",
        renew=lambda: survivor.lay_out(template),
        check=known.check,
        finish=known.finish,
        batch_messages=50,
    )


def test_a_migration_is_whole_or_not_there(survivor: Home, killer: Killer, template: Path) -> None:
    survivor.paths.archive_file.touch(mode=0o600)
    with closing(sqlite3.connect(survivor.paths.archive_file, isolation_level=None)) as connection:
        database = Database(connection, execute_plugins=False)
        migrations.apply(database, stop_before="mark_quotes")
        connection.execute("PRAGMA user_version = 1")
        connection.executescript(_OLD_ROWS)
    shutil.copytree(survivor.paths.data, template)

    def count() -> dict[str, int]:
        with closing(sqlite3.connect(survivor.paths.archive_file)) as connection:
            return {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("conversations", "messages", "summaries", "sentences", "todos")
            }

    expected = count()

    def check() -> None:
        survivor.require_sound()
        assert count() == expected
        with closing(sqlite3.connect(survivor.paths.archive_file)) as connection:
            assert read_version(connection) in {1, SCHEMA_VERSION}

    killer.nursery.run("sync")
    final = survivor.list_messages()
    assert len(final) == expected["messages"]

    def finish() -> None:
        check()
        survivor.require_clean()
        assert survivor.list_messages() == final
        with survivor.read() as reader:
            quotes = [sentence.is_quote for sentence in reader.get_summary(1).sentences]
            assert quotes == [True]
            assert len(reader.search("number 777", limit=1_000)) == 1

    killer.kill_often("sync", renew=lambda: survivor.lay_out(template), check=check, finish=finish)


_OLD_ROWS = """
INSERT INTO conversations VALUES
    (1, 'kakaotalk', 'room', 'KakaoTalk', 'mark', 'The room', 'group', '[]', 0);
INSERT INTO messages
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    SELECT i, 1, 'uid ' || i, 'Mina', 0, i, 0, 'text number ' || i, 'text', 0, NULL, NULL, 0, 1
    FROM n;
INSERT INTO messages_fts (rowid, text) SELECT id, text FROM searched_messages;
INSERT INTO summaries
    SELECT id, 1, 'hash ' || id, 'en', 'extractive', 'refused', '', 1, 0, 1, '[]', NULL, '{}', 0.5,
        0, 0 FROM messages WHERE id <= 300;
INSERT INTO sentences SELECT id, id, 'Mina: text number ' || id FROM summaries;
INSERT INTO todos
    SELECT id, id, 'Mina', 'call', '', 0, NULL, NULL FROM summaries;
"""


@dataclass
class Model:
    """A small model of the user's, known and not converted."""

    home: Home
    source: Path
    name: str = "small"

    @property
    def models(self) -> Path:
        return self.home.paths.cache / "models"

    def list_folders(self) -> list[Path]:
        """Those that pass for converted models."""
        return [path for path in self.models.glob(f"{self.name}-*") if path.is_dir()]

    def check(self) -> None:
        """There is no model, or a whole one."""
        for folder in self.list_folders():
            assert read_folder(folder).model_file.stat().st_size > 0

    def finish(self) -> None:
        """There is one, and nothing else is left."""
        (folder,) = self.list_folders()
        read_folder(folder)
        assert {path.name for path in self.models.iterdir() if path.suffix != ".lock"} == {
            "added",
            "files",
            folder.name,
        }
        self.home.require_clean()
        assert {path.name for path in (self.models / "added").iterdir()} == {"small.json"}
        assert len(list((self.models / "files").iterdir())) == 1


@pytest.fixture
def model(survivor: Home, nursery: Nursery, tmp_path: Path, template: Path) -> Model:
    from tests.inference.conversion.conftest import TinyModel

    source = TinyModel("llama").write(tmp_path / "small.gguf")
    nursery.run("model", "add", str(source))
    shutil.copytree(survivor.paths.data, template)
    return Model(survivor, source)


def test_a_conversion_is_whole_or_not_there(
    killer: Killer, survivor: Home, model: Model, template: Path
) -> None:
    folder = model.models / "small-converted"
    killer.kill_often(
        *(str(model.source), str(folder)),
        converts=True,
        renew=lambda: survivor.lay_out(template),
        check=model.check,
        finish=model.finish,
    )


def test_a_command_killed_while_it_converts_leaves_nothing(
    killer: Killer, survivor: Home, model: Model, template: Path
) -> None:
    def renew() -> None:
        survivor.lay_out(template)

    killer.kill_often(
        *("model", "pull", "small"), renew=renew, check=model.check, finish=model.finish
    )

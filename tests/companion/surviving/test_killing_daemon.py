"""Killed at any instant, the daemon and its commands make everything whole, and once."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from storage.archive import Archive
from storage.records import DigestRow, SummaryRow

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox, ScriptedEngine
    from tests.companion.surviving.conftest import Child, Home, Killer


@pytest.fixture
def told(inbox: Inbox, engine: ScriptedEngine, survivor: Home, template: Path) -> Path:
    """A home with two conversations that are unread; a model writes gists of them."""
    inbox.tell_climbing()
    inbox.tell_trip()
    inbox.reader.close()
    inbox.archive.close()
    shutil.copytree(survivor.paths.data, template)
    return template


@pytest.fixture
def clock_file(tmp_path: Path, inbox: Inbox) -> Path:
    """It is 21:30 in Seoul on the inbox's day when the test begins."""
    from companion.clock import read_now

    file = tmp_path / "clock"
    file.write_text(str((inbox.at - read_now()).total_seconds()), encoding="ascii")
    return file


class Summaries:
    """Every summary that the archive ever kept, by conversation and input."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.final: dict[tuple[int, str], SummaryRow] = {}
        self.done: dict[tuple[int, str], int] = {}
        self.todos: list[tuple[int, str, str]] = []

    def note_final(self) -> None:
        rows = list_summaries(self.home)
        self.final = {(row.conversation_id, row.input_hash): row for row in rows}
        assert len(self.final) == len(rows) == 2
        assert {row.gist for row in rows} == {"done"}
        assert all(row.todos and row.sentences for row in rows)
        assert all(sentence.evidence for row in rows for sentence in row.sentences)
        self.todos = self._list_todos()

    def renew(self) -> None:
        self.done = {}

    def check(self) -> None:
        """Each is whole, and one that was finished is not made again."""
        self.home.require_sound()
        found = list_summaries(self.home)
        keys = [(row.conversation_id, row.input_hash) for row in found]
        assert len(keys) == len(set(keys))
        for key, row in zip(keys, found, strict=True):
            final = self.final[key]
            if row.gist == "pending":
                assert row.highlights == final.highlights
            else:
                assert _strip(row) == _strip(final)
                assert self.done.setdefault(key, row.id) == row.id
        assert self.done.keys() <= set(keys)

    def finish(self) -> None:
        """All of them, once, and their to-dos."""
        self.check()
        self.home.require_clean()
        assert self.done.keys() == self.final.keys()
        assert self._list_todos() == self.todos

    def _list_todos(self) -> list[tuple[int, str, str]]:
        with self.home.read() as reader:
            return sorted((todo.conversation_id, todo.who, todo.what) for todo in reader.todos())


def list_summaries(home: Home) -> list[SummaryRow]:
    """Every summary that was ever kept."""
    with closing(sqlite3.connect(home.paths.archive_file)) as database, home.read() as reader:
        ids = database.execute("SELECT id FROM summaries").fetchall()
        return [reader.get_summary(id_) for (id_,) in ids]


def _strip(row: SummaryRow) -> SummaryRow:
    """What two runs on the same input have in common."""
    todos = tuple(replace(todo, id=0) for todo in row.todos)
    return replace(row, id=0, made_at=None, elapsed_s=0.0, todos=todos)  # type: ignore[arg-type]


def test_summaries_are_whole_and_made_once(
    survivor: Home, killer: Killer, told: Path, engine: ScriptedEngine, clock_file: Path
) -> None:
    hooks: dict[str, Any] = {"scripted": engine.script, "clock_file": str(clock_file)}
    killer.nursery.run("summarize", **hooks)
    summaries = Summaries(survivor)
    summaries.note_final()

    def renew() -> None:
        survivor.lay_out(told)
        summaries.renew()

    killer.kill_often(
        "summarize", renew=renew, check=summaries.check, finish=summaries.finish, **hooks
    )


def test_a_digest_is_whole_and_there_once(
    survivor: Home, killer: Killer, told: Path, engine: ScriptedEngine, clock_file: Path
) -> None:
    hooks: dict[str, Any] = {"scripted": engine.script, "clock_file": str(clock_file)}
    for command in (("summarize",), ("digest", "--now")):
        killer.nursery.run(*command, **hooks)
    (final,) = _list_digests(survivor)
    assert "Mile End" in final.markdown
    with Archive.open(survivor.paths.archive_file) as archive:
        archive._database.execute("DELETE FROM digests")
    shutil.rmtree(told)
    shutil.copytree(survivor.paths.data, told)

    def check() -> None:
        survivor.require_sound()
        for digest in _list_digests(survivor):
            assert replace(digest, made_at=final.made_at) == final

    def finish() -> None:
        check()
        survivor.require_clean()
        assert len(_list_digests(survivor)) == 1

    killer.kill_often(
        *("digest", "--now"),
        renew=lambda: survivor.lay_out(told),
        check=check,
        finish=finish,
        **hooks,
    )


def _list_digests(home: Home) -> list[DigestRow]:
    with home.read() as reader:
        return reader.digests(10)


def test_a_killed_daemon_does_everything_once(
    survivor: Home,
    killer: Killer,
    inbox: Inbox,
    engine: ScriptedEngine,
    clock_file: Path,
    chat_db: Path,
    template: Path,
) -> None:
    inbox.archive.remove_source(inbox.source_id)
    inbox.reader.close()
    inbox.archive.close()
    survivor.register(chat_db, at=inbox.at - timedelta(days=1))
    survivor.paths.config_file.write_text(_IMPATIENT, encoding="utf-8")
    shutil.copytree(survivor.paths.data, template)
    hooks: dict[str, Any] = {"scripted": engine.script, "clock_file": str(clock_file)}
    life = Life(survivor, [])

    def start() -> Child:
        life.texts.append(f"message number {len(life.texts)}")
        write_message(chat_db, life.texts[-1])
        return killer.nursery.start("run", **hooks)

    child = start()
    child.wait_until(life.is_all_done)
    length_s = time.monotonic() - child.started_s
    child.kill()
    survivor.lay_out(template)
    for _ in range(killer.kills):
        child = start()
        child.ends_within(killer.dice.uniform(0.0, length_s))
        assert child.kill() == -signal.SIGKILL, killer.nursery.read_log()
        life.check()
    child = start()
    child.wait_until(life.is_all_done)
    os.kill(child.id, signal.SIGTERM)
    assert child.wait() == 0, killer.nursery.read_log()
    life.check()
    survivor.require_clean()
    found = survivor.list_messages()
    survivor.lay_out(template)
    killer.nursery.run("sync")
    assert found == survivor.list_messages()


_IMPATIENT = """
poll_s = 1
settle_s = 0
settle_limit_s = 0
digest_cron = "* * * * *"
"""


@dataclass
class Life:
    """What a daemon did that was killed again and again."""

    home: Home
    texts: list[str]
    """What the test wrote into the store."""

    digests: list[DigestRow] = field(default_factory=list)

    def check(self) -> None:
        """After a kill: nothing twice, nothing invented, and what was made is not made again."""
        self.home.require_sound()
        if not self.home.paths.archive_file.exists():
            return
        found = self._list_texts()
        assert len(found) == len(set(found))
        assert set(found) <= set(self.texts)
        rows = list_summaries(self.home)
        keys = [(row.conversation_id, row.input_hash) for row in rows]
        assert len(keys) == len(set(keys))
        digests = _list_digests(self.home)
        assert self.digests in ([], digests)
        self.digests = digests

    def _list_texts(self) -> list[str]:
        texts = [row.text for row in self.home.list_messages().values()]
        return [text for text in texts if text.startswith("message number")]

    def is_all_done(self) -> bool:
        """Whether the daemon that runs has nothing left to do."""
        with self.home.read() as reader:
            rows = reader.conversations(unread_only=True)
            summaries = [reader.find_summary(row.id) for row in rows]
            running = [run for run in reader.runs(limit=100) if run.outcome == "running"]
            digests = reader.digests(10)
        if running or not digests or self.texts[-1] not in self._list_texts():
            return False
        return bool(rows) and all(
            summary is not None and summary.gist != "pending" and summary.unread == row.unread
            for row, summary in zip(rows, summaries, strict=True)
        )


def write_message(store: Path, text: str) -> None:
    """Commit one incoming message, as the messenger would."""
    with closing(sqlite3.connect(store)) as database, database:
        (row, date) = database.execute(
            "SELECT max(ROWID) + 1, max(date) + 1000000000 FROM message"
        ).fetchone()
        database.execute(
            "INSERT INTO message (ROWID, guid, text, handle_id, service, date, is_from_me, is_read)"
            " VALUES (?, ?, ?, 1, 'iMessage', ?, 0, 0)",
            (row, f"NEW-{row}", text, date),
        )
        database.execute("INSERT INTO chat_message_join VALUES (1, ?, ?)", (row, date))

"""A change of a store is told, whichever of its files it touches; other files are not ours."""

from __future__ import annotations

import queue
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from companion.watching import Watcher

PATIENCE_S = 30.0

Told = queue.Queue[int]


@pytest.fixture
def told() -> Told:
    """Names of the stores that changed, in order."""
    return queue.Queue()


@pytest.fixture
def watcher(told: Told) -> Iterator[Watcher]:
    watcher = Watcher(told.put)
    watcher.start()
    yield watcher
    watcher.stop()


def wait_for(told: Told, name: int) -> set[int]:
    """Everything told until `name` is."""
    seen: set[int] = set()
    while name not in seen:
        seen.add(told.get(timeout=PATIENCE_S))
    return seen


def test_a_commit_to_a_wal_database_is_told(watcher: Watcher, told: Told, tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE message (text)")
        watcher.watch({1: path})
        before = path.stat().st_mtime_ns
        database.execute("INSERT INTO message VALUES ('hello')")
        wait_for(told, 1)
        assert path.stat().st_mtime_ns == before


def test_a_file_that_takes_the_place_of_another_is_told(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    path = tmp_path / "export.txt"
    path.write_text("old")
    watcher.watch({1: path})
    (tmp_path / "download.part").write_text("new")
    (tmp_path / "download.part").replace(path)
    wait_for(told, 1)


@pytest.mark.parametrize("is_kept", [False, True], ids=["deleted", "moved away"])
def test_a_folder_that_goes_away_and_comes_back_is_watched_again(
    watcher: Watcher, told: Told, tmp_path: Path, is_kept: bool
) -> None:
    folder = tmp_path / "stick"
    path = folder / "export.txt"
    folder.mkdir()
    path.write_text("one")
    watcher.watch({1: path})
    if is_kept:
        folder.rename(tmp_path / "away")
        assert watcher.watch({1: path})
        (tmp_path / "away").rename(folder)
    else:
        shutil.rmtree(folder)
        folder.mkdir()
    deadline_s = time.monotonic() + PATIENCE_S
    while not watcher.watch({1: path}):
        assert time.monotonic() < deadline_s
        time.sleep(0.01)  # the watch ends a moment after its folder
    assert not watcher.watch({1: path})
    while not told.empty():
        told.get()
    path.write_text("two")
    wait_for(told, 1)


def test_a_file_inside_a_folder_that_is_a_store_is_told(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    watcher.watch({1: folder})
    (folder / "one.jsonl").write_text("{}\n")
    wait_for(told, 1)


@pytest.mark.parametrize("inside", ["new", "cur", ".Lists/new", "general"])
def test_a_file_deep_inside_a_folder_that_is_a_store_is_told(
    watcher: Watcher, told: Told, tmp_path: Path, inside: str
) -> None:
    folder = tmp_path / "store"
    (folder / inside).mkdir(parents=True)
    watcher.watch({1: folder})
    (folder / inside / "2026-11-24.json").write_text("[]")
    wait_for(told, 1)


def test_a_folder_made_inside_a_store_later_is_watched_too(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    watcher.watch({1: folder})
    (folder / ".Lists" / "new").mkdir(parents=True)
    (folder / ".Lists" / "new" / "1.host").write_text("From: a\n")
    wait_for(told, 1)


def test_of_the_folder_around_a_single_file_only_the_file_is_told(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "a.txt.d").mkdir()
    watcher.watch({1: tmp_path / "a.txt", 2: tmp_path / "last.txt"})
    (tmp_path / "a.txt.d" / "deep.txt").write_text("x")
    (tmp_path / "last.txt").write_text("x")
    assert wait_for(told, 2) == {2}


def test_a_store_and_a_folder_that_is_the_one_around_it_are_both_told(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    watcher.watch({1: tmp_path / "a.txt", 2: tmp_path})
    (tmp_path / "a.txt").write_text("x")
    assert wait_for(told, 1) <= {1, 2}
    (tmp_path / "deep" / "b.txt").write_text("x")
    wait_for(told, 2)


def test_each_store_is_told_by_its_own_name_and_strangers_are_not(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    watcher.watch({1: tmp_path / "a.txt", 2: tmp_path / "b.txt"})
    (tmp_path / "stranger.txt").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    # Events come in order: had the stranger been told, it would be here.
    assert wait_for(told, 2) == {2}


def test_reading_a_store_is_no_change(watcher: Watcher, told: Told, tmp_path: Path) -> None:
    path, last = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("hello")
    watcher.watch({1: path, 2: last})
    path.read_text()
    last.write_text("x")
    assert wait_for(told, 2) == {2}


def test_what_is_watched_is_replaced(watcher: Watcher, told: Told, tmp_path: Path) -> None:
    old, new = tmp_path / "a.txt", tmp_path / "b.txt"
    assert watcher.watch({1: old})
    assert not watcher.watch({1: old})
    assert watcher.watch({2: new})
    old.write_text("x")
    new.write_text("x")
    assert wait_for(told, 2) == {2}


def test_a_folder_that_is_not_there_stops_nothing(
    watcher: Watcher, told: Told, tmp_path: Path
) -> None:
    watcher.watch({1: tmp_path / "unplugged" / "a.txt", 2: tmp_path / "b.txt"})
    (tmp_path / "b.txt").write_text("x")
    wait_for(told, 2)

"""A store at rest is read again only when something about it changed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.errors import NotAStore
from companion.sources.interface import Change, CursorAdvanced, Skipped, Source
from companion.sources.resting import read_unless_resting

if TYPE_CHECKING:
    from tests.companion.sources.conftest import Follower

JOURNALS = pytest.mark.parametrize("journal", ["WAL", "DELETE"])


class Notes(Source):
    """Tells from where it is read; its own cursor counts up."""

    kind = "notes"
    label = "Notes"
    unread_origin = "mark"
    is_live = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        return path.is_file()

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        return read_unless_resting(self.path, cursor, self.settings.me, self._read)

    def _read(self, cursor: str | None) -> Iterator[Change]:
        yield Skipped(f"read from {cursor}")
        yield CursorAdvanced(str(int(cursor or 0) + 1))


def told(cursor: str | None) -> list[Change]:
    """What a reading from there tells."""
    return [Skipped(f"read from {cursor}")]


def write(path: Path, journal: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("CREATE TABLE IF NOT EXISTS note (text)")
    connection.execute("INSERT INTO note VALUES ('x')")
    return connection


@pytest.fixture
def follower(tmp_path: Path, make_follower: Callable[..., Follower]) -> Follower:
    return make_follower(Notes, tmp_path / "a.db")


@JOURNALS
def test_at_rest_it_is_read_once_and_after_each_change(follower: Follower, journal: str) -> None:
    write(follower.path, journal).close()
    assert [follower.read() for _ in range(3)] == [told(None), [], []]
    write(follower.path, journal).close()
    assert [follower.read() for _ in range(2)] == [told("1"), []]


def test_while_somebody_has_it_open_it_is_always_read(follower: Follower) -> None:
    with closing(write(follower.path, "WAL")):
        assert [follower.read() for _ in range(2)] == [told(None), told("1")]
    assert [follower.read() for _ in range(2)] == [told("2"), []]


def test_in_the_middle_of_a_change_it_is_read(follower: Follower) -> None:
    with closing(write(follower.path, "DELETE")) as writer:
        follower.read()
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO note VALUES ('y')")
        assert follower.read() == told("1")


def test_another_file_of_the_same_size_and_time_is_read(follower: Follower, tmp_path: Path) -> None:
    write(follower.path, "DELETE").close()
    follower.read()
    other = tmp_path / "other.db"
    other.write_bytes(follower.path.read_bytes())
    status = follower.path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(follower.path)
    assert [follower.read() for _ in range(2)] == [told("1"), []]


def test_other_settings_are_a_reason_to_read(follower: Follower) -> None:
    write(follower.path, "DELETE").close()
    follower.read()
    follower.me = ("me",)
    assert [follower.read() for _ in range(2)] == [told("1"), []]


@pytest.mark.parametrize("cursor", ["", "5", "[]", "{}", '{"rest": null}', "no JSON"])
def test_a_cursor_of_another_version_means_reading_all(follower: Follower, cursor: str) -> None:
    write(follower.path, "DELETE").close()
    follower.cursor = cursor
    assert follower.read() == told(None)


def test_a_missing_store_is_told(follower: Follower) -> None:
    with pytest.raises(NotAStore, match="does not exist"):
        follower.read()

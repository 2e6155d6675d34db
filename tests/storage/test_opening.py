"""Opening the archive: who may read it, what is refused and how it says so."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.archive import Archive
from storage.connection import SCHEMA_VERSION
from storage.errors import (
    ArchiveBroken,
    ArchiveLocked,
    ArchiveNewer,
    ArchiveOlder,
    ArchiveUnreadable,
    NoDiskSpace,
    RecordMissing,
    StorageError,
)
from storage.reader import Reader

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

Opener = Callable[[Path], Archive | Reader]
NOW = datetime(2026, 11, 24, tzinfo=UTC)
both = pytest.mark.parametrize("opener", [Archive.open, Reader.open])


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def list_modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in [folder, *folder.iterdir()]}


class TestPrivacy:
    def test_folder_and_files_are_the_owners_alone_whatever_the_umask(self, tmp_path: Path) -> None:
        path = tmp_path / "private" / "archive.db"
        before = os.umask(0)
        try:
            with Archive.open(path) as archive, Reader.open(path) as reader:
                archive.add_request("sync", {}, NOW)
                reader.totals()
                modes = list_modes(path.parent)
        finally:
            os.umask(before)
        assert modes == {
            "private": "0o700",
            "archive.db": "0o600",
            "archive.db-wal": "0o600",
            "archive.db-shm": "0o600",
        }

    def test_a_reader_alone_leaves_only_private_files(self, shelf: Shelf) -> None:
        shelf.reader.close()
        shelf.archive.close()
        before = os.umask(0)
        try:
            with Reader.open(shelf.path) as reader:
                assert reader.totals().messages == 0
                modes = set(list_modes(shelf.path.parent).values())
        finally:
            os.umask(before)
        assert modes == {"0o700", "0o600"}

    def test_files_that_others_could_read_are_closed_to_them(self, shelf: Shelf) -> None:
        files = list(shelf.path.parent.iterdir())
        for file in files:
            file.chmod(0o644)
        with Archive.open(shelf.path):
            assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


class TestRefusals:
    def test_nothing_stored_yet(self, archive_path: Path) -> None:
        with pytest.raises(RecordMissing) as caught:
            Reader.open(archive_path)
        assert "companion add" in caught.value.next_step
        assert not archive_path.parent.exists()

    def test_an_archive_that_is_only_being_made(self, archive_path: Path) -> None:
        archive_path.parent.mkdir()
        archive_path.touch()
        with pytest.raises(RecordMissing):
            Reader.open(archive_path)

    @both
    def test_one_of_a_newer_program_is_left_as_it_is(self, shelf: Shelf, opener: Opener) -> None:
        set_version(shelf.path, SCHEMA_VERSION + 1)
        with pytest.raises(ArchiveNewer, match=f"schema {SCHEMA_VERSION + 1}") as caught:
            opener(shelf.path)
        assert "update Companion" in caught.value.next_step

    @both
    def test_not_a_byte_of_a_newer_one_changes(self, archive_path: Path, opener: Opener) -> None:
        archive_path.parent.mkdir()
        with closing(sqlite3.connect(archive_path)) as connection:
            connection.execute("CREATE TABLE future (id INTEGER)")
        set_version(archive_path, SCHEMA_VERSION + 1)
        content = archive_path.read_bytes()
        with pytest.raises(ArchiveNewer):
            opener(archive_path)
        assert archive_path.read_bytes() == content

    def test_one_of_an_older_program_must_be_migrated_by_a_writer(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.connection.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        with pytest.raises(ArchiveOlder):
            Reader.open(shelf.path)

    @both
    @pytest.mark.parametrize("content", [b"no database at all, but long enough" * 40, b"SQLite"])
    def test_a_file_that_is_no_archive(
        self, archive_path: Path, opener: Opener, content: bytes
    ) -> None:
        archive_path.parent.mkdir()
        archive_path.write_bytes(content)
        with pytest.raises(ArchiveBroken) as caught:
            opener(archive_path)
        assert "backup" in caught.value.next_step
        assert archive_path.read_bytes() == content

    def test_pages_that_were_overwritten(self, shelf: Shelf) -> None:
        shelf.tell(*(shelf.make_message(n, "text " * 50) for n in range(200)))
        shelf.reader.close()
        shelf.archive.close()
        content = bytearray(shelf.path.read_bytes())
        content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
        shelf.path.write_bytes(content)
        with Reader.open(shelf.path) as reader, pytest.raises(ArchiveBroken):
            reader.conversations()

    @both
    def test_a_folder_in_its_place(self, archive_path: Path, opener: Opener) -> None:
        archive_path.mkdir(parents=True)
        with pytest.raises(ArchiveUnreadable):
            opener(archive_path)

    def test_a_file_where_its_folder_should_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ArchiveUnreadable):
            Archive.open(tmp_path / "file" / "archive.db")

    def test_a_writer_that_does_not_let_go(self, shelf: Shelf) -> None:
        with closing(sqlite3.connect(shelf.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with (
                Archive.open(shelf.path, busy_timeout_s=0.01) as archive,
                pytest.raises(ArchiveLocked) as caught,
            ):
                archive.add_request("sync", {}, NOW)
            assert "wait" in caught.value.next_step
            # Readers are not kept waiting.
            assert shelf.reader.totals().messages == 0
            other.execute("ROLLBACK")
        assert shelf.reader.requests() == []

    def test_a_full_disk_leaves_the_batch_before_whole(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        connection = shelf.archive._database.conn
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        big = [shelf.make_message(n, "text " * 100) for n in range(2, 400)]
        with pytest.raises(NoDiskSpace) as caught:
            shelf.tell(*big)
        assert "free some space" in caught.value.next_step
        assert shelf.reader.totals().messages == 1
        connection.execute("PRAGMA max_page_count = 1000000")
        assert shelf.tell(*big).added == 398
        assert shelf.reader.check_integrity() == []

    def test_a_mistake_of_ours_is_not_dressed_up(self, shelf: Shelf) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            shelf.tell(shelf.make_message(1, kind="riddle"))
        assert shelf.reader.conversations() == []

    @pytest.mark.parametrize("error", StorageError.__subclasses__())
    def test_every_error_has_a_next_step_and_an_exit_code(self, error: type[StorageError]) -> None:
        made = error("what", next_step="do this")
        assert (str(made), made.next_step, made.exit_code) == ("what", "do this", 1)


class TestReader:
    def test_cannot_write(self, shelf: Shelf) -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            shelf.reader._connection.execute("DELETE FROM sources")

    def test_opens_a_path_with_characters_that_mean_something_in_a_uri(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "a b?c#d%20e" / "기록.db"
        with Archive.open(path), Reader.open(path) as reader:
            assert reader.sources() == []
        assert [file.name for file in path.parent.iterdir()] == ["기록.db"]

    def test_sees_a_commit_by_its_version_and_whole(self, shelf: Shelf) -> None:
        version = shelf.reader.data_version()
        assert shelf.reader.data_version() == version
        shelf.tell(shelf.make_message(1))
        assert shelf.reader.data_version() != version

    def test_sees_nothing_of_a_transaction_that_is_not_over(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        version = shelf.reader.data_version()
        with shelf.archive._write() as db:
            db.execute("DELETE FROM messages")
            assert shelf.reader.totals().messages == 1
            assert shelf.reader.data_version() == version
        assert shelf.reader.totals().messages == 0

    def test_closing_twice_is_fine(self, shelf: Shelf) -> None:
        for _ in range(2):
            shelf.reader.close()
            shelf.archive.close()

    def test_names_rows_that_point_to_nothing(self, shelf: Shelf) -> None:
        shelf.tell(shelf.make_message(1))
        with closing(sqlite3.connect(shelf.path)) as careless:
            careless.execute("DELETE FROM conversations")
            careless.commit()
        assert "points to nothing" in "; ".join(shelf.reader.check_integrity())

    @pytest.mark.parametrize("library", ["sqlite_utils", "numpy", "psutil", "storage.archive"])
    def test_imports_no_library_of_the_write_side(self, library: str) -> None:
        code = f"import sys, storage.reader; sys.exit({library!r} in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_processes_may_open_a_new_archive_at_once(archive_path: Path) -> None:
    code = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive import Archive
sys.stdin.readline()
with Archive.open(Path(sys.argv[1])) as archive:
    archive.add_request("sync", {}, datetime.now(UTC))
"""
    command = [sys.executable, "-c", code, str(archive_path)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(4)]
    for process in processes:
        process.communicate(b"go\n")
    assert [process.returncode for process in processes] == [0] * 4
    with Reader.open(archive_path) as reader:
        assert len(reader.requests()) == 4
        assert reader.check_integrity() == []

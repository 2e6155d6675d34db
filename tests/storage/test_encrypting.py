"""An encrypted archive does all that a plain one does, tells nothing, and comes back whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

import storage.archive
import storage.encrypting
from storage.archive import Archive
from storage.backing_up import back_up, find_backup
from storage.connection import SCHEMA_VERSION, read_version
from storage.encrypting import decrypt_archive, encrypt_archive, find_converted
from storage.errors import ArchiveBroken, ArchiveLocked, KeyUnusable, NoDiskSpace
from storage.migrations import migrations
from storage.reader import Reader
from storage.unlocking import connect, is_plain, provide_keys, set_key

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
CANARY = "beryllium 코끼리"
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forget_keys() -> Iterator[None]:
    """Keys are the process's, and this one runs other tests, too."""
    yield
    provide_keys(None)


@pytest.fixture
def path(shelf: Shelf) -> Path:
    """A plain archive with a few hundred messages, found in its index, open nowhere."""
    shelf.tell(*(shelf.make_message(minute, f"{CANARY} {minute}") for minute in range(300)))
    shelf.archive.index_messages(10_000)
    shelf.reader.close()  # first: who closes last brings the log into the file
    shelf.archive.close()
    return shelf.path


def read_all(path: Path, key: bytes | None) -> dict[str, list[str]]:
    """The schema, and every row of every table with its number, past everything of ours."""
    with closing(connect(path, key, is_writing=True, is_cipher=True)) as connection:
        names = [
            row["name"]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
            ).fetchall()
        ]
        everything = {
            name: sorted(repr(tuple(row)) for row in connection.execute(f'SELECT * FROM "{name}"'))
            for name in names
        }
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        everything["schema"] = sorted(repr(tuple(row)) for row in schema)
        everything["version"] = [str(read_version(connection))]
        return everything


def find_words(folder: Path) -> list[str]:
    """Names of the files that hold the canary or begin as a plain database does."""
    return [
        file.name
        for file in folder.iterdir()
        if CANARY.encode() in file.read_bytes() or file.read_bytes().startswith(b"SQLite format")
    ]


class TestThereAndBack:
    def test_every_row_is_what_it_was(self, path: Path) -> None:
        before = read_all(path, None)
        encrypt_archive(path, KEY)
        assert read_all(path, KEY) == before
        decrypt_archive(path)
        assert read_all(path, None) == before

    def test_no_file_holds_a_word_or_looks_like_a_database(self, path: Path) -> None:
        assert find_words(path.parent) == ["archive.db"]
        encrypt_archive(path, KEY)
        with Archive.open(path) as archive, Reader.open(path) as reader:
            source = reader.sources()[0]
            archive.mark_read(1, at=AT)
            assert path.with_name("archive.db-wal").stat().st_size > 0
            assert source.messages == 300
            assert find_words(path.parent) == []
        assert find_words(path.parent) == []

    def test_the_old_files_bytes_are_overwritten(self, path: Path) -> None:
        with path.open("rb") as old:
            assert CANARY.encode() in old.read()
            encrypt_archive(path, KEY)
            old.seek(0)
            left = old.read()
        assert left
        assert set(left) == {0}

    def test_nothing_is_left_beside_and_the_file_is_private(self, path: Path) -> None:
        find_converted(path).write_bytes(b"of one that was killed")
        encrypt_archive(path, KEY)
        assert [file.name for file in path.parent.iterdir()] == ["archive.db"]
        assert path.stat().st_mode & 0o777 == 0o600


class TestAnEncryptedArchive:
    @pytest.fixture
    def sealed(self, path: Path) -> Path:
        encrypt_archive(path, KEY)
        return path

    def test_is_read_searched_erased_and_compacted(self, sealed: Path) -> None:
        with Archive.open(sealed) as archive, Reader.open(sealed) as reader:
            assert len(reader.search("코끼리")) > 0
            assert reader.check_integrity() == []
            forgotten = archive.forget(1, lambda _: None, at=AT)
            assert (forgotten.messages, forgotten.is_erased) == (300, True)
            assert reader.search("코끼리") == []
        with Archive.open(sealed) as archive:
            assert archive.vacuum()
            assert archive.erase()

    @pytest.mark.parametrize("opener", [Archive.open, Reader.open])
    def test_another_key_is_refused_in_words(self, sealed: Path, opener: Any) -> None:
        set_key(sealed, OTHER_KEY)
        before = sealed.read_bytes()
        with pytest.raises(KeyUnusable, match="is not opened by the key"):
            opener(sealed)
        assert sealed.read_bytes() == before

    def test_without_any_key_it_is_no_archive(self, sealed: Path) -> None:
        set_key(sealed, None)
        with pytest.raises(ArchiveBroken):
            Reader.open(sealed)

    def test_its_provider_is_asked_once(self, sealed: Path) -> None:
        asked = []

        def provide(path: Path) -> bytes:
            asked.append(path)
            return KEY

        provide_keys(provide)
        with Archive.open(sealed), Reader.open(sealed):
            pass
        assert asked == [sealed]

    def test_errors_of_its_driver_are_told_as_those_of_sqlite(self, sealed: Path) -> None:
        with (
            closing(connect(sealed, KEY, is_writing=True)) as other,
            Archive.open(sealed, busy_timeout_s=0.01) as archive,
        ):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(ArchiveLocked):
                archive.mark_read(1, at=AT)

    def test_a_missing_driver_says_exactly_what_to_install(
        self, sealed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
        with pytest.raises(KeyUnusable, match="extra 'encrypt'") as told:
            Reader.open(sealed)
        assert told.value.next_step == (
            f"run `{sys.executable} -m pip install sqlcipher3 keyring` and try again"
        )


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION - 1])
def test_an_older_one_is_brought_up_to_date_and_its_copy_is_encrypted(
    archive_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    names = [migration.name for migration in migrations.pending(Database(memory=True))]
    archive_path.parent.mkdir(mode=0o700)
    with closing(connect(archive_path, KEY, is_writing=True)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrations.apply(Database(connection, execute_plugins=False), stop_before=names[version])
        connection.execute(f"PRAGMA user_version = {version}")
    set_key(archive_path, KEY)
    seen: list[bool] = []

    def look(path: Path) -> None:
        real(path)
        seen.append(is_plain(find_backup(path)))
        with closing(connect(find_backup(path), KEY, is_writing=False)) as copy:
            seen.append(read_version(copy) == version)

    real = back_up
    monkeypatch.setattr(storage.archive, "back_up", look)
    with Archive.open(archive_path):
        pass
    assert seen == [False, True]
    assert read_all(archive_path, KEY)["version"] == [str(SCHEMA_VERSION)]
    assert not find_backup(archive_path).exists()


class TestRefusal:
    @pytest.mark.parametrize("opener", [Archive.open, Reader.open])
    def test_one_that_is_open_elsewhere_is_left_as_it_is(self, path: Path, opener: Any) -> None:
        before = read_all(path, None)
        script = """
import sys, time
from pathlib import Path
from storage.archive import Archive
from storage.reader import Reader
with {"archive": Archive, "reader": Reader}[sys.argv[2]].open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""
        kind = "archive" if opener == Archive.open else "reader"
        with subprocess.Popen(
            [sys.executable, "-c", script, path, kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdout
            assert other.stdout.readline() == "open\n"
            with pytest.raises(ArchiveLocked):
                encrypt_archive(path, KEY)
            other.communicate()
        assert not find_converted(path).exists()
        assert read_all(path, None) == before

    def test_others_wait_while_it_is_converted(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = """
import sys
from pathlib import Path
from storage.archive import Archive
from storage.errors import ArchiveLocked
try:
    Archive.open(Path(sys.argv[1]), busy_timeout_s=0.01)
except ArchiveLocked:
    print("locked")
"""
        told = []

        def look(*given: Any) -> None:
            command = [sys.executable, "-c", script, str(path)]
            told.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            real(*given)

        real = storage.encrypting._check
        monkeypatch.setattr(storage.encrypting, "_check", look)
        encrypt_archive(path, KEY)
        assert told == ["locked\n"]

    def test_a_full_disk_leaves_it_as_it_is(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = read_all(path, None)

        def fill(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(storage.encrypting, "_check", fill)
        with pytest.raises(NoDiskSpace):
            encrypt_archive(path, KEY)
        assert read_all(path, None) == before
        assert not find_converted(path).exists()

    def test_a_copy_that_lacks_rows_is_not_taken(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lose(*given: Any) -> None:
            real(*given)
            with closing(connect(find_converted(path), KEY, is_writing=True)) as copy:
                copy.execute("DELETE FROM messages WHERE id = 7")

        real = storage.encrypting._copy
        monkeypatch.setattr(storage.encrypting, "_copy", lose)
        with pytest.raises(ArchiveBroken):
            encrypt_archive(path, KEY)
        assert is_plain(path)


# Converts the archive in a child that is killed at one of the calls the conversion makes, over
# and over, and tells what is there then; each time the next try must do it.
KILLER = """
import json, os, shutil, signal, sys
from contextlib import closing
from pathlib import Path
from storage.encrypting import decrypt_archive, encrypt_archive
from storage.unlocking import connect, is_plain, set_key
import sqlcipher3.dbapi2

path, way, key = Path(sys.argv[1]), sys.argv[2], bytes(range(32))
kept = path.with_name("kept")

def convert(die_at, told=None):
    calls = 0
    def count(frame, event, arg):
        nonlocal calls
        if event in ("call", "c_call") and "storage" in frame.f_code.co_filename:
            calls += 1
            if calls == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)
    if way == "encrypt":
        encrypt_archive(path, key)
    else:
        set_key(path, key)
        decrypt_archive(path)
    sys.setprofile(None)
    if told is not None:
        os.write(told, str(calls).encode())

def fork(die_at, told=None):
    child = os.fork()
    if not child:
        convert(die_at, told)
        os._exit(0)
    return os.waitpid(child, 0)[1]

def look():
    used = None if is_plain(path) else key
    with closing(connect(path, used, is_writing=True, is_cipher=True)) as archive:
        (fault,) = archive.execute("PRAGMA integrity_check").fetchone()
        (messages,) = archive.execute("SELECT count(*) FROM messages").fetchone()
    return ("plain" if used is None else "encrypted", fault, messages)

shutil.copy(path, kept)
reading, writing = os.pipe()
assert fork(0, writing) == 0
calls = int(os.read(reading, 99))
found = []
for die_at in sorted({*range(1, calls, max(1, calls // 12)), *range(calls - 16, calls)}):
    for file in path.parent.iterdir():
        if file != kept:
            file.unlink()
    shutil.copy(kept, path)
    assert os.WTERMSIG(fork(die_at)) == signal.SIGKILL, die_at
    after = look()
    if after[0] == ("plain" if way == "encrypt" else "encrypted"):
        assert fork(0) == 0, die_at
    found.append((after, look(), sorted(file.name for file in path.parent.iterdir())))
print(json.dumps(found))
"""


@pytest.mark.parametrize("way", ["encrypt", "decrypt"])
def test_killed_anywhere_it_is_the_old_archive_or_the_new_one(path: Path, way: str) -> None:
    kinds = ["plain", "encrypted"]
    if way == "decrypt":
        encrypt_archive(path, KEY)
        kinds.reverse()
    done = subprocess.run(
        [sys.executable, "-c", KILLER, path, way], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {tuple(killed) for killed, _, _ in found} == {(kind, "ok", 300) for kind in kinds}
    assert {tuple(after) for _, after, _ in found} == {(kinds[1], "ok", 300)}
    assert {tuple(names) for _, _, names in found} == {("archive.db", "kept")}

"""`companion encrypt` and `decrypt`, and everything else on an encrypted archive."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from companion.archive_key import make_key
from companion.config import Config
from companion.lock import hold_daemon_lock, hold_pass_lock
from companion.paths import Paths, paths_under
from companion.screening import ScreenActions
from storage.unlocking import connect, find_key, provide_keys
from tui.app import CompanionApp

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import Run, ScriptedEngine

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
WORDS = ("Bermondsey", "Mile End", "항공권", "Climbing Thursdays")
"""Of messages, gists and titles."""

PASSPHRASE = "금요일 correct horse"


class MemoryKeyring(KeyringBackend):
    """Stands in for the desktop's; nobody's real one is ever asked."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._refuse()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._refuse()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._refuse()
        del self.entries[service, username]

    def _refuse(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


@pytest.fixture(autouse=True)
def ring() -> Iterator[MemoryKeyring]:
    """The process's keyring; keys it got meanwhile are forgotten after the test."""
    ring, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)
    provide_keys(None)


@pytest.fixture
def paths(home: Path) -> Paths:
    return paths_under(home)


@pytest.fixture
def sealed(stocked: Call, engine: ScriptedEngine) -> Call:
    """`call` on a stocked home, summarised, that was encrypted with its key in the keyring."""
    assert stocked("summarize", "--json").code == 0
    assert stocked("encrypt", "--json").document == {"changed": True, "encryption": "keyring"}
    return stocked


@pytest.fixture
def modest(call: Call, climbing: Path) -> Call:
    """`call` on a home with one store, nothing encrypted."""
    assert call("add", climbing, "--me", "Jiwoo", "--unread", "all", "--json").code == 0
    return call


def find_words(home: Path) -> dict[str, list[str]]:
    """By name of each file, which words it holds, and whether it begins as a plain database."""
    found = {}
    for file in home.rglob("*"):
        if file.is_file() and "cache" not in file.parts:
            data = file.read_bytes()
            words = [word for word in (*WORDS, "SQLite format 3") if word.encode() in data]
            if words:
                found[file.name] = words
    return found


def test_every_command_does_its_work_and_no_file_holds_a_word(sealed: Call, home: Path) -> None:
    assert sealed("sync", "--json").document["errors"] == []
    assert sealed("list", "--json").document["conversations"]
    assert sealed("search", "Bermondsey", "--json").document["hits"]
    assert sealed("summarize", "--force", "--json").document["summaries"]
    assert sealed("digest", "--now", "--json").document["conversations"]
    assert find_words(home) == {}
    assert sealed("forget", "Climbing Thursdays", "--yes", "--json").document["erased"]
    assert sealed("search", "Bermondsey", "--json").document["hits"] == []
    assert sealed("vacuum", "--json").document["erased"]
    assert find_words(home) == {}


def test_status_and_doctor_say_so(sealed: Call) -> None:
    assert sealed("status", "--json").document["encryption"] == "keyring"
    assert "archive      encrypted, its key in the keyring" in sealed("status").out
    assert "encrypted, its key in the keyring, sound" in sealed("doctor").out
    sealed("decrypt")
    assert sealed("status", "--json").document["encryption"] == "none"
    assert "not encrypted" in sealed("doctor").out


def test_decrypting_gives_the_same_archive_and_drops_the_key(
    sealed: Call, home: Path, ring: MemoryKeyring
) -> None:
    before = sealed("export", "--format", "json").document
    assert len(ring.entries) == 1
    assert sealed("decrypt", "--json").document == {"changed": True, "encryption": "none"}
    assert ring.entries == {}
    assert [file.name for file in home.glob("archive*")] == ["archive.db"]
    after = sealed("export", "--format", "json").document
    assert after == before | {"made_at": after["made_at"]}
    assert sealed("decrypt", "--json").document == {"changed": False, "encryption": "none"}


def test_an_archive_that_is_not_there_yet_is_made_an_encrypted_one(
    call: Call, home: Path, climbing: Path
) -> None:
    call("encrypt")
    assert call("add", climbing, "--me", "Jiwoo", "--json").code == 0
    assert find_words(home) == {}
    (home / "archive.db").unlink()
    assert call("add", climbing, "--me", "Jiwoo", "--json").code == 0
    assert find_words(home) == {}


class TestAPassphrase:
    @pytest.fixture
    def closed(self, modest: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
        """`call` on a home whose key a passphrase keeps, which nobody gives any more."""
        with monkeypatch.context() as context:
            context.setenv("COMPANION_PASSPHRASE", PASSPHRASE)
            told = modest("encrypt", "--passphrase", "--json").document
        assert told == {"changed": True, "encryption": "passphrase"}
        return modest

    def test_takes_the_key_out_of_the_keyring(self, closed: Call, ring: MemoryKeyring) -> None:
        assert ring.entries == {}

    def test_is_needed_for_every_command(
        self, closed: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "there is nobody to ask" in closed("list").get_error()
        monkeypatch.setenv("COMPANION_PASSPHRASE", "hunter2")
        said = closed("list").get_error()
        assert "not the passphrase" in said
        assert "hunter2" not in said
        monkeypatch.setenv("COMPANION_PASSPHRASE", PASSPHRASE)
        assert closed("list", "--json").document["conversations"]

    def test_is_asked_for_once_on_a_terminal_and_not_shown(self, closed: Call) -> None:
        keys, terminal = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "companion", "list", "--json"],
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        ) as process:
            assert process.stderr
            err = b""
            while not err.endswith(b"archive: "):
                err += process.stderr.read(1)
                assert process.poll() is None
            os.write(keys, f"{PASSPHRASE}\n".encode())
            out, rest = process.communicate()
            err += rest
        os.close(terminal)
        os.close(keys)
        assert process.returncode == 0, err
        assert "Climbing Thursdays" in out.decode()
        assert err.decode().count("Passphrase of the archive") == 1
        assert PASSPHRASE not in out.decode() + err.decode()

    def test_opens_the_screen_after_it_was_given(
        self, closed: Call, paths: Paths, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = []
        monkeypatch.setattr(
            CompanionApp, "run", lambda _: known.append(find_key(paths.archive_file) is not None)
        )
        closed("tui").get_error()
        assert known == []
        monkeypatch.setenv("COMPANION_PASSPHRASE", PASSPHRASE)
        assert closed("tui").code == 0
        assert known == [True]

    def test_can_be_changed_and_given_up_for_the_keyring(
        self, closed: Call, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COMPANION_PASSPHRASE", PASSPHRASE)
        assert closed("encrypt", "--json").document == {"changed": True, "encryption": "keyring"}
        assert len(ring.entries) == 1
        assert closed("encrypt", "--json").document == {"changed": False, "encryption": "keyring"}


async def test_the_screen_shows_an_encrypted_archive_and_writes_to_it(
    sealed: Call, paths: Paths
) -> None:
    sealed("status")  # as `companion tui` does: the key is known before the screen starts
    actions = ScreenActions(paths, Config(), lambda: AT)
    app = CompanionApp(
        paths.archive_file,
        actions,
        zone=ZoneInfo("Asia/Seoul"),
        now=lambda: AT,
        language="en",
        banner="",
    )
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("j", "R"):
            await app.workers.wait_for_complete()
            await pilot.pause()
            await pilot.press(key)
        await app.workers.wait_for_complete()
        await pilot.pause()
        lines = app.screen._compositor.render_strips()
        assert app.context.archive.failure is None
        assert "Climbing Thursdays" in "\n".join(line.text for line in lines)


class TestRefusal:
    def test_while_a_daemon_runs(self, modest: Call, paths: Paths, ring: MemoryKeyring) -> None:
        with hold_daemon_lock(paths.lock_file):
            assert "another daemon runs" in modest("encrypt").get_error()
        assert ring.entries == {}

    def test_while_the_model_runs(self, modest: Call, paths: Paths) -> None:
        with hold_pass_lock(paths.pass_lock_file, limit_s=0):
            assert "another command runs the model" in modest("encrypt").get_error()

    def test_while_a_screen_is_open(self, modest: Call, paths: Paths, ring: MemoryKeyring) -> None:
        with closing(connect(paths.archive_file, None, is_writing=False, is_cipher=True)) as other:
            other.execute("SELECT count(*) FROM messages").fetchone()
            modest("encrypt").get_error()
        assert ring.entries == {}
        assert not paths.key_file.exists()
        assert modest("status", "--json").document["encryption"] == "none"

    def test_of_a_locked_keyring(self, modest: Call, paths: Paths, ring: MemoryKeyring) -> None:
        ring.is_locked = True
        assert "KeyringLocked" in modest("encrypt").get_error()
        assert modest("status", "--json").document["encryption"] == "none"

    def test_of_a_keyring_that_lost_the_key(
        self, modest: Call, paths: Paths, ring: MemoryKeyring
    ) -> None:
        modest("encrypt")
        (entry,) = ring.entries
        ring.entries[entry] = make_key().hex()
        assert "not opened by the key" in modest("list").get_error()
        ring.entries.clear()
        before = paths.archive_file.read_bytes()
        for command in ("list", "sync", "encrypt", "decrypt"):
            assert "no longer has the archive's key" in modest(command).get_error()
        assert paths.archive_file.read_bytes() == before

    def test_without_the_extra(self, modest: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "keyring", None)
        assert "pip install sqlcipher3 keyring" in modest("encrypt").get_error()
        monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
        assert "the extra 'encrypt'" in modest("encrypt").get_error()


def test_one_killed_before_the_conversion_is_plain_and_can_be_encrypted(
    modest: Call, paths: Paths, ring: MemoryKeyring
) -> None:
    paths.key_file.write_text('{"kept_by": "keyring", "entry": "left"}', encoding="utf-8")
    assert modest("status", "--json").document["encryption"] == "none"
    assert modest("encrypt", "--json").document == {"changed": True, "encryption": "keyring"}
    assert modest("list", "--json").document["conversations"]
    assert len(ring.entries) == 1


def test_the_daemon_works_on_an_encrypted_archive_and_logs_no_word(
    modest: Call, home: Path, run_companion: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPANION_PASSPHRASE", PASSPHRASE)
    assert modest("encrypt", "--passphrase").code == 0
    said = run_companion("privacy").stdout
    assert "archive    encrypted, its key under a passphrase" in said
    assert "where the archive's key is" in said
    with subprocess.Popen(
        [sys.executable, "-m", "companion", "run"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        logged = ""
        while not logged.endswith("ready\n"):
            logged += process.stderr.readline()
            assert process.poll() is None, logged
        process.terminate()
        logged += process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert not [word for word in (*WORDS, PASSPHRASE) if word in logged]
    assert find_words(home) == {}

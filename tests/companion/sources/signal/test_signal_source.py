"""The database is opened with the key that Signal's config or the OS keychain holds."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.errors import NotAStore, SourceError, StoreUnreadable
from companion.sources.interface import CursorAdvanced, MessageFound, SourceSettings
from companion.sources.registry import get_source, list_kinds, load_source_class
from companion.sources.signal import SignalSource, safe_storage

if TYPE_CHECKING:
    from tests.companion.sources.signal.conftest import SignalStore

    Encrypt = Callable[..., str]

KEY = "0123456789abcdef" * 4
TEXTS = ["내일 3시?", "fine 😀"]
SIGNAL_PASSWORD = "secret of the keychain"


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    """No password of an earlier test is remembered."""
    safe_storage._ask_keychain.cache_clear()


@pytest.fixture
def filled(encrypted: SignalStore) -> SignalStore:
    for text in TEXTS:
        encrypted.receive(text)
    return encrypted


def list_texts(store: SignalStore) -> list[str]:
    return [change.text for change in store.read() if isinstance(change, MessageFound)]


def configure(store: SignalStore, **values: str) -> None:
    store.path.parent.with_name("config.json").write_text(json.dumps(values))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a program of that name and shell text on the PATH; gives where it notes each call."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def install(name: str, text: str) -> Path:
        program, calls = folder / name, tmp_path / f"{name}-calls"
        program.write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\n{text}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return calls

    return install


def test_the_folder_and_the_database_in_it_are_the_same_store(
    filled: SignalStore, settings: SourceSettings
) -> None:
    folder = filled.path.parents[1]
    for path in (folder, filled.path):
        source = get_source(path, settings=settings)
        assert (source.kind, source.path) == ("signal", filled.path)
        told = list(source.read())
        assert [c.text for c in told if isinstance(c, MessageFound)] == TEXTS


def test_a_database_is_followed_and_nothing_appears_beside_it(filled: SignalStore) -> None:
    *_, last = filled.read()
    assert isinstance(last, CursorAdvanced)
    assert filled.read(last.cursor) == [last]
    filled.receive("newest")
    _, message, _ = filled.read(last.cursor)
    assert isinstance(message, MessageFound)
    assert (message.text, message.is_read) == ("newest", False)
    filled.close()
    before = sorted(filled.path.parent.iterdir())
    assert list_texts(filled) == [*TEXTS, "newest"]
    assert sorted(filled.path.parent.iterdir()) == before == [filled.path]


class TestKeychains:
    def test_of_a_mac(
        self, filled: SignalStore, encrypt: Encrypt, install: Callable[[str, str], Path]
    ) -> None:
        calls = install("security", f'echo "{SIGNAL_PASSWORD}"')
        key = encrypt(KEY, SIGNAL_PASSWORD, rounds=1003, prefix=b"v10")
        configure(filled, encryptedKey=key)
        assert list_texts(filled) == list_texts(filled) == TEXTS
        asked = "find-generic-password -w -s Signal Safe Storage\n"
        assert calls.read_text() == asked  # once for the process

    @pytest.mark.parametrize(
        ("backend", "program", "asked"),
        [
            ("gnome_libsecret", "secret-tool", "lookup application Signal\n"),
            ("kwallet6", "kwallet-query", "-f Signal Keys -r Signal Safe Storage kdewallet\n"),
        ],
    )
    def test_of_linux(
        self,
        filled: SignalStore,
        encrypt: Encrypt,
        install: Callable[[str, str], Path],
        backend: str,
        program: str,
        asked: str,
    ) -> None:
        calls = install(program, f'echo "{SIGNAL_PASSWORD}"')
        key = encrypt(KEY, SIGNAL_PASSWORD, rounds=1, prefix=b"v11")
        configure(filled, encryptedKey=key, safeStorageBackend=backend)
        assert list_texts(filled) == TEXTS
        assert calls.read_text().startswith(asked)

    def test_of_linux_without_one(self, filled: SignalStore, encrypt: Encrypt) -> None:
        key = encrypt(KEY, "peanuts", rounds=1, prefix=b"v10")
        configure(filled, encryptedKey=key, safeStorageBackend="basic_text")
        assert list_texts(filled) == TEXTS

    def test_that_hold_another_password_or_refuse_are_told_without_it(
        self, filled: SignalStore, encrypt: Encrypt, install: Callable[[str, str], Path]
    ) -> None:
        key = encrypt(KEY, SIGNAL_PASSWORD, rounds=1, prefix=b"v11")
        configure(filled, encryptedKey=key, safeStorageBackend="gnome_libsecret")
        for text in ('echo "another password"', "exit 1"):
            safe_storage._ask_keychain.cache_clear()
            install("secret-tool", text)
            with pytest.raises(StoreUnreadable, match="cannot be had; allow the keychain") as told:
                filled.read()
            assert "another password" not in str(told.value)

    def test_that_cannot_be_asked_say_what_to_install(
        self, filled: SignalStore, encrypt: Encrypt, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(filled.path.parent))
        key = encrypt(KEY, SIGNAL_PASSWORD, rounds=1, prefix=b"v11")
        configure(filled, encryptedKey=key, safeStorageBackend="gnome_libsecret")
        with pytest.raises(StoreUnreadable, match="install secret-tool"):
            filled.read()

    def test_that_are_not_answered_are_given_up(
        self,
        filled: SignalStore,
        encrypt: Encrypt,
        install: Callable[[str, str], Path],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(safe_storage, "_ASK_S", 0.05)
        install("security", "exec sleep 5")
        configure(filled, encryptedKey=encrypt(KEY, "x", rounds=1003, prefix=b"v10"))
        with pytest.raises(StoreUnreadable, match="question was not answered"):
            filled.read()

    @pytest.mark.parametrize("encrypted_key", ["", "zz", "763132" + "00" * 16, "763130" + "00"])
    def test_with_a_key_encrypted_in_another_way(
        self, filled: SignalStore, encrypted_key: str
    ) -> None:
        configure(filled, encryptedKey=encrypted_key)
        with pytest.raises(StoreUnreadable):
            filled.read()

    def test_need_a_driver_and_say_which(
        self, filled: SignalStore, encrypt: Encrypt, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
        key = encrypt(KEY, "peanuts", rounds=1, prefix=b"v10")
        configure(filled, encryptedKey=key, safeStorageBackend="basic_text")
        with pytest.raises(StoreUnreadable, match="pip install sqlcipher3 cryptography"):
            filled.read()


@pytest.mark.parametrize("key", ["", "abc", "not a key" * 8, KEY[:-2] + "'\""])
def test_a_key_that_is_none_is_never_part_of_a_statement(filled: SignalStore, key: str) -> None:
    configure(filled, key=key)
    with pytest.raises(StoreUnreadable, match="cannot be had"):
        filled.read()


def test_the_key_of_another_installation_is_told(filled: SignalStore) -> None:
    configure(filled, key="f" * 64)
    with pytest.raises(StoreUnreadable, match=r"not opened by its key; take config\.json and"):
        filled.read()


def test_a_database_without_its_config_says_what_is_lacking(filled: SignalStore) -> None:
    filled.path.parent.with_name("config.json").unlink()
    with pytest.raises(StoreUnreadable, match=r"no config\.json with the key"):
        filled.read()


def test_a_copy_with_its_config_beside_it_is_read(filled: SignalStore, tmp_path: Path) -> None:
    filled.close()
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copyfile(filled.path, copy / "renamed")
    shutil.copyfile(filled.path.parent.with_name("config.json"), copy / "config.json")
    filled.path = copy / "renamed"
    assert list_texts(filled) == TEXTS


class TestProbing:
    def test_an_encrypted_database_with_its_config_is_claimed_by_no_other_kind(
        self, filled: SignalStore
    ) -> None:
        for path in (filled.path, filled.path.parents[1]):
            claims = [kind for kind in list_kinds() if load_source_class(kind).probe(path)]
            assert claims == ["signal"]

    @pytest.mark.parametrize("content", ["{}", "[]", "", "no JSON", '{"window": {"key": 1}}'])
    def test_a_config_without_a_key_is_not_signals(self, filled: SignalStore, content: str) -> None:
        filled.path.parent.with_name("config.json").write_text(content)
        assert not SignalSource.probe(filled.path)

    def test_no_sample_of_another_kind_is_claimed_even_beside_a_config(
        self, data_folder: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "config.json").write_text(json.dumps({"key": KEY}))
        samples = [file for file in data_folder.rglob("*.*") if file.is_file()]
        assert len(samples) > 20
        for sample in samples:
            if sample.stat().st_size % 1024:
                copy = tmp_path / "copy"
                shutil.copyfile(sample, copy)
                assert not SignalSource.probe(copy)

    def test_an_empty_folder_is_no_store(self, tmp_path: Path, settings: SourceSettings) -> None:
        assert not SignalSource.probe(tmp_path)
        with pytest.raises(NotAStore):
            get_source(tmp_path, settings=settings)


def test_no_flipped_byte_makes_a_traceback_or_invents_a_message(filled: SignalStore) -> None:
    filled.close()
    whole = filled.path.read_bytes()
    choose = random.Random(20261124)
    for _ in range(60):
        raw = bytearray(whole)
        raw[choose.randrange(len(raw))] ^= 1 << choose.randrange(8)
        filled.path.write_bytes(raw)
        try:
            assert set(list_texts(filled)) <= set(TEXTS)
        except SourceError:
            continue

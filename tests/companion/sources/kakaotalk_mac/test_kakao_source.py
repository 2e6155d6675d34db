"""The encrypted database is opened by the account's key alone, and claimed only when asked for."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.errors import NotAStore, SourceError, StoreUnreadable
from companion.sources.interface import CursorAdvanced, MessageFound, SourceSettings
from companion.sources.kakaotalk_mac import KakaoTalkMacSource
from companion.sources.kakaotalk_mac.accounts import get_account
from companion.sources.kakaotalk_mac.keys import Account
from companion.sources.registry import get_source, list_kinds, load_source_class

if TYPE_CHECKING:
    from tests.companion.sources.kakaotalk_mac.conftest import KakaoStore

    MakeStore = Callable[..., KakaoStore]

DEVICE = "01234567-89AB-CDEF-0123-456789ABCDEF"
TEXTS = ["내일 3시로 옮길까요?", "좋아요"]


@pytest.fixture
def encrypted(make_store: MakeStore) -> KakaoStore:
    store = make_store()
    store.add_room(1, directChatMemberUserId=100)
    for text in TEXTS:
        store.receive(1, text)
    return store


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose `ioreg` answers as a Mac's does."""
    program = tmp_path / "bin" / "ioreg"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'echo "+-o Mac15,3  <class IOPlatformExpertDevice>"\n'
        f'echo \'    "IOPlatformUUID" = "{DEVICE}"\'\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def list_texts(store: KakaoStore, me: tuple[str, ...] = ()) -> list[str]:
    return [change.text for change in store.read(me=me) if isinstance(change, MessageFound)]


@pytest.mark.parametrize("compatibility", [3, 4])
def test_a_database_is_read_and_followed(make_store: MakeStore, compatibility: int) -> None:
    store = make_store(compatibility)
    store.add_room(1, directChatMemberUserId=100)
    store.receive(1, TEXTS[0])
    *_, last = store.read()
    assert isinstance(last, CursorAdvanced)
    assert store.read(last.cursor) == [last]
    store.receive(1, TEXTS[1])
    _, message, _ = store.read(last.cursor)
    assert isinstance(message, MessageFound)
    assert (message.text, message.is_read) == (TEXTS[1], False)


def test_nothing_appears_beside_the_database(encrypted: KakaoStore) -> None:
    encrypted.close()
    before = sorted(encrypted.path.parent.iterdir())
    assert list_texts(encrypted) == TEXTS
    assert sorted(encrypted.path.parent.iterdir()) == before


def test_on_a_mac_the_number_of_the_account_is_enough(encrypted: KakaoStore, mac: None) -> None:
    encrypted.path.with_name("auth.json").unlink()
    assert list_texts(encrypted, me=("7000",)) == TEXTS


def test_the_number_of_the_account_is_not_shown_as_the_owners_name(
    encrypted: KakaoStore, mac: None
) -> None:
    encrypted.add_message(1, "저는 좋아요", author=7000)
    for me, name in ((("7000",), "하늘"), (("7000", "나"), "나")):
        told = [change for change in encrypted.read(me=me) if isinstance(change, MessageFound)]
        assert [message.sender for message in told if message.is_me] == [name]


@pytest.mark.parametrize(
    ("me", "words"),
    [
        ((), "number of its KakaoTalk account; give it as one of your names"),
        (("하늘",), "number of its KakaoTalk account"),
        (("7001",), "not opened by its key; check the number of the account"),
    ],
)
def test_what_is_lacking_is_said(
    encrypted: KakaoStore, mac: None, me: tuple[str, ...], words: str
) -> None:
    encrypted.path.with_name("auth.json").unlink()
    with pytest.raises(StoreUnreadable, match=words):
        encrypted.read(me=me)


def test_off_a_mac_a_copy_needs_its_account_beside_it(
    encrypted: KakaoStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    encrypted.path.with_name("auth.json").unlink()
    with pytest.raises(StoreUnreadable, match="on the Mac that KakaoTalk runs on"):
        encrypted.read(me=("7000",))


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"uuid": 1, "userId": 2}', "{}"])
def test_an_account_file_that_says_nothing_counts_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(content)
    with pytest.raises(StoreUnreadable, match="number of its KakaoTalk account"):
        get_account(tmp_path / "store", ())


def test_the_account_beside_a_copy_counts_before_the_owners_word(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text('{"uuid": "U", "userId": 5, "more": []}')
    assert get_account(tmp_path / "store", ("7",)) == Account("U", 5)


class TestProbing:
    def test_a_copy_with_its_account_is_recognised_whatever_its_name(
        self, make_store: MakeStore, settings: SourceSettings
    ) -> None:
        for name in ("", "renamed.bin"):
            store = make_store(name=name)
            claims = [kind for kind in list_kinds() if load_source_class(kind).probe(store.path)]
            assert claims == ["kakaotalk-mac"]
            assert get_source(store.path, settings=settings).kind == "kakaotalk-mac"

    def test_without_its_account_it_must_be_asked_for(
        self, encrypted: KakaoStore, settings: SourceSettings
    ) -> None:
        encrypted.path.with_name("auth.json").unlink()
        assert not KakaoTalkMacSource.probe(encrypted.path)
        with pytest.raises(NotAStore):
            get_source(encrypted.path, settings=settings)

    def test_another_file_beside_an_account_is_not_claimed(
        self, encrypted: KakaoStore, data_folder: Path
    ) -> None:
        assert not KakaoTalkMacSource.probe(encrypted.path.with_name("auth.json"))
        assert not KakaoTalkMacSource.probe(encrypted.path.parent)
        noise = encrypted.path.with_name("noise")
        noise.write_bytes(random.Random(4).randbytes(8192))
        assert not KakaoTalkMacSource.probe(noise)

    def test_no_sample_of_another_kind_is_claimed(self, data_folder: Path, tmp_path: Path) -> None:
        told = {"uuid": DEVICE, "userId": 7000}
        (tmp_path / "auth.json").write_text(json.dumps(told))
        samples = [file for file in data_folder.rglob("*.*") if file.is_file()]
        assert len(samples) > 20
        for sample in samples:
            copy = tmp_path / "copy"
            shutil.copyfile(sample, copy)
            assert not KakaoTalkMacSource.probe(copy)


def test_a_folder_and_a_missing_file_are_no_stores(
    tmp_path: Path, settings: SourceSettings
) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(NotAStore):
            list(KakaoTalkMacSource(path, settings).read())


def test_no_flipped_byte_makes_a_traceback_or_invents_a_message(
    encrypted: KakaoStore,
) -> None:
    encrypted.close()
    whole = encrypted.path.read_bytes()
    known = set(list_texts(encrypted))
    choose = random.Random(20261124)
    for _ in range(20):
        raw = bytearray(whole)
        raw[choose.randrange(len(raw))] ^= 1 << choose.randrange(8)
        encrypted.path.write_bytes(raw)
        try:
            assert set(list_texts(encrypted)) <= known
        except SourceError:
            continue

"""A key comes back from where it is kept, or its user is told why not."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from companion.archive_key import (
    InKeyring,
    find_kept,
    keep_under,
    load_key,
    make_key,
    save_kept,
)
from companion.unlocking import find_passphrase
from storage.errors import KeyUnusable

PASSPHRASE = "금요일 correct horse"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "archive.key"


def test_a_passphrase_gives_the_key_back_however_its_letters_are_composed(file: Path) -> None:
    key = make_key()
    save_kept(file, keep_under(unicodedata.normalize("NFD", PASSPHRASE), key))
    kept = find_kept(file)
    assert kept is not None
    assert load_key(kept, lambda: PASSPHRASE) == key


def test_another_passphrase_is_refused_and_not_repeated() -> None:
    with pytest.raises(KeyUnusable, match="not the passphrase") as told:
        load_key(keep_under(PASSPHRASE, make_key()), lambda: "hunter2")
    assert "hunter2" not in f"{told.value} {told.value.next_step}"


def test_the_same_key_is_wrapped_differently_each_time_and_shown_nowhere(file: Path) -> None:
    key = make_key()
    first, second = keep_under(PASSPHRASE, key), keep_under(PASSPHRASE, key)
    assert first.wrapped != second.wrapped
    assert first.wrapped not in repr(first)
    save_kept(file, first)
    text = file.read_text(encoding="utf-8")
    assert key.hex() not in text
    assert PASSPHRASE not in text


def test_the_file_is_private_and_replaced_in_one_step(file: Path) -> None:
    file.with_name("archive.key.new").write_text("of one that was killed")
    save_kept(file, InKeyring("one"))
    save_kept(file, InKeyring("two"))
    assert find_kept(file) == InKeyring("two")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.glob("archive.key*")] == ["archive.key"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"kept_by": "pocket"}',
        '{"kept_by": []}',
        '{"kept_by": "keyring"}',
        '{"kept_by": "keyring", "entry": "a", "colour": "red"}',
        '{"kept_by": "passphrase", "salt": "00"}',
    ],
)
def test_a_damaged_file_is_named(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(KeyUnusable, match="is damaged"):
        find_kept(file)


def test_digits_that_are_none_are_damage_too(file: Path) -> None:
    save_kept(file, keep_under(PASSPHRASE, make_key()))
    told = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(told | {"wrapped": "xyz"}), encoding="utf-8")
    with pytest.raises(KeyUnusable, match="is damaged"):
        find_kept(file)


def test_without_a_file_nothing_is_kept(file: Path) -> None:
    assert find_kept(file) is None


def test_a_process_may_be_given_the_passphrase(tmp_path: Path) -> None:
    (tmp_path / "companion-passphrase").write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert find_passphrase(credentials) == PASSPHRASE
    assert find_passphrase(credentials | {"COMPANION_PASSPHRASE": "other"}) == "other"
    assert find_passphrase({"CREDENTIALS_DIRECTORY": str(tmp_path / "none")}) is None
    assert find_passphrase({"COMPANION_PASSPHRASE": ""}) is None

"""Stores are found where programs and people keep them, and taken by their content."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from companion.demo.laying_out import SampleStore
from companion.finding import StoreFound, find_stores, measure_bytes
from companion.sources.places import UNPLACED, Platform, list_patterns
from companion.sources.registry import list_kinds


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "someone"
    (folder / "Downloads").mkdir(parents=True)
    return folder


def find_all(user: Path, platform: Platform = "linux") -> dict[Path, StoreFound]:
    found = list(find_stores(user, platform))
    assert len({store.path for store in found}) == len(found)
    return {store.path.relative_to(user): store for store in found}


def test_every_kind_has_a_usual_place_or_is_known_to_have_none() -> None:
    platforms: tuple[Platform, ...] = ("darwin", "linux")
    placed = {kind for platform in platforms for kind, _ in list_patterns(platform)}
    assert placed.isdisjoint(UNPLACED)
    assert placed | UNPLACED == set(list_kinds())


def test_exports_are_found_where_they_were_saved(user: Path, samples: list[SampleStore]) -> None:
    climbing = next(sample.path for sample in samples if "Climbing" in sample.path.name)
    jeju = next(sample.path for sample in samples if sample.path.name == "jeju.txt")
    shutil.copy(climbing, user / "Downloads")
    shutil.copy(jeju, user / "Downloads" / "KakaoTalk_20261124_0846_18_555_group.txt")
    found = find_all(user)
    assert {store.kind for store in found.values()} == {"whatsapp", "kakaotalk"}
    assert not any(store.is_live for store in found.values())
    assert all(store.can_be_read for store in found.values())
    assert found[Path("Downloads") / climbing.name].size_bytes == climbing.stat().st_size


def test_a_name_alone_makes_no_store(user: Path) -> None:
    for name in ("KakaoTalk_notes.txt", "WhatsApp Chat with Ann.txt", "result.json", "my.mbox"):
        (user / "Downloads" / name).write_text("{}\n a list of things to buy\n")
    (user / ".config" / "Signal" / "sql").mkdir(parents=True)
    (user / ".config" / "Signal" / "sql" / "db.sqlite").write_bytes(b"\x00" * 4096)
    (user / "Downloads" / "Takeout").mkdir()
    assert find_all(user) == {}


def test_databases_are_found_on_their_own_system(user: Path, chat_db: Path) -> None:
    place = user / "Library" / "Messages" / "chat.db"
    place.parent.mkdir(parents=True)
    shutil.copy(chat_db, place)
    assert find_all(user, "linux") == {}
    (store,) = find_all(user, "darwin").values()
    assert (store.kind, store.is_live, store.unread_origin) == ("imessage", True, "store")


def test_what_may_not_be_opened_is_told_with_its_remedy(
    user: Path, chat_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = user / "Library" / "Messages" / "chat.db"
    place.parent.mkdir(parents=True)
    shutil.copy(chat_db, place)
    refuse_to_look_into(place.parent, monkeypatch)
    monkeypatch.setattr(Path, "home", lambda: user)
    (store,) = find_all(user, "darwin").values()
    assert store.refusal is not None
    assert "Full Disk Access" in store.refusal
    assert store.size_bytes is None
    assert not store.can_be_read


def refuse_to_look_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS does, which root is no exception for."""
    from companion.sources.imessage import IMessageSource
    from companion.sources.permission import describe_refusal

    stat = Path.stat

    def refuse(path: Path, **options: bool) -> object:
        if folder in path.parents:
            raise PermissionError(1, "Operation not permitted")
        return stat(path, **options)

    def probe(path: Path) -> bool:
        raise describe_refusal(path)

    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr(IMessageSource, "probe", probe)


def test_an_encrypted_store_says_what_to_install(
    user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = user / ".config" / "Signal"
    (folder / "sql").mkdir(parents=True)
    (folder / "config.json").write_text('{"key": "' + "0" * 64 + '"}')
    (folder / "sql" / "db.sqlite").write_bytes(bytes([7, 1]) * 2048)
    (store,) = find_all(user).values()
    assert (store.kind, store.missing) == ("signal", None)
    monkeypatch.setattr("companion.sources.extras.find_spec", lambda name: None)
    (store,) = find_all(user).values()
    assert store.missing is not None
    assert store.missing.endswith("-m pip install sqlcipher3 cryptography")
    assert not store.can_be_read


def test_a_folder_is_as_large_as_its_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "one").write_bytes(b"x" * 10)
    (tmp_path / "in" / "two").write_bytes(b"x" * 5)
    assert measure_bytes(tmp_path) == 15
    assert measure_bytes(tmp_path / "none") is None

"""A msgstore.db is known by its tables under any name; nothing else is taken for one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import SourceSettings
from companion.sources.registry import get_source
from companion.sources.whatsapp_android import WhatsAppAndroidSource

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_android.conftest import MessageStoreFile

DATA = Path(__file__).parents[3] / "data"
SAMPLES = sorted(file for file in DATA.rglob("*") if file.is_file())


def test_the_store_is_recognised_whatever_its_name(
    store: MessageStoreFile, tmp_path: Path, settings: SourceSettings
) -> None:
    store.close()
    renamed = store.path.rename(tmp_path / "a copy")
    assert get_source(renamed, settings=settings).kind == "whatsapp-android"


def test_no_sample_of_another_source_is_taken() -> None:
    assert SAMPLES
    assert [file for file in SAMPLES if WhatsAppAndroidSource.probe(file)] == []


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE message (ROWID, guid); CREATE TABLE chat (guid); CREATE TABLE jid (user)",
        "CREATE TABLE messages (_id, key_remote_jid, key_from_me, key_id, data)",
        "CREATE TABLE wa_contacts (jid, display_name)",
    ],
)
def test_other_databases_are_not_taken(tables: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.executescript(tables)
    assert not WhatsAppAndroidSource.probe(tmp_path / "other.db")


def test_the_kind_says_what_it_is(store: MessageStoreFile, settings: SourceSettings) -> None:
    source = get_source(store.path, "whatsapp-android", settings=settings)
    assert (source.label, source.unread_origin, source.is_live) == ("WhatsApp", "store", True)

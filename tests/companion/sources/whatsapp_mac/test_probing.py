"""A ChatStorage.sqlite is known by its tables under any name; nothing else is taken for one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import SourceSettings
from companion.sources.registry import get_source
from companion.sources.whatsapp_mac import WhatsAppMacSource

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_mac.conftest import ChatStorageFile

DATA = Path(__file__).parents[3] / "data"
SAMPLES = sorted(file for file in DATA.rglob("*") if file.is_file())


def test_the_store_is_recognised_whatever_its_name(
    store: ChatStorageFile, tmp_path: Path, settings: SourceSettings
) -> None:
    store.close()
    renamed = store.path.rename(tmp_path / "a copy")
    assert get_source(renamed, settings=settings).kind == "whatsapp-mac"


def test_no_sample_of_another_source_is_taken() -> None:
    assert SAMPLES
    assert [file for file in SAMPLES if WhatsAppMacSource.probe(file)] == []


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE ZWAMESSAGE (Z_PK, ZCHATSESSION, ZISFROMME, ZMESSAGEDATE, ZTEXT)",
        "CREATE TABLE ZWACHATSESSION (Z_PK); CREATE TABLE ZWAMESSAGE (Z_PK)",
        "CREATE TABLE ZWAADDRESSBOOKCONTACT (Z_PK, ZFULLNAME)",
    ],
)
def test_other_databases_are_not_taken(tables: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as database:
        database.executescript(tables)
    assert not WhatsAppMacSource.probe(tmp_path / "other.sqlite")


def test_the_kind_says_what_it_is(store: ChatStorageFile, settings: SourceSettings) -> None:
    source = get_source(store.path, "whatsapp-mac", settings=settings)
    assert (source.label, source.unread_origin, source.is_live) == ("WhatsApp", "store", True)

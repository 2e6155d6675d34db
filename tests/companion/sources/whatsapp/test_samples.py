"""The sample files of others are read as their authors expect (tests/data/SOURCES.tsv)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.whatsapp import WhatsAppSource

CHAT_MINER = "joweich+chat-miner"
CHAT_MINER_FILES = (
    "test_[mmddyy]_24hrs.txt",
    "test_ddmmyy_24hrs.txt",
    "test_mmddyy_24hrs.txt",
    "test_mmddyyyy_12hrs.txt",
    "test_yyyymmdd_24hrs.txt",
)


@pytest.fixture
def samples(data_folder: Path) -> Path:
    return data_folder / "whatsapp"


def read(path: Path) -> list[MessageFound]:
    assert WhatsAppSource.probe(path)
    source = WhatsAppSource(path, SourceSettings(ZoneInfo("UTC")))
    return [change for change in source.read() if isinstance(change, MessageFound)]


def read_written(path: Path) -> list[MessageFound]:
    return [message for message in read(path) if message.kind != "system"]


@pytest.mark.parametrize(
    ("name", "messages", "senders", "system"),
    [
        ("frozenspider+chat-history-manager-rust/WhatsApp Chat with +123 45 6789.txt", 11, 2, 2),
        ("whatsapp-chat-analyzer-0.2.0/android_it.txt", 2, 2, 1),
        ("whatsapp-chat-analyzer-0.2.0/ios_en.txt", 3, 2, 0),
        ("Pustur+whatsapp-chat-parser/header_variants_from_tests.txt", 16, 1, 0),
        *((f"{CHAT_MINER}/{name}", 6, 5, 3) for name in CHAT_MINER_FILES),
    ],
)
def test_every_sample_gives_the_expected_counts(
    samples: Path, name: str, messages: int, senders: int, system: int
) -> None:
    found = read(samples / name)
    written = [message for message in found if message.kind != "system"]
    assert len(written) == messages
    assert len({message.sender for message in written}) == senders
    assert len(found) - len(written) == system


@pytest.mark.parametrize("name", CHAT_MINER_FILES)
def test_chat_miners_files_give_its_own_expected_result(samples: Path, name: str) -> None:
    target = json.loads((samples / CHAT_MINER / "target.json").read_text(encoding="utf-8"))
    found = [
        {
            "timestamp": message.sent_at.strftime("%Y-%m-%dT%H:%M:%S"),
            "author": message.sender,
            "message": " ".join(message.text.split()),  # chat-miner joins lines
        }
        for message in read_written(samples / CHAT_MINER / name)
    ]
    assert found == list(reversed(target))


def test_joined_exports_of_one_sample_have_both_their_dates(samples: Path) -> None:
    folder = samples / "frozenspider+chat-history-manager-rust"
    found = read_written(folder / "WhatsApp Chat with +123 45 6789.txt")
    assert {message.sent_at for message in found} == {
        datetime(2023, 6, 30, 16, 14, tzinfo=UTC),
        datetime(2023, 6, 30, 16, 15, tzinfo=UTC),
    }
    assert [message.kind for message in found] == ["text"] * 4 + ["media"] * 6 + ["text"]
    assert found[0].text == "hello there!\n\nthis is a\nmulti-line message!"


def test_all_header_variants_of_whatsapp_chat_parser_are_read(samples: Path) -> None:
    found = read(samples / "Pustur+whatsapp-chat-parser/header_variants_from_tests.txt")
    assert [message.text for message in found[:12]] == ["m"] * 12
    assert {message.sent_at for message in found} == {
        datetime(2018, 6, 3, 13, 55, tzinfo=UTC),
        datetime(2018, 6, 13, 21, 25, 15, tzinfo=UTC),
    }
    assert [message.kind for message in found[12:]] == ["media"] * 4

"""The sample files of others are read as their authors expect (tests/data/SOURCES.tsv)."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import ConversationFound, MessageFound, Skipped, SourceSettings
from companion.sources.telegram import TelegramSource

DATA = Path(__file__).parents[3] / "data"
COUNTS = re.compile(r"(\d+) \((\d+) message, (\d+) service, (\d+) chats\)")


def list_samples() -> list[tuple[str, tuple[int, ...], int]]:
    """(Path, counts, senders) of every Telegram export with expected counts."""
    with (DATA / "SOURCES.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    return [
        (row["path"], tuple(map(int, match.groups())), int(row["senders"]))
        for row in rows
        if row["path"].startswith("telegram/") and (match := COUNTS.match(row["messages"]))
    ]


@pytest.mark.parametrize(("name", "counts", "senders"), list_samples())
def test_every_sample_gives_the_expected_counts(
    name: str, counts: tuple[int, ...], senders: int
) -> None:
    path = DATA / name
    assert TelegramSource.probe(path)
    changes = list(TelegramSource(path, SourceSettings(ZoneInfo("UTC"))).read())
    found = [change for change in changes if isinstance(change, MessageFound)]
    written = [message for message in found if message.kind != "system"]
    chats = sum(isinstance(change, ConversationFound) for change in changes)
    assert (len(found), len(written), len(found) - len(written), chats) == counts
    assert len({message.sender for message in written}) == senders
    assert not [change for change in changes if isinstance(change, Skipped)]


@pytest.mark.parametrize("name", ["test_batch_export.json", "test_single_export.json"])
def test_chat_miners_files_give_its_own_expected_result(name: str) -> None:
    folder = DATA / "telegram" / "joweich+chat-miner"
    target = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    source = TelegramSource(folder / name, SourceSettings(ZoneInfo("UTC")))
    found = [
        {
            "timestamp": change.sent_at.strftime("%Y-%m-%dT%H:%M:%S"),
            "author": change.sender,
            "message": change.text.replace("Link:", "Link: "),  # chat-miner joins with spaces
        }
        for change in source.read()
        if isinstance(change, MessageFound)
    ]
    assert found == target


def test_the_account_of_2020_knows_its_owner_its_edits_and_its_offset() -> None:
    path = DATA / "telegram/frozenspider+chat-history-manager-rust/telegram_2020-01/result.json"
    source = TelegramSource(path, SourceSettings(ZoneInfo("Asia/Seoul")))
    found = {c.id: c for c in source.read() if isinstance(c, MessageFound)}
    assert {m.sender for m in found.values() if m.is_me} == {"Aaaaa Aaaaaaaaaaa"}
    assert [number for number, m in found.items() if m.edited] == ["67346", "129455"]
    assert found["4725"].sent_at.isoformat() == "2016-11-08T19:29:16+00:00"
    assert found["39740"].reply_to == "39739"
    assert found["10415"].text.startswith("девиз Вольво:\nhttp://cs5.pikabu.ru/")

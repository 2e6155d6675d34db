"""The sample export gives what its source says of it (tests/data/SOURCES.tsv)."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

from companion.sources.interface import ConversationFound, MessageFound, Skipped, SourceSettings
from companion.sources.slack import SlackSource

DATA = Path(__file__).parents[3] / "data"
SAMPLE = "slack/hfaran+slack-export-viewer/testarchive.zip"


def test_the_sample_gives_the_expected_counts() -> None:
    with (DATA / "SOURCES.tsv").open(encoding="utf-8", newline="") as table:
        (row,) = (r for r in csv.DictReader(table, delimiter="\t") if r["path"] == SAMPLE)
    assert SlackSource.probe(DATA / SAMPLE)
    changes = list(SlackSource(DATA / SAMPLE, SourceSettings(ZoneInfo("UTC"))).read())
    messages = [change for change in changes if isinstance(change, MessageFound)]
    assert len(messages) == int(row["messages"])
    assert not [change for change in changes if isinstance(change, Skipped)]
    titles = [change.title for change in changes if isinstance(change, ConversationFound)]
    assert titles == ["#enrique", "#traveling-sailor"]
    # Of the table's eight senders three are ids of one bot, and one is a comment's missing user.
    assert Counter(message.sender for message in messages) == {
        "github": 94,
        "hamza": 38,
        "doubledeez": 16,
        "abilinski": 7,
        "heroeshannibal": 3,
    }
    assert Counter(message.kind for message in messages) == {"text": 144, "system": 11, "media": 3}
    assert not [message for message in messages if "xoxe" in message.text or "<@" in message.text]

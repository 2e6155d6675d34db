"""Evaluation files are read line by line; the bundled one is sound and its gold flawless."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from companion.evaluating import BadItems, read_items
from inference.evaluating.figures import average_scores
from inference.evaluating.items import SAMPLE_FILE
from inference.evaluating.scoring import Shown, score_shown

ITEM: dict[str, Any] = {
    "id": 1,
    "lang": "en",
    "messages": [{"sender": "Ben", "text": "at 7"}],
    "references": ["They meet at 7."],
}


def test_the_bundled_gold_meets_its_own_lists() -> None:
    read = read_items(SAMPLE_FILE, None)
    read.require_soundness()
    scores = [
        score_shown(item, Shown(tuple(item.gold.references[0].split("\n"))), ())
        for item in read.items
    ]
    figures = average_scores(scores)
    assert (figures["must"], figures["forbid"], figures["rouge1"]) == (1.0, 0.0, 1.0)
    assert (figures["ungrounded"], figures["language_ok"]) == (0.0, 1.0)
    assert all(item.gold.must and item.gold.todos is not None for item in read.items)


def test_after_the_limit_nothing_is_read(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text("{\n" + json.dumps(ITEM) + "\n{\n")
    assert len(read_items(path, 1).bad) == 1
    assert len(read_items(path, None).bad) == 2
    read_items(path, 1).require_items()
    with pytest.raises(BadItems, match="line 1: "):
        read_items(path, 1).require_soundness()


def test_an_item_is_read_as_a_piped_conversation_is(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    at = {"sender": "Ben", "text": "at 7", "sent_at": "2026-11-23T21:30:00"}
    path.write_text(json.dumps(ITEM | {"me": "Ben", "messages": [at]}))
    (item,) = read_items(path, None).items
    (message,) = item.chat.messages
    assert (message.id, message.is_me, item.chat.language) == (0, True, "en")
    assert message.sent_at is not None
    assert message.sent_at.isoformat() == "2026-11-23T21:30:00+09:00"

"""demo and tui: the whole pipeline on the sample stores, and the screen it ends in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import ScriptedEngine

KEYS = {"conversations", "summaries", "digest", "seconds", "model"}


def test_the_demo_shows_every_conversation_and_leaves_nothing(
    call: Call, engine: ScriptedEngine, home: Path
) -> None:
    document = call("demo", "--json").document
    assert document.keys() == KEYS
    assert document["model"] == "qwen2.5-coder-0.5b"
    assert len(document["conversations"]) >= 12
    assert sum(row["messages"] for row in document["conversations"]) >= 150
    unread = [row for row in document["conversations"] if row["unread"]]
    assert len(document["summaries"]) == len(unread)
    assert {item["language"] for item in document["summaries"]} == {"ko", "en"}
    gists = {item["title"] for item in document["summaries"] if item["origin"] == "model"}
    assert gists == {"Climbing Thursdays", "제주 여행 🍊"}
    assert "2026-11-23" in document["digest"]
    assert list((home / "state").iterdir()) == []
    assert call("list", "--json").document == {"conversations": []}


def test_without_a_model_it_quotes_and_needs_no_network(call: Call) -> None:
    shown = call("demo", "--model", "none")
    assert shown.code == 0, shown.err
    assert "Highlights: messages chosen by code, word for word" in shown.out
    assert "Gists" not in shown.out
    assert "conversations from 9 sample stores" in shown.err


@pytest.mark.parametrize("arguments", [(), ("tui",)], ids=["companion", "companion tui"])
def test_the_screen_opens_on_this_home(
    call: Call, monkeypatch: pytest.MonkeyPatch, home: Path, arguments: tuple[str, ...]
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(
        "companion.screening.open_screen", lambda paths, *_, **__: opened.append(paths)
    )
    assert call(*arguments).code == 0
    (paths,) = opened
    assert paths.archive_file == home / "archive.db"

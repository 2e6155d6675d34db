"""digest: kept, composed, of another day; the clock of the command stands still here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import ScriptedEngine

EVENING = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
KEYS = {"day", "made_at", "caught_up", "conversations", "todo", "coverage", "markdown"}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.commands.session.read_now", lambda: EVENING)


def test_today_is_composed_and_not_kept(stocked: Call) -> None:
    digest = stocked("digest", "--json").document
    assert digest.keys() == KEYS
    assert (digest["day"], digest["caught_up"]) == ("2026-11-23", False)
    unread = stocked("list", "--unread", "--json").document["conversations"]
    assert {item["id"] for item in digest["conversations"]} == {row["id"] for row in unread}
    assert digest["coverage"]["unread"] == sum(row["unread"] for row in unread)

    stocked("read", "Climbing")
    assert len(stocked("digest", "--json").document["conversations"]) == len(unread) - 1


def test_now_makes_it_and_keeps_it(stocked: Call) -> None:
    made = stocked("digest", "--now", "--json").document
    stocked("read", "Climbing")
    assert stocked("digest", "--json").document == made
    assert stocked("digest", "--day", "2026-11-23", "--json").document == made
    remade = stocked("digest", "--now", "--json").document
    assert len(remade["conversations"]) == len(made["conversations"]) - 1


def test_a_dry_run_keeps_nothing_and_looks_past_the_kept_one(stocked: Call) -> None:
    made = stocked("digest", "--now", "--json").document
    stocked("read", "Climbing")
    dry = stocked("digest", "--dry-run", "--now", "--json").document
    assert len(dry["conversations"]) == len(made["conversations"]) - 1
    assert stocked("digest", "--json").document == made


def test_without_json_it_is_the_markdown(stocked: Call, engine: ScriptedEngine) -> None:
    stocked("summarize", "Climbing")
    document = stocked("digest", "--json").document
    assert stocked("digest").out == document["markdown"] + "\n"
    assert "### Climbing Thursdays — Climbing at Mile End" in document["markdown"]
    (todo,) = document["todo"]
    assert (todo["who"], todo["mine"]) == ("Jiwoo", True)
    (gist,) = [item for item in document["conversations"] if item["origin"] == "model"]
    assert gist["sentences"]


def test_a_day_without_one_is_not_found(stocked: Call) -> None:
    error = stocked("digest", "--day", "2026-11-20", "--json").get_error()
    assert "2026-11-20" in error


@pytest.mark.parametrize("option", ["--now", "--dry-run"])
def test_another_day_cannot_be_made_any_more(stocked: Call, option: str) -> None:
    assert "--day" in stocked("digest", "--day", "2026-11-20", option).get_error(2)


def test_a_day_that_is_none_is_wrong_usage(call: Call) -> None:
    assert call("digest", "--day", "yesterday").code == 2


def test_its_language_is_the_configured_one(call: Call, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('language = "ko"\n', encoding="utf-8")
    assert call("digest").out.startswith("# 다이제스트 2026-11-23\n\n안 읽은 대화가 없습니다.")

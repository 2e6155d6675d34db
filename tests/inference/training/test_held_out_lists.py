"""The lists of central and of false facts fit the held-out conversations they were made for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inference.training.corpus import CORPUS_FOLDER, Conversation, read_corpus

FILES = [CORPUS_FOLDER / f"held_out_{language}.jsonl" for language in ("en", "ko")]
MIN_CHARS = 2
"""A space counts: it keeps a short word from matching inside a longer one."""

MIN_FORBIDDING = 0.5
"""Share of the conversations that forbid something: most hold a correction, a denial, an order
to the summariser or a duty that could be given to the wrong person.
"""

HELD_OUT = {c.id: c for c in read_corpus() if c.held_out}


def read_lists(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gold_of(conversation: Conversation) -> str:
    return "\n".join(point.text for point in conversation.points).casefold()


ENTRIES = [pytest.param(entry, id=entry["id"]) for path in FILES for entry in read_lists(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_held_out_conversation_has_its_lists_in_corpus_order(path: Path) -> None:
    language = path.stem.removeprefix("held_out_")
    assert [entry["id"] for entry in read_lists(path)] == [
        c.id for c in HELD_OUT.values() if c.language == language
    ]


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_has_two_to_five_facts_in_spellings_too_long_to_match_by_accident(
    entry: dict[str, Any],
) -> None:
    assert set(entry) == {"id", "must", "forbid"}
    assert 2 <= len(entry["must"]) <= 5
    assert all(entry["must"])
    spellings = [*(s for spellings in entry["must"] for s in spellings), *entry["forbid"]]
    assert [s for s in spellings if not s.strip() or len(s) < MIN_CHARS] == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_gold_summary_holds_every_fact_and_nothing_forbidden(entry: dict[str, Any]) -> None:
    gold = gold_of(HELD_OUT[entry["id"]])
    missed = [
        spellings for spellings in entry["must"] if not any(s.casefold() in gold for s in spellings)
    ]
    assert missed == []
    assert [s for s in entry["forbid"] if s.casefold() in gold] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_taken_back_is_forbidden(path: Path) -> None:
    entries = read_lists(path)
    assert sum(bool(entry["forbid"]) for entry in entries) >= MIN_FORBIDDING * len(entries)

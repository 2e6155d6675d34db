"""bench: speed and memory of one model on the sample stores, and what is left of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inference.footprint import WeightSizes

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import ScriptedEngine

KEYS = {
    *("ingest", "unread_seconds", "model", "load_seconds", "prefill", "decode", "conversations"),
    *("import", "conversation_seconds", "resident_memory_bytes", "peak_memory_bytes"),
    *("encryption", "start", "engine", "peer", "limits", "machine"),
}


@pytest.fixture(autouse=True)
def _weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's file is none that anything could be read from."""
    sizes = WeightSizes(layer_bytes=400_000_000, output_bytes=100_000_000)
    monkeypatch.setattr("companion.benching.speed.measure_weights", lambda _: sizes)


def test_a_model_is_measured_and_nothing_is_left(
    call: Call, engine: ScriptedEngine, home: Path
) -> None:
    document = call("bench", "--messages", "300", "--json").document
    assert document.keys() == KEYS
    assert document["model"] == "qwen2.5-coder-0.5b"
    assert document["conversations"] >= 8
    assert document["prefill"].keys() == {"prompt_tokens", "tokens_per_second", "limit", "ratio"}
    assert document["decode"].keys() == {"tokens_per_second", "limit", "ratio"}
    assert (document["engine"]["workers"], document["engine"]["threads"]) == (2, 1)
    assert len(document["engine"]["trials"]) == 2
    assert document["peer"] is None
    assert all(value > 0 for value in document["limits"].values())
    assert document["machine"].keys() == {"processor", "cores"}
    assert document["peak_memory_bytes"] >= document["resident_memory_bytes"] > 0
    assert engine.closes == 2
    assert list((home / "state").iterdir()) == []
    assert call("list", "--json").document == {"conversations": []}


def test_people_see_a_table_with_the_limits(call: Call, engine: ScriptedEngine) -> None:
    shown = call("bench", "--messages", "300")
    assert shown.code == 0, shown.err
    for word in ("measured", "limit", "prefill", "decode", "texts side by side", "memory, at most"):
        assert word in shown.out


def test_without_a_model_only_the_stores_have_figures(call: Call) -> None:
    few = ("bench", "--model", "none", "--messages", "300")
    document = call(*few, "--json").document
    assert document["model"] == "none"
    assert document["ingest"]["messages_per_second"] > 0
    assert document["prefill"] is None
    assert document["start"].pop("messages") == 300
    assert document["start"].keys() == {"help_seconds", "status_seconds", "screen_seconds"}
    assert all(seconds > 0 for seconds in document["start"].values())
    assert document["conversation_seconds"] is None
    assert "prefill" not in call(*few).out


def test_each_kind_of_generated_store_has_its_figures_and_limits(call: Call) -> None:
    document = call("bench", "--model", "none", "--messages", "300", "--json").document
    assert [figures["kind"] for figures in document["import"]] == ["kakaotalk", "whatsapp-mac"]
    for figures in document["import"]:
        assert figures["messages"] == 300
        assert all(value > 0 for key, value in figures.items() if key != "kind")


def test_the_cost_of_encryption_is_measured_where_it_can_be(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("bench", "--model", "none", "--messages", "300", "--json")
    figures = call(*few).document["encryption"]
    assert (figures.pop("kind"), figures.pop("messages")) == ("whatsapp-mac", 300)
    assert all(value > 0 for value in figures.values())
    monkeypatch.setattr("companion.benching.encrypting.find_spec", lambda _: None)
    assert call(*few).document["encryption"] is None


def test_a_peer_that_is_unknown_or_not_there_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("bench", "--peer", "ollama").code == 2
    monkeypatch.setattr("companion.benching.peering.find_spec", lambda _: None)
    refused = call("bench", "--peer", "llama.cpp")
    assert refused.code == 2
    assert "pip install llama-cpp-python" in refused.err


def test_a_store_without_messages_is_refused(call: Call) -> None:
    assert call("bench", "--messages", "0").code == 2

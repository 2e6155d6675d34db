"""eval: figures of the whole pipeline on a file, on the bundled one, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import Inbox, ScriptedEngine

KEYS = {
    *("model", "items", "left_out", "languages", "seconds", "load_seconds", "peak_memory_bytes"),
}
CONTRACT = {"rouge1", "rouge2", "rougeL", "must", "forbid", "copied", "ungrounded", "language_ok"}


def write_lines(path: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def make_item(id_: str, language: str, lines: tuple[str, ...], **gold: object) -> dict[str, object]:
    pairs = [line.partition(": ") for line in lines]
    return {
        "id": id_,
        "lang": language,
        "title": "",
        "me": "Jiwoo",
        "messages": [{"sender": sender, "text": text} for sender, _, text in pairs],
        **gold,
    }


@pytest.fixture
def climbing_item(inbox: Inbox) -> dict[str, object]:
    return make_item(
        "climbing",
        "en",
        inbox.climbing,
        references=["The wall is closed, so they meet at Mile End on Thursday."],
        must=[["Mile End"], ["Thursday"], ["by card", "card only"]],
        forbid=["Bermondsey"],
        sources=[[0, 4]],
    )


@pytest.fixture
def file(tmp_path: Path, inbox: Inbox, climbing_item: dict[str, object]) -> Path:
    trip = make_item("trip", "ko", inbox.trip, references=["민서가 예약한다."], must=[["9시 20분"]])
    return write_lines(tmp_path / "items.jsonl", climbing_item, trip)


def test_the_document_has_the_contracts_figures_beside_the_baselines(
    call: Call, engine: ScriptedEngine, file: Path
) -> None:
    measured = call("eval", file, "--json")
    assert measured.code == 0, measured.err
    document = measured.document
    assert set(document) == KEYS
    assert (document["model"], document["items"]) == ("qwen2.5-coder-0.5b", 2)
    assert document["peak_memory_bytes"] > 1_000_000
    for language in ("en", "ko"):
        figures = document["languages"][language]
        assert figures["seconds"] >= 0
        for part in (figures, figures["lead3"], figures["longest3"]):
            assert part.keys() >= CONTRACT
    english = document["languages"]["en"]
    assert english["origins"] == {"model": 1.0}
    assert english["must"] == pytest.approx(2 / 3, abs=1e-4)
    assert (english["forbid"], english["longest3"]["forbid"]) == (0.0, 1.0)
    assert engine.loads == engine.closes == 1


def test_people_get_a_table_a_language(call: Call, engine: ScriptedEngine, file: Path) -> None:
    measured = call("eval", file)
    assert measured.code == 0
    assert "en: 1 conversation" in measured.out
    assert "ko: 1 conversation" in measured.out
    (row,) = [line for line in measured.out.splitlines() if line.startswith(" must ")][:1]
    assert row.split()[1] == "0.667"
    assert measured.err.splitlines() == ["summarised 1/2", "summarised 2/2"]


def test_outputs_are_one_line_a_summary(
    call: Call, engine: ScriptedEngine, file: Path, tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs.jsonl"
    assert call("eval", file, "--outputs", outputs).code == 0
    rows = [json.loads(line) for line in outputs.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["origin"]) for row in rows] == [
        ("climbing", "model"),
        ("trip", "model"),
    ]
    assert rows[0]["unmet"] == [["by card", "card only"]]
    assert "Mile End" in rows[0]["sentences"][0]


def test_without_a_file_the_bundled_one_is_measured(call: Call) -> None:
    document = call("eval", "--model", "none", "--json").document
    assert (document["model"], document["items"], document["load_seconds"]) == ("none", 20, 0.0)
    for figures in document["languages"].values():
        assert figures["items"] == 10
        assert figures["origins"] == {"extractive": 1.0}
        assert figures["must"] == figures["highlights"]["must"]


def test_limit_takes_the_first(call: Call, file: Path) -> None:
    document = call("eval", file, "--model", "none", "--limit", "1", "--json").document
    assert document["items"] == 1
    assert set(document["languages"]) == {"en"}


def test_bad_lines_are_named_and_the_others_measured(
    call: Call, climbing_item: dict[str, Any], tmp_path: Path
) -> None:
    without_gold = {key: value for key, value in climbing_item.items() if key != "references"}
    without_sender = climbing_item | {"messages": [{"text": "meet me at the old mill"}]}
    path = write_lines(
        tmp_path / "items.jsonl", "{", "", without_gold, climbing_item, without_sender, "[]"
    )
    measured = call("eval", path, "--model", "none", "--json")
    assert measured.code == 1
    assert measured.document["items"] == 1
    numbers = [reason.partition(":")[0] for reason in measured.document["left_out"]]
    assert numbers == ["line 1", "line 3", "line 5", "line 6"]
    error = measured.err.splitlines()[-1]
    assert error.startswith("companion: 4 lines were left out (line 1: ")
    assert '"references"' in error
    assert "old mill" not in measured.err


def test_a_file_without_an_item_is_refused(call: Call, tmp_path: Path) -> None:
    assert "no item" in call("eval", write_lines(tmp_path / "empty.jsonl")).get_error()
    broken = write_lines(tmp_path / "broken.jsonl", "{")
    assert "line 1: " in call("eval", broken, "--json").get_error()


def test_a_model_that_is_not_here_is_named_and_nothing_is_fetched(call: Call, file: Path) -> None:
    assert "companion model pull" in call("eval", file, "--json").get_error()
    assert "companion model list" in call("eval", file, "--model", "nonsense").get_error()


@pytest.mark.parametrize(
    "arguments",
    [("no-such-file.jsonl",), ("--limit", "0"), ("--outputs", "no-such-folder/outputs.jsonl")],
    ids=" ".join,
)
def test_wrong_usage_is_told_before_any_work(call: Call, arguments: tuple[str, ...]) -> None:
    refused = call("eval", *arguments)
    assert (refused.code, refused.out) == (2, "")

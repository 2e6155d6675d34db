"""`export` gives everything out: as a document that can be read back, and as Markdown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call


@pytest.fixture
def summarised(stocked: Call) -> Call:
    """Three stores, summarised without a model, a digest kept."""
    stocked("model", "use", "none")
    stocked("summarize")
    stocked("digest", "--now")
    return stocked


def test_the_document_holds_what_the_archive_holds(summarised: Call) -> None:
    told = summarised("export", "--format", "json").document
    assert told == summarised("export", "--json").document | {"made_at": told["made_at"]}
    listed = summarised("list", "--json").document["conversations"]
    assert [row["id"] for row in told["conversations"]] == [row["id"] for row in listed]
    for row in told["conversations"]:
        shown = summarised("show", f"#{row['id']}", "--messages", "9999", "--json").document
        assert row["items"] == shown["messages"]
        assert row["summaries"][0] == shown["summary"]
    assert len(told["todo"]) == len(summarised("todo", "--all", "--json").document["todo"]) > 0
    (digest,) = told["digests"]
    assert digest == summarised("digest", "--json").document


def test_one_conversation_is_given_without_digests(summarised: Call) -> None:
    told = summarised("export", "Climbing Thursdays", "--json").document
    assert [row["title"] for row in told["conversations"]] == ["Climbing Thursdays"]
    assert {todo["conversation"] for todo in told["todo"]} == {"Climbing Thursdays"}
    assert told["digests"] == []


def test_markdown_shows_every_message_letter_by_letter(summarised: Call) -> None:
    written = summarised("export", "제주 여행").out
    messages = summarised("show", "제주 여행", "--messages", "999", "--json").document["messages"]
    lines = [line for line in written.splitlines() if line.startswith("- 20")]
    assert len(lines) == len(messages)
    assert written.startswith("# 제주 여행")


def test_a_fresh_home_gives_an_empty_document(call: Call) -> None:
    told = call("export", "--json").document
    assert (told["conversations"], told["todo"], told["digests"]) == ([], [], [])


class TestAFile:
    @pytest.mark.parametrize("form", ["md", "json"])
    def test_holds_the_same_and_is_private(
        self, summarised: Call, tmp_path: Path, form: str
    ) -> None:
        output = tmp_path / "out"
        said = summarised("export", "--format", form, "--output", output)
        assert (said.code, said.err) == (0, "")
        assert output.stat().st_mode & 0o777 == 0o600
        written = output.read_text(encoding="utf-8")
        printed = summarised("export", "--format", form).out
        if form == "json":
            assert json.loads(written)["conversations"] == json.loads(printed)["conversations"]
        else:
            assert written == printed

    def test_that_is_there_is_not_touched(self, summarised: Call, tmp_path: Path) -> None:
        output = tmp_path / "out"
        output.write_text("mine")
        assert "there already" in summarised("export", "--output", output).get_error(2)
        assert output.read_text() == "mine"

    def test_that_cannot_be_made_is_one_line(self, summarised: Call, tmp_path: Path) -> None:
        assert "out" in summarised("export", "--output", tmp_path / "none" / "out").get_error()

    def test_is_told_as_a_document_too(self, summarised: Call, tmp_path: Path) -> None:
        told = summarised("export", "--output", tmp_path / "out", "--json").document
        rows = summarised("list", "--json").document["conversations"]
        assert told == {"output": str(tmp_path / "out"), "conversations": len(rows)}

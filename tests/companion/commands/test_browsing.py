"""list, show, search and todo: what is in the archive, and nothing of it changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import Inbox, ScriptedEngine

ROW_KEYS = {"id", "title", "kind", "source", "unread", "unread_origin", "last", "urgent", "summary"}


class TestList:
    def test_rows_say_where_unread_comes_from(self, stocked: Call) -> None:
        rows = stocked("list", "--json").document["conversations"]
        assert all(row.keys() >= ROW_KEYS for row in rows)
        origins = {row["source"]: row["unread_origin"] for row in rows}
        assert origins == {"whatsapp": "mark", "kakaotalk": "mark", "imessage": "store"}
        assert all(datetime.fromisoformat(row["last"]).utcoffset() is not None for row in rows)

    def test_unread_leaves_out_what_is_read(self, stocked: Call) -> None:
        stocked("read", "Climbing")
        rows = stocked("list", "--unread", "--json").document["conversations"]
        assert rows
        assert all(row["unread"] > 0 for row in rows)
        assert "Climbing Thursdays" not in {row["title"] for row in rows}

    def test_urgent_is_what_waits_for_the_owner(
        self, stocked: Call, engine: ScriptedEngine
    ) -> None:
        stocked("summarize", "Climbing")
        urgent = stocked("list", "--urgent", "--json").document["conversations"]
        assert "Climbing Thursdays" in {row["title"] for row in urgent}
        assert all(row["urgent"] for row in urgent)
        every = stocked("list", "--json").document["conversations"]
        assert every[: len(urgent)] == urgent
        assert len(every) > len(urgent)

    def test_people_get_a_table(self, stocked: Call) -> None:
        assert "Climbing Thursdays" in stocked("list").out

    def test_a_message_that_stands_for_a_summary_is_marked_as_a_quote(self, stocked: Call) -> None:
        stocked("summarize", "Climbing")
        rows = stocked("list", "--json").document["conversations"]
        (row,) = [row for row in rows if row["title"] == "Climbing Thursdays"]
        assert row["quote"] is True
        first_word, *_ = row["summary"].split()
        assert f"“{first_word}" in stocked("list").out


class TestShow:
    def test_it_gives_conversation_summary_and_newest_messages(self, stocked: Call) -> None:
        shown = stocked("show", "climbing", "--messages", "3", "--json").document
        assert shown.keys() == {"conversation", "summary", "messages"}
        assert shown["conversation"]["title"] == "Climbing Thursdays"
        assert shown["summary"] is None
        assert len(shown["messages"]) == 3
        assert "book the five of us" in shown["messages"][-1]["text"]
        assert shown["messages"][-1]["unread"] is True

    def test_a_number_names_a_conversation(self, stocked: Call) -> None:
        (row, *_) = stocked("list", "--json").document["conversations"]
        shown = stocked("show", f"#{row['id']}", "--json").document
        assert shown["conversation"] == row

    def test_looking_marks_nothing_read(self, stocked: Call) -> None:
        before = stocked("list", "--json").document
        stocked("show", "Climbing")
        assert stocked("list", "--json").document == before

    def test_people_see_unread_messages_marked(self, stocked: Call) -> None:
        lines = stocked("show", "Climbing").out.splitlines()
        assert lines[-1].startswith("• ")
        assert any(line.startswith("  ") and "Jiwoo: I'm in" in line for line in lines)

    @pytest.mark.parametrize("number", ["0", "-1", "many"])
    def test_no_messages_is_wrong_usage(self, stocked: Call, number: str) -> None:
        assert stocked("show", "Climbing", "--messages", number).code == 2


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            pytest.param("카오뱅", "카카오뱅크", id="inside a Korean word"),
            pytest.param("예약 수요일", "수요일까지 보내줘", id="every word"),
            pytest.param("DENTIST", "I have a dentist", id="any case"),
            pytest.param("9시", "9시 20분", id="two letters"),
            pytest.param("10%", "10% off", id="no wildcards"),
            pytest.param('"climbing', 'group "Climbing', id="a quotation mark"),
        ],
    )
    def test_it_finds_messages(self, stocked: Call, query: str, text: str) -> None:
        hits = stocked("search", query, "--json").document["hits"]
        assert any(text in hit["text"] for hit in hits)
        assert all(hit["kind"] == "message" and hit["message"] for hit in hits)

    def test_it_finds_summaries(self, stocked: Call, engine: ScriptedEngine) -> None:
        stocked("summarize", "Climbing")
        hits = stocked("search", "places for five", "--json").document["hits"]
        assert [(hit["kind"], hit["message"]) for hit in hits] == [("summary", None)]

    @pytest.mark.parametrize("query", ["nothing of the kind", "", "*", "AND OR NOT", "제주 AND"])
    def test_nothing_found_is_no_failure(self, stocked: Call, query: str) -> None:
        found = stocked("search", query, "--json")
        assert (found.code, found.document) == (0, {"hits": []})

    def test_people_see_every_word_of_a_hit(
        self, stocked: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        (hit,) = stocked("search", "카카오뱅크", "--json").document["hits"]
        shown = stocked("search", "카카오뱅크").out.split()
        assert set(hit["text"].split()) <= set(shown)

    def test_hits_are_limited(self, stocked: Call) -> None:
        assert len(stocked("search", "a", "--limit", "2", "--json").document["hits"]) <= 2

    def test_hostile_text_reaches_no_terminal(self, call: Call, jeju: Path) -> None:
        with jeju.open("a", encoding="utf-8") as file:
            file.write("2026년 11월 23일 오후 7:00, 도윤 : 빨강\x1b[31m\u202e끝\n")
        call("add", jeju, "--unread", "all")
        for command in (("search", "빨강"), ("show", "제주"), ("list",)):
            out = call(*command).out
            assert "\x1b[31m" not in out
            assert "\u202e" not in out


class TestToDo:
    def test_the_owners_come_first(self, stocked: Call, engine: ScriptedEngine) -> None:
        stocked("summarize", "Climbing", "제주")
        rows = stocked("todo", "--json").document["todo"]
        mine = [row["mine"] for row in rows]
        assert mine == sorted(mine, reverse=True)
        assert {("Jiwoo", True), ("지우", True)} <= {(row["who"], row["mine"]) for row in rows}
        assert not any(row["done"] for row in rows)
        assert rows[0].keys() == {
            "id",
            "conversation",
            "who",
            "what",
            "when",
            "mine",
            "done",
            "evidence",
        }
        assert "Jiwoo" in stocked("todo").out


class TestDisappearing:
    def test_no_command_shows_what_ran_out(self, call: Call, inbox: Inbox) -> None:
        now = datetime.now(UTC)
        inbox.tell("Climbing", *inbox.climbing, expires_at=now - timedelta(seconds=1))
        inbox.tell("Dinner", "Ben: soup?", expires_at=now + timedelta(days=1))
        rows = call("list", "--json").document["conversations"]
        assert {row["title"]: row["unread"] for row in rows} == {"Climbing": 0, "Dinner": 1}
        assert call("search", "Mile", "--json").document["hits"] == []
        assert inbox.reader.find_next_expiry() == now + timedelta(days=1)

"""summarize, from the archive and from a pipe, and read: documents, order, what goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import ScriptedEngine

SUMMARY_KEYS = {
    "conversation",
    "title",
    "language",
    "highlights",
    "sentences",
    "origin",
    "actions",
    "topic",
    "unread",
    "covered",
    "skipped",
    "flags",
    "model",
    "options",
    "seconds",
}

CLIMBING = {
    "title": "Climbing",
    "me": "Jiwoo",
    "lang": "en",
    "messages": [
        {"sender": sender, "text": text, "sent_at": f"2026-11-23T12:3{minute}:00+00:00"}
        for minute, (sender, text) in enumerate(
            [
                ("Ben", "Bad news, the Kings Cross wall is shut this week for resetting"),
                ("Lena", "Bermondsey takes me an hour, what about Mile End"),
                ("Ben", "Mile End works for me, at 19:00 though, I have a dentist before"),
                ("Marta", "Fine by me, so Thursday at Mile End, everyone"),
                ("Ben", "Jiwoo can you book the five of us? They take no cash"),
            ]
        )
    ],
}
MUM = {"title": "엄마", "messages": [{"sender": "엄마", "text": "김치 가져가라"}]}


def make_lines(*documents: object) -> str:
    return "".join(
        (document if isinstance(document, str) else json.dumps(document)) + "\n"
        for document in documents
    )


class TestOfTheArchive:
    def test_without_a_model_every_unread_conversation_gets_quotes(self, stocked: Call) -> None:
        summarized = stocked("summarize", "--json")
        assert summarized.code == 0
        document = summarized.document
        unread = stocked("list", "--unread", "--json").document["conversations"]
        assert document["seconds"] >= 0
        assert len(document["summaries"]) == len(unread) > 2
        for summary in document["summaries"]:
            assert summary.keys() >= SUMMARY_KEYS
            assert summary["origin"] == "extractive"
            assert summary["model"] is None
            assert summary["highlights"]
            assert [item["evidence"] for item in summary["sentences"]] == [
                [item["message"]] for item in summary["highlights"]
            ]

    def test_with_a_model_gists_rest_on_messages_of_their_conversation(
        self, stocked: Call, engine: ScriptedEngine
    ) -> None:
        (summary,) = stocked("summarize", "Climbing", "--json").document["summaries"]
        assert (summary["origin"], summary["model"]) == ("model", "scripted")
        assert summary["topic"] == "Climbing at Mile End"
        assert summary["options"]["prompt"]
        shown = stocked("show", "Climbing", "--json").document
        ids = {message["id"] for message in shown["messages"]}
        assert all(set(item["evidence"]) <= ids for item in summary["sentences"])
        (action,) = summary["actions"]
        assert action.keys() == {"who", "what", "when", "evidence"}
        assert shown["summary"]["sentences"] == summary["sentences"]

    def test_only_the_named_chats_are_summarised(self, stocked: Call) -> None:
        summaries = stocked("summarize", "제주", "Climbing Thursdays", "--json").document
        assert {item["title"] for item in summaries["summaries"]} == {
            "제주 여행 🍊",
            "Climbing Thursdays",
        }

    def test_again_gives_the_same_and_force_does_it_anew(
        self, stocked: Call, engine: ScriptedEngine
    ) -> None:
        first = stocked("summarize", "Climbing", "--json").document["summaries"]
        assert stocked("summarize", "Climbing", "--json").document["summaries"] == first
        assert len(engine.prompts) == 1
        stocked("summarize", "Climbing", "--force", "--json")
        assert len(engine.prompts) == 2

    def test_a_quote_is_marked_as_one_and_comes_once(
        self, stocked: Call, engine: ScriptedEngine
    ) -> None:
        (summary,) = stocked("summarize", "Climbing", "--json").document["summaries"]
        quotes = [item for item in summary["sentences"] if item.get("quote")]
        assert 0 < len(quotes) < len(summary["sentences"])
        lines = stocked("summarize", "Climbing", "--force").out.splitlines()
        for item in summary["sentences"]:
            bar = "│ " if item in quotes else ""
            assert lines.count(f"  {bar}{item['text']}") == 1
        messages = {number for item in quotes for number in item["evidence"]}
        others = [item for item in summary["highlights"] if item["message"] not in messages]
        assert sum(line.startswith("  │ ") for line in lines) == len(quotes) + len(others)

    def test_people_see_who_wrote_it(self, stocked: Call, engine: ScriptedEngine) -> None:
        shown = stocked("summarize", "Climbing").out
        assert "written by scripted on this machine, 13 of 13 unread messages read" in shown
        assert "[ ] Jiwoo: Jiwoo can you book the five of us?" in shown

    def test_an_engine_that_fails_leaves_quotes(
        self, stocked: Call, engine: ScriptedEngine
    ) -> None:
        engine.script["Mile End"] = None
        summarized = stocked("summarize", "Climbing", "--json")
        assert summarized.code == 0
        assert "model-failed" in summarized.document["summaries"][0]["flags"]


class TestOfAPipe:
    def test_one_conversation_gives_the_summary_object_and_stores_nothing(
        self, call: Call, engine: ScriptedEngine
    ) -> None:
        piped = call("summarize", "--stdin", stdin=json.dumps(CLIMBING | {"id": "c-1"}))
        assert piped.code == 0, piped.err
        summary = piped.document
        assert summary.keys() == SUMMARY_KEYS | {"id"}
        assert (summary["id"], summary["conversation"]) == ("c-1", None)
        assert (summary["title"], summary["language"]) == ("Climbing", "en")
        assert (summary["origin"], summary["model"]) == ("model", "scripted")
        assert (summary["unread"], summary["covered"], summary["skipped"]) == (5, 5, 0)
        assert all(set(item["evidence"]) <= set(range(5)) for item in summary["sentences"])
        assert "Jiwoo" in {action["who"] for action in summary["actions"]}
        assert call("list", "--json").document == {"conversations": []}

    def test_without_a_model_it_quotes_and_says_so(self, call: Call) -> None:
        summary = call("summarize", "--stdin", stdin=json.dumps(CLIMBING)).document
        assert summary["origin"] == "extractive"
        assert "no-model" in summary["flags"]
        assert "id" not in summary
        for item in summary["highlights"]:
            assert item["text"] == CLIMBING["messages"][item["message"]]["text"]

    @pytest.mark.parametrize("with_model", [True, False])
    def test_lines_keep_ids_and_order(
        self, call: Call, request: pytest.FixtureRequest, with_model: bool
    ) -> None:
        if with_model:
            request.getfixturevalue("engine")
        # Those that need no model must not overtake those before them.
        documents = [CLIMBING | {"id": 7}, MUM | {"id": "m"}, CLIMBING | {"id": [1]}, MUM]
        piped = call("summarize", "--stdin", "--jsonl", stdin=make_lines(*documents))
        assert piped.code == 0
        summaries = [json.loads(line) for line in piped.out.splitlines()]
        assert [item.get("id") for item in summaries] == [7, "m", [1], None]
        assert [item["title"] for item in summaries] == ["Climbing", "엄마", "Climbing", "엄마"]

    def test_lines_share_one_call_of_the_model(self, call: Call, engine: ScriptedEngine) -> None:
        call("summarize", "--stdin", "--jsonl", stdin=make_lines(CLIMBING, CLIMBING, CLIMBING))
        assert engine.loads == 1
        assert len(engine.prompts) == 3

    def test_bad_lines_are_named_and_the_others_answered(self, call: Call) -> None:
        lines = make_lines(MUM | {"id": 1}, "{", "", {"title": "no messages"}, MUM | {"id": 5})
        piped = call("summarize", "--stdin", "--jsonl", stdin=lines)
        assert piped.code == 1
        assert [json.loads(line)["id"] for line in piped.out.splitlines()] == [1, 5]
        (error,) = piped.err.splitlines()
        assert "2 lines were left out" in error
        assert "line 2: " in error
        assert "line 4: " in error

    @pytest.mark.parametrize(
        ("stdin", "reason"),
        [
            pytest.param("", "JSON", id="nothing"),
            pytest.param("{", "JSON", id="half"),
            pytest.param(b"\xff\xfe", "JSON", id="no UTF-8"),
            pytest.param("[" * 100_000, "JSON", id="too deep"),
            pytest.param("[]", "messages", id="a list"),
            pytest.param("{}", "messages", id="no messages"),
            pytest.param('{"messages": 1}', "messages", id="messages of another type"),
            pytest.param('{"messages": ["hi"]}', "message 0", id="a message that is text"),
            pytest.param('{"messages": [{"text": "hi"}]}', "sender", id="no sender"),
            pytest.param('{"messages": [{"sender": "A"}]}', "text", id="no text"),
            pytest.param('{"title": 1, "messages": []}', "title", id="title of another type"),
            pytest.param('{"lang": "fr", "messages": []}', "lang", id="another language"),
            pytest.param(
                '{"messages": [{"sender": "A", "text": "t", "sent_at": "noon"}]}',
                "sent_at",
                id="no time",
            ),
            pytest.param(
                '{"messages": [{"sender": "A", "text": "t", "sent_at": 12}]}',
                "sent_at",
                id="a number for a time",
            ),
        ],
    )
    def test_what_is_no_conversation_is_told_in_one_line(
        self, call: Call, stdin: str | bytes, reason: str
    ) -> None:
        error = call("summarize", "--stdin", stdin=stdin).get_error()
        assert reason in error
        assert '{"title", "messages": [{"sender", "text", "sent_at"?}]}' in error

    @pytest.mark.parametrize(
        "message",
        [
            pytest.param({"sender": "A", "text": "half a pair \ud83d here"}, id="lone surrogate"),
            pytest.param({"sender": "", "text": ""}, id="nothing said"),
            pytest.param({"sender": "A", "text": "hi", "sent_at": None}, id="null time"),
            pytest.param(
                {"sender": "A", "text": "hi", "sent_at": "2026-11-23T12:30:00"}, id="local time"
            ),
            pytest.param(
                {"sender": "A", "text": "hi", "sent_at": "0001-01-01T00:00:00"}, id="year one"
            ),
            pytest.param({"sender": "A", "text": "\x1b[31mred\x00"}, id="control characters"),
        ],
    )
    def test_odd_messages_are_borne(self, call: Call, message: dict[str, Any]) -> None:
        piped = call("summarize", "--stdin", stdin=json.dumps({"messages": [message]}))
        assert piped.code == 0, piped.err
        assert piped.document["unread"] == 1

    def test_null_stands_for_what_is_left_out(self, call: Call) -> None:
        document = MUM | {"title": None, "me": None, "lang": None}
        assert call("summarize", "--stdin", stdin=json.dumps(document)).document["title"] == ""

    def test_a_conversation_without_messages_has_an_empty_summary(self, call: Call) -> None:
        summary = call("summarize", "--stdin", stdin='{"messages": []}').document
        assert (summary["unread"], summary["sentences"], summary["highlights"]) == (0, [], [])

    @pytest.mark.parametrize(
        "arguments", [("--stdin", "Climbing"), ("--stdin", "--force"), ("--jsonl",)]
    )
    def test_options_that_exclude_each_other_are_wrong_usage(
        self, call: Call, arguments: tuple[str, ...]
    ) -> None:
        assert "--stdin" in call("summarize", *arguments).get_error(2)


class TestRead:
    def test_it_marks_and_undo_takes_it_back(self, stocked: Call) -> None:
        def count_unread() -> int:
            (row,) = [
                row
                for row in stocked("list", "--json").document["conversations"]
                if row["title"] == "Climbing Thursdays"
            ]
            return int(row["unread"])

        assert count_unread() == 13
        assert stocked("read", "Climbing", "--json").document["changed"] == 13
        assert count_unread() == 0
        assert stocked("read", "Climbing", "--json").document["changed"] == 0
        assert stocked("read", "Climbing", "--undo", "--json").document["changed"] == 13
        assert count_unread() == 13
        assert stocked("read", "Climbing", "--undo", "--json").document["changed"] == 0

    def test_people_are_told_the_number(self, stocked: Call) -> None:
        assert stocked("read", "Climbing").out == "13 messages read.\n"
        assert stocked("read", "Climbing", "--undo").out == "13 messages unread again.\n"

    def test_a_summary_that_is_read_is_not_listed_as_unread(self, stocked: Call) -> None:
        stocked("read", "Climbing")
        assert stocked("summarize", "Climbing", "--json").document["summaries"] == []


@pytest.mark.parametrize("command", ["read", "show", "summarize"])
class TestNamingAChat:
    def test_an_unknown_one_is_not_found(self, stocked: Call, command: str) -> None:
        assert "companion list" in stocked(command, "Nobody", "--json").get_error()

    def test_an_ambiguous_one_is_wrong_usage_and_lists_numbers_not_titles(
        self, stocked: Call, command: str
    ) -> None:
        error = stocked(command, "a", "--json").get_error(2)
        assert "#" in error
        assert "Climbing" not in error

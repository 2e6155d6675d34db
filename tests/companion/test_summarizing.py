"""A pass does what is due once, keeps what it did, and one bad conversation stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from companion.chats import make_chat
from companion.config import Config
from companion.lock import hold_pass_lock
from companion.modelling import Model
from companion.summarizing import PassReport, Saved
from inference.errors import InferenceError, ModelMissing
from inference.interface import Chat, Summary
from inference.summarizer import Summarizer
from storage.records import ConversationRow

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox, ScriptedEngine


def test_unread_conversations_get_gists_with_evidence(inbox: Inbox, engine: ScriptedEngine) -> None:
    climbing, trip = inbox.tell_climbing(), inbox.tell_trip()
    assert inbox.run_pass() == PassReport(highlights=2, gists=2)
    for conversation, language in ((climbing, "en"), (trip, "ko")):
        summary = inbox.get_summary(conversation)
        unread = {message.id for message in inbox.reader.unread_messages(conversation)[1]}
        assert (summary.origin, summary.gist, summary.model) == ("model", "done", "scripted")
        assert summary.language == language
        assert (summary.unread, summary.covered, summary.skipped) == (6, 6, 0)
        assert summary.sentences
        assert all(set(item.evidence) <= unread for item in summary.sentences)


def test_to_dos_of_the_owner_are_marked(inbox: Inbox, engine: ScriptedEngine) -> None:
    inbox.tell_climbing(), inbox.tell_trip()
    inbox.run_pass()
    found = {(todo.who, todo.is_mine) for todo in inbox.reader.todos()}
    assert {("Jiwoo", True), ("도윤", False)} <= found
    assert all(is_mine == (who in {"Jiwoo", "지우"}) for who, is_mine in found)


def test_unchanged_input_is_not_redone(inbox: Inbox, engine: ScriptedEngine) -> None:
    conversation = inbox.tell_climbing()
    inbox.run_pass()
    first = inbox.get_summary(conversation)
    assert inbox.run_pass() == PassReport()
    assert inbox.get_summary(conversation) == first
    assert len(engine.prompts) == 1
    assert len(inbox.reader.runs()) == 1


def test_force_redoes_it(inbox: Inbox, engine: ScriptedEngine) -> None:
    conversation = inbox.tell_climbing()
    inbox.run_pass()
    first = inbox.get_summary(conversation)
    assert inbox.run_pass(force=True).gists == 1
    assert inbox.get_summary(conversation).id != first.id
    assert len(engine.prompts) == 2


def test_a_new_unread_message_makes_a_new_summary_of_that_conversation_alone(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    climbing, trip = inbox.tell_climbing(), inbox.tell_trip()
    inbox.run_pass()
    before = inbox.get_summary(climbing), inbox.get_summary(trip)
    inbox.tell("Climbing", "Lena: I bring the blue chalk bag to Mile End", start=10)
    assert inbox.run_pass().gists == 1
    assert inbox.get_summary(climbing).unread == 7
    assert inbox.get_summary(climbing).input_hash != before[0].input_hash
    assert inbox.get_summary(trip) == before[1]


def test_an_edit_outdates_the_summary_and_redoes_it(inbox: Inbox, engine: ScriptedEngine) -> None:
    conversation = inbox.tell_climbing()
    inbox.run_pass()
    inbox.tell("Climbing", "Ben: Mile End works for me, at 20:00 though", start=3)
    assert inbox.get_summary(conversation).outdated
    assert inbox.run_pass().gists == 1
    assert not inbox.get_summary(conversation).outdated
    assert "20:00" in engine.prompts[-1]


def test_what_is_read_is_not_summarised(inbox: Inbox, engine: ScriptedEngine) -> None:
    conversation = inbox.tell_climbing()
    inbox.archive.mark_read(conversation, at=inbox.at)
    assert inbox.run_pass() == PassReport()
    assert inbox.run_pass(ids=[conversation]) == PassReport()
    assert inbox.reader.find_summary(conversation) is None


def test_only_the_conversations_asked_for_are_done(inbox: Inbox, engine: ScriptedEngine) -> None:
    climbing, trip = inbox.tell_climbing(), inbox.tell_trip()
    assert inbox.run_pass(ids=[trip]).gists == 1
    assert inbox.reader.find_summary(climbing) is None


def test_messages_read_before_are_context_and_no_part_of_the_count(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    conversation = inbox.tell("Climbing", "Jiwoo: Is the wall in Kings Cross open on Thursday?")
    inbox.tell("Climbing", *inbox.climbing, start=1)
    inbox.run_pass()
    assert "Is the wall in Kings Cross open on Thursday?" in engine.prompts[0]
    assert inbox.get_summary(conversation).unread == 6


def test_a_stopped_pass_is_finished_by_the_next_and_nothing_is_made_twice(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    climbing, trip = inbox.tell_climbing(), inbox.tell_trip()
    saved: list[Saved] = []
    report = inbox.run_pass(
        on_saved=saved.append, should_stop=lambda: any(item.stage == "gist" for item in saved)
    )
    assert (report.gists, report.left) == (1, 1)
    assert [item.stage for item in saved] == ["highlights", "highlights", "gist"]
    assert inbox.reader.totals().pending_gists == 1
    done = saved[-1]

    saved.clear()
    assert inbox.run_pass(on_saved=saved.append).gists == 1
    assert [item.stage for item in saved] == ["gist"]
    assert {done.conversation_id, saved[0].conversation_id} == {climbing, trip}
    assert inbox.get_summary(done.conversation_id).id == done.summary_id
    assert inbox.reader.totals().pending_gists == 0


def test_a_pass_that_may_not_begin_saves_highlights_and_loads_no_model(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    conversation = inbox.tell_climbing()
    report = inbox.run_pass(should_stop=lambda: True)
    assert (report.highlights, report.gists, report.left) == (1, 0, 1)
    assert inbox.get_summary(conversation).gist == "pending"
    assert engine.loads == 0


def test_highlights_are_saved_before_the_model_is_asked(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    conversation = inbox.tell_climbing()
    seen: list[tuple[str, str, int]] = []

    def look(saved: Saved) -> None:
        summary = inbox.get_summary(conversation)
        seen.append((saved.stage, summary.gist, len(engine.prompts)))

    inbox.run_pass(on_saved=look)
    assert seen == [("highlights", "pending", 0), ("gist", "done", 1)]


def test_highlights_stay_when_the_model_cannot_be_loaded(
    inbox: Inbox, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = inbox.tell_climbing()

    def fail(*_: object) -> None:
        raise ModelMissing("the model is gone", next_step="pull it again")

    with monkeypatch.context() as patch:
        patch.setattr(Model, "load", fail)
        report = inbox.run_pass()
    assert report == PassReport(1, left=1, error="the model is gone; pull it again")
    summary = inbox.get_summary(conversation)
    assert (summary.origin, summary.gist) == ("extractive", "pending")
    assert summary.highlights
    assert inbox.reader.runs()[0].outcome == "failed"

    inbox.run_pass()
    assert inbox.get_summary(conversation).gist == "done"


def test_a_model_that_fails_on_one_conversation_does_not_stop_the_others(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    climbing, trip = inbox.tell_climbing(), inbox.tell_trip()
    engine.script["Mile End"] = None
    report = inbox.run_pass()
    assert (report.gists, report.refused, report.left, report.error) == (1, 0, 1, None)
    assert inbox.get_summary(trip).gist == "done"
    failed = inbox.get_summary(climbing)
    assert (failed.gist, failed.origin) == ("pending", "extractive")
    assert "model-failed" in failed.flags

    del engine.script["Mile End"]
    assert inbox.run_pass() == PassReport()  # it waits a while
    assert inbox.run_pass(ids=[climbing]).left == 0
    assert inbox.get_summary(climbing).gist != "pending"


@pytest.mark.parametrize("has_model", [True, False])
def test_a_conversation_that_brings_out_a_mistake_does_not_stop_the_others(
    inbox: Inbox,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    has_model: bool,
) -> None:
    if has_model:
        request.getfixturevalue("engine")
    find = Summarizer.summarize_extractively

    def stumble(summarizer: Summarizer, chat: Chat) -> Summary:
        if any("zwxcanary" in message.text for message in chat.messages):
            raise ValueError(chat.messages[-1].text)
        return find(summarizer, chat)

    monkeypatch.setattr(Summarizer, "summarize_extractively", stumble)
    poison = inbox.tell("Poison", *inbox.climbing, "Ben: zwxcanary")
    climbing = inbox.tell_climbing()
    report = inbox.run_pass()
    assert (report.highlights, report.left, report.failed) == (1, 1, 1)
    assert inbox.get_summary(climbing).highlights
    (failure,) = inbox.reader.failures()
    assert (failure.conversation_id, failure.times) == (poison, 1)
    assert failure.reason.startswith("ValueError in test_summarizing.py:")
    assert "zwxcanary" not in failure.reason + caplog.text
    assert inbox.run_pass() == PassReport()  # it waits a while
    for _ in range(2):
        inbox.run_pass(ids=[poison])
    summary = inbox.get_summary(poison)
    assert (summary.gist, summary.flags, summary.highlights) == ("refused", ("given-up",), ())


def test_one_that_cannot_even_be_prepared_does_not_stop_the_others(
    inbox: Inbox, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(row: ConversationRow, *args: Any, **options: Any) -> Chat:
        if row.title == "Poison":
            raise RecursionError
        return make_chat(row, *args, **options)

    monkeypatch.setattr("companion.summarizing.make_chat", stumble)
    poison, climbing = inbox.tell("Poison", *inbox.climbing), inbox.tell_climbing()
    assert inbox.run_pass() == PassReport(highlights=1, gists=1)
    assert inbox.get_summary(climbing).gist == "done"
    assert inbox.reader.find_summary(poison) is None


def test_a_pass_that_a_failing_model_ends_tells_what_it_saved(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    inbox.tell_climbing()
    inbox.tell_trip()

    class Failing(Model):
        def summarize(self, chats: Sequence[Chat]) -> Iterator[tuple[int, Summary]]:
            yield next(iter(super().summarize(chats)))
            raise InferenceError("no memory", next_step="free some")

    report = inbox.run_pass(Failing(inbox.config, inbox.paths.cache))
    assert report == PassReport(2, gists=1, left=1, error="no memory; free some")
    assert inbox.reader.runs()[0].details["gists"] == 1


def test_a_gist_that_fails_its_checks_gives_way_to_quotes(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    conversation = inbox.tell_climbing()
    engine.script["Mile End"] = "Gregory pays 4,711 pounds for a helicopter to Reykjavik."
    assert inbox.run_pass() == PassReport(highlights=1, refused=1)
    summary = inbox.get_summary(conversation)
    assert (summary.origin, summary.model) == ("extractive", None)
    assert {"ungrounded-name", "ungrounded-number"} <= set(summary.flags)
    said = {message.text for message in inbox.reader.messages(conversation)}
    assert {item.text for item in summary.highlights} <= said


def test_without_a_model_there_are_quotes_that_say_so(inbox: Inbox) -> None:
    conversation = inbox.tell_climbing()
    assert inbox.run_pass() == PassReport(highlights=1)
    summary = inbox.get_summary(conversation)
    assert (summary.origin, summary.gist) == ("extractive", "refused")
    assert "no-model" in summary.flags
    assert inbox.run_pass() == PassReport()


def test_a_model_that_comes_later_writes_what_could_only_be_quoted(
    inbox: Inbox, request: pytest.FixtureRequest
) -> None:
    conversation = inbox.tell_climbing()
    inbox.run_pass()
    request.getfixturevalue("engine")
    assert inbox.run_pass().gists == 1
    assert inbox.get_summary(conversation).origin == "model"


def test_a_short_chat_needs_no_model(inbox: Inbox, engine: ScriptedEngine) -> None:
    conversation = inbox.tell("Mum", "Mum: Please call me when you are home", kind="direct")
    inbox.run_pass()
    assert "too-short" in inbox.get_summary(conversation).flags
    assert engine.loads == 0


def test_the_configured_language_wins_over_that_of_the_chat(
    inbox: Inbox, engine: ScriptedEngine
) -> None:
    conversation = inbox.tell_climbing()
    inbox.config = Config(language="ko")
    engine.script["Mile End"] = "벤이 마일엔드에서 만나자고 했다."
    inbox.run_pass()
    assert inbox.get_summary(conversation).language == "ko"


def test_while_another_process_keeps_the_model_nothing_is_done_and_the_report_says_so(
    inbox: Inbox, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = inbox.tell_climbing()
    monkeypatch.setattr("companion.summarizing._LOCK_WAIT_S", 0.0)
    with hold_pass_lock(inbox.paths.pass_lock_file, limit_s=0.0) as held:
        assert held
        report = inbox.run_pass()
    assert report.error is not None
    assert "busy" in report.error
    assert inbox.reader.find_summary(conversation) is None


def test_the_hash_tells_models_apart(inbox: Inbox, engine: ScriptedEngine) -> None:
    conversation = inbox.tell_climbing()
    inbox.run_pass()
    with_model = inbox.get_summary(conversation).input_hash
    inbox.config = Config(model="none")
    inbox.run_pass()
    assert inbox.get_summary(conversation).input_hash != with_model

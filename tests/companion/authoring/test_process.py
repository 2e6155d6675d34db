"""The model's process dies alone: real children, of which some texts abort, hang or raise."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from companion.authoring.interface import AuthorLost
from companion.authoring.process import ModelProcess
from companion.config import Config
from companion.summarizing import PassReport
from inference.errors import InferenceError
from inference.interface import Chat, ChatMessage
from tests.companion.authoring.scripted_child import ABORTS, HANGS, RAISES
from tests.companion.conftest import CLIMBING, lay_out_model

if TYPE_CHECKING:
    from companion.paths import Paths
    from tests.companion.conftest import Inbox

CHILD = (sys.executable, str(Path(__file__).with_name("scripted_child.py")))
SECRET = "zwxcanary"

Start = Callable[..., ModelProcess]


@pytest.fixture
def start(paths: Paths) -> Iterator[Start]:
    """Makes authors of the scripted child; what is left of them is ended."""
    lay_out_model(paths.cache)
    authors = []

    def start(*arguments: str, **options: float) -> ModelProcess:
        command = (*CHILD, *arguments)
        authors.append(ModelProcess(Config(), paths.cache, command, **options))
        return authors[-1]

    yield start
    for author in authors:
        author.unload()


def make_chat(*more: str) -> Chat:
    lines = [line.partition(": ") for line in (*CLIMBING, *more)]
    messages = (ChatMessage(n, sender, text) for n, (sender, _, text) in enumerate(lines))
    return Chat("Climbing", "Jiwoo", tuple(messages), language="en")


def make_poison(word: str) -> Chat:
    return make_chat(f"Ben: {word} {SECRET}")


def tell_poisonous(inbox: Inbox, word: str = ABORTS) -> int:
    return inbox.tell("Poison", *CLIMBING, f"Ben: {word}")


class TestAuthor:
    def test_it_writes_what_the_model_would_write_here(self, start: Start) -> None:
        author = start()
        ((index, summary),) = author.summarize([make_chat()])
        assert (index, summary.origin, summary.model) == (0, "model", "scripted")
        assert summary.topic == "Climbing at Mile End"

    def test_the_process_stays_for_more_until_it_is_unloaded(self, start: Start) -> None:
        author = start()
        assert not author.is_loaded
        list(author.summarize([make_chat()]))
        pid = author.child_pid
        list(author.summarize([make_chat()]))
        assert author.child_pid == pid is not None
        author.unload()
        author.unload()
        assert not author.is_loaded
        assert not psutil.pid_exists(pid)

    @pytest.mark.parametrize(
        ("word", "reason"),
        [(ABORTS, "its process was ended by SIGABRT"), (RAISES, "ValueError in scripted_child")],
    )
    def test_what_ends_it_is_told_without_the_words_that_did(
        self, start: Start, word: str, reason: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        author = start()
        with pytest.raises(AuthorLost) as lost:
            list(author.summarize([make_poison(word)]))
        assert str(lost.value).startswith(reason)
        assert SECRET not in str(lost.value) + capfd.readouterr().err
        assert not author.is_loaded
        assert len(list(author.summarize([make_chat()]))) == 1

    def test_a_silent_one_is_given_up(self, start: Start) -> None:
        author = start(silence_s=3.0)
        waits = []
        author.on_wait = lambda: waits.append(1)
        with pytest.raises(AuthorLost, match="did nothing"):
            list(author.summarize([make_poison(HANGS)]))
        assert waits
        assert not author.is_loaded

    def test_one_that_died_at_rest_is_no_ones_fault(self, start: Start) -> None:
        author = start()
        list(author.summarize([make_chat()]))
        assert author.child_pid is not None
        child = psutil.Process(author.child_pid)
        child.kill()
        child.wait(10)
        assert len(list(author.summarize([make_chat()]))) == 1

    def test_one_that_dies_while_it_loads_is_the_models_fault(self, start: Start) -> None:
        with pytest.raises(InferenceError, match=r"could not be loaded.*SIGKILL"):
            list(start("loading").summarize([make_chat()]))

    def test_a_system_that_starts_no_process_is_no_ones_fault(self, paths: Paths) -> None:
        lay_out_model(paths.cache)
        author = ModelProcess(Config(), paths.cache, ("/nowhere/python",))
        with pytest.raises(InferenceError, match="no process could be started"):
            list(author.summarize([make_chat()]))
        assert not author.is_loaded

    def test_a_model_that_is_not_there_says_so(self, paths: Paths) -> None:
        author = ModelProcess(Config(), paths.cache)
        with pytest.raises(InferenceError, match="not on this machine") as missing:
            list(author.summarize([make_chat()]))
        assert "pull" in missing.value.next_step

    def test_stopping_early_ends_it(self, start: Start) -> None:
        author = start()
        written = author.summarize([make_chat(), make_chat()])
        next(written)
        written.close()
        assert not author.is_loaded

    def test_an_interrupt_ends_it_at_once_and_for_good(self, start: Start) -> None:
        author = start()
        list(author.summarize([make_chat()]))
        threading.Timer(0.5, author.interrupt).start()
        assert list(author.summarize([make_poison(HANGS)])) == []
        assert list(author.summarize([make_chat()])) == []
        assert not author.is_loaded


class TestChild:
    def test_messages_stand_on_no_command_line_and_in_no_environment(self, start: Start) -> None:
        author = start()
        list(author.summarize([make_chat(f"Ben: {SECRET}")]))
        child = psutil.Process(author.child_pid)
        assert SECRET not in f"{child.cmdline()} {child.environ()}"

    def test_it_ends_with_a_parent_that_is_killed(self, paths: Paths) -> None:
        lay_out_model(paths.cache)
        code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.companion.authoring.test_process import *
author = ModelProcess(Config(), Path({str(paths.cache)!r}), CHILD)
list(author.summarize([make_chat()]))
print(author.child_pid, flush=True)
list(author.summarize([make_poison(HANGS)]))
"""
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        ) as parent:
            assert parent.stdout is not None
            child = psutil.Process(int(parent.stdout.readline()))
            parent.kill()
        with suppress(psutil.NoSuchProcess):
            child.wait(10)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    def test_the_real_one_is_sealed_and_leaves_ctrl_c_to_its_parent(self) -> None:
        code = """
import os, signal, sys
import companion.authoring.__main__ as child
from companion.sealing import is_sealed
child.serve = lambda *_: print(is_sealed(), oct(os.umask(0)), file=sys.stderr) or 0
child.main()
"""
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        assert done.stderr.split() == [b"True", b"0o77"]
        assert done.stdout == b""


HEAVY = {"ctranslate2", "tokenizers", "gguf", "jinja2"}
"""Not numpy: sqlite_utils loads it where it is installed, for 13 MB."""


def test_what_computes_is_loaded_in_the_child_alone(paths: Paths) -> None:
    lay_out_model(paths.cache)
    code = f"""
import sys
from pathlib import Path
import companion.daemon
from companion.authoring.process import ModelProcess
from companion.config import Config
from inference.interface import Chat, ChatMessage
messages = tuple(
    ChatMessage(number, "Ben", "Mile End works for me on Thursday at seven in the evening")
    for number in range(6)
)
author = ModelProcess(Config(), Path({str(paths.cache)!r}), {CHILD!r})
assert author.is_usable and author.identity
assert len(list(author.summarize([Chat("Climbing", "", messages)]))) == 1
author.unload()
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} & HEAVY == set()


class TestPass:
    def test_a_poisonous_conversation_costs_no_other_its_gist(
        self, inbox: Inbox, start: Start
    ) -> None:
        poison = tell_poisonous(inbox)
        others = [inbox.tell_climbing(), inbox.tell_trip()]
        report = inbox.run_pass(start())
        assert report == PassReport(highlights=3, gists=2, left=1, failed=1)
        assert [inbox.get_summary(other).gist for other in others] == ["done", "done"]
        summary = inbox.get_summary(poison)
        assert (summary.gist, summary.flags) == ("pending", ("model-failed",))
        assert summary.highlights
        (failure,) = inbox.reader.failures()
        assert (failure.conversation_id, failure.times) == (poison, 1)
        assert failure.reason == "its process was ended by SIGABRT"

    def test_it_is_tried_again_after_a_while_and_then_given_up(
        self, inbox: Inbox, start: Start
    ) -> None:
        poison, author = tell_poisonous(inbox), start()
        now = inbox.at
        for times, wait in ((1, 10), (2, 20)):
            assert inbox.run_pass(author, now=now).failed == 1
            assert inbox.reader.failures()[0].times == times
            soon = now + timedelta(minutes=wait) - timedelta(seconds=1)
            assert inbox.run_pass(author, now=soon) == PassReport()
            now += timedelta(minutes=wait)
        assert inbox.run_pass(author, now=now) == PassReport(1, refused=1, failed=1)
        summary = inbox.get_summary(poison)
        assert (summary.gist, summary.flags) == ("refused", ("given-up",))
        assert summary.highlights
        assert inbox.run_pass(author, now=now + timedelta(days=9)) == PassReport()
        assert inbox.reader.failures()[0].times == 3

    def test_another_input_is_another_chance(self, inbox: Inbox, start: Start) -> None:
        poison, author = tell_poisonous(inbox), start()
        inbox.run_pass(author)
        inbox.tell("Poison", "Ben: never mind", start=len(CLIMBING))
        assert inbox.run_pass(author).gists == 1
        assert inbox.get_summary(poison).gist == "done"
        assert inbox.reader.failures() == []

    def test_one_that_is_asked_for_does_not_wait(self, inbox: Inbox, start: Start) -> None:
        poison, author = tell_poisonous(inbox), start()
        inbox.run_pass(author)
        assert inbox.run_pass(author, ids=[poison]).failed == 1
        assert inbox.reader.failures()[0].times == 2

    def test_no_conversation_is_blamed_for_a_model_that_does_not_load(
        self, inbox: Inbox, start: Start
    ) -> None:
        inbox.tell_climbing()
        report = inbox.run_pass(start("loading"))
        assert report.error is not None
        assert report.left == 1
        assert inbox.reader.failures() == []

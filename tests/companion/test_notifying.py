"""A notification tells counts, topics only when wanted, and its failure is a line in the log."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.notifying import Notice, compose_notice, send_notice

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox, ScriptedEngine


def test_counts_say_how_many_and_topics_what_about(inbox: Inbox, engine: ScriptedEngine) -> None:
    ids = [inbox.tell_climbing(), inbox.tell_trip()]
    inbox.run_pass()

    def compose(notify: str, language: str = "en") -> Notice | None:
        return compose_notice(inbox.reader, Config(notify=notify, language=language), ids)

    assert compose("off") is None
    assert compose("counts") == Notice("2 conversations summarised")
    assert compose("counts", "ko") == Notice("대화 2개 요약")
    topics = compose("topics")
    assert topics is not None
    assert set(topics.text.splitlines()) == {"Climbing at Mile End", "제주 항공권 예약"}


def test_a_pass_that_made_nothing_gives_none(inbox: Inbox) -> None:
    assert compose_notice(inbox.reader, Config(notify="topics"), []) is None


def test_what_disappears_gives_no_topic(inbox: Inbox, engine: ScriptedEngine) -> None:
    expiry = inbox.at + timedelta(days=1)
    id_ = inbox.tell("Climbing", *inbox.climbing, expires_at=expiry)
    inbox.run_pass()
    notice = compose_notice(inbox.reader, Config(notify="topics", language="en"), [id_])
    assert notice == Notice("1 conversation summarised")


def test_a_desktop_that_is_not_there_is_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with caplog.at_level(logging.WARNING):
        send_notice(Notice("2 conversations summarised", "the beryllium"))
    (record,) = caplog.records
    assert record.getMessage().startswith("no notification: ")
    assert "beryllium" not in record.getMessage()


def test_a_desktop_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def hang(*arguments: object, **_: object) -> None:
        raise subprocess.TimeoutExpired([sys.executable], 20)

    monkeypatch.setattr("companion.notifying.subprocess.run", hang)
    send_notice(Notice("2 conversations summarised"))
    assert "did not answer" in caplog.text

"""A pass waits for a pause, but not forever."""

from __future__ import annotations

from companion.settling import Settling


def test_nothing_is_due_before_a_change() -> None:
    settling = Settling(30, 600)
    assert not settling.is_due(1e9)
    assert settling.count_wait_s(0) is None


def test_a_change_is_due_after_the_pause() -> None:
    settling = Settling(30, 600)
    settling.note(100)
    assert not settling.is_due(129)
    assert settling.count_wait_s(110) == 20
    assert settling.is_due(130)


def test_every_change_restarts_the_pause() -> None:
    settling = Settling(30, 600)
    settling.note(100)
    settling.note(120)
    assert not settling.is_due(149)
    assert settling.is_due(150)


def test_a_chat_that_never_pauses_is_due_at_the_limit() -> None:
    settling = Settling(30, 600)
    for now_s in range(0, 700, 10):
        settling.note(now_s)
    assert settling.is_due(600)


def test_a_started_pass_leaves_nothing_due_and_the_limit_starts_anew() -> None:
    settling = Settling(30, 600)
    settling.note(0)
    settling.clear()
    assert not settling.is_due(1000)
    settling.note(1000)
    assert settling.count_wait_s(1000) == 30


def test_a_failed_pass_is_due_again_when_told() -> None:
    settling = Settling(30, 600)
    settling.postpone(50)
    assert not settling.is_due(49)
    assert settling.is_due(50)

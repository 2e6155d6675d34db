"""A thread that gets nowhere for too many rounds is named; one that gets somewhere never is."""

from __future__ import annotations

from companion.pulse import Pulse, Rounds


def test_a_thread_that_beats_in_time_lives_on() -> None:
    pulse = Pulse()
    rounds = Rounds({"worker": pulse}, limit=2)
    for _ in range(5):
        assert [rounds.look(), rounds.look()] == [[], []]
        pulse.beat()


def test_the_one_that_misses_too_many_rounds_is_named_until_it_beats_again() -> None:
    stuck, lively = Pulse(), Pulse()
    rounds = Rounds({"worker": stuck, "ingestor": lively}, limit=2)
    seen = []
    for _ in range(4):
        lively.beat()
        seen.append(rounds.look())
    assert seen == [[], [], ["worker"], ["worker"]]
    stuck.beat()
    assert rounds.look() == []

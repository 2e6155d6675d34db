"""Waits grow to a limit, some tries are the last, and a clock set back keeps nobody waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.retrying import CONVERSATIONS, STORES

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (6, 32), (7, 60), (10_000, 60)]
)
def test_a_stores_waits_double_up_to_an_hour(failures: int, minutes: int) -> None:
    assert STORES.find_next_try(failures, AT) == AT + timedelta(minutes=minutes)
    assert not STORES.gives_up(failures)


def test_a_conversation_is_given_up_after_the_third_failure() -> None:
    nexts = [CONVERSATIONS.find_next_try(failures, AT) for failures in (1, 2, 3)]
    assert nexts == [AT + timedelta(minutes=10), AT + timedelta(minutes=20), None]
    assert CONVERSATIONS.is_waiting(3, AT, AT + timedelta(days=365))


def test_a_failure_of_the_future_keeps_nobody_waiting() -> None:
    assert not STORES.is_waiting(5, AT, AT - timedelta(seconds=1))


@given(st.integers(1, 50), st.integers(0, 7200))
def test_it_waits_exactly_until_the_next_try(failures: int, passed_s: int) -> None:
    now = AT + timedelta(seconds=passed_s)
    next_try = STORES.find_next_try(failures, AT)
    assert next_try is not None
    assert STORES.is_waiting(failures, AT, now) == (now < next_try)

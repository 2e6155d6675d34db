from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inference.interface import ChatMessage
from inference.windows import cut_windows

START = datetime(2026, 11, 24, tzinfo=UTC)


def make_messages(minutes: list[int]) -> list[ChatMessage]:
    return [
        ChatMessage(i, "a", "x", sent_at=START + timedelta(minutes=m))
        for i, m in enumerate(minutes)
    ]


@given(st.lists(st.integers(1, 20), max_size=30), st.integers(5, 60))
def test_windows_hold_every_message_once_in_order_within_the_limit(
    costs: list[int], limit_tokens: int
) -> None:
    messages = make_messages(list(range(len(costs))))
    windows = cut_windows(messages, costs, limit_tokens)
    assert [m for window in windows for m in window] == messages
    for window in windows:
        assert len(window) == 1 or sum(costs[m.id] for m in window) <= limit_tokens


def test_a_conversation_is_cut_at_its_longest_silence() -> None:
    messages = make_messages([0, 1, 2, 100, 101, 102, 103])
    windows = cut_windows(messages, [10] * 7, 50)
    assert [[m.id for m in window] for window in windows] == [[0, 1, 2], [3, 4, 5, 6]]


def test_a_silence_does_not_leave_a_window_less_than_half_full() -> None:
    messages = make_messages([0, 1, 2, 3, 4, 5, 500])
    windows = cut_windows(messages, [10] * 7, 40)
    assert len(windows[-1]) > 1


def test_without_times_the_newest_window_is_the_fullest() -> None:
    messages = [ChatMessage(i, "a", "x") for i in range(5)]
    windows = cut_windows(messages, [10] * 5, 30)
    assert [[m.id for m in window] for window in windows] == [[0, 1], [2, 3, 4]]

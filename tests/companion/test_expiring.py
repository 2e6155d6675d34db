"""Disappearing messages are removed when they are due, and the archive is left alone otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from companion.expiring import count_wait_s, remove_expired
from storage.archive import Archive

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox


@pytest.fixture
def due(inbox: Inbox) -> Inbox:
    """Two messages disappear a minute from the present, one an hour from it."""
    inbox.tell("Climbing", *inbox.climbing[:2], expires_at=inbox.at + timedelta(minutes=1))
    inbox.tell("Climbing", inbox.climbing[2], start=2, expires_at=inbox.at + timedelta(hours=1))
    return inbox


def remove(inbox: Inbox, minutes: float) -> int:
    """How many messages go that many minutes from the present; opens the archive if any do."""

    @contextmanager
    def open_archive() -> Iterator[Archive]:
        assert minutes >= 1, "opened for nothing"
        yield inbox.archive

    return remove_expired(inbox.reader, open_archive, inbox.at + timedelta(minutes=minutes))


def test_only_what_is_due_is_removed_and_once(due: Inbox) -> None:
    assert [remove(due, minutes) for minutes in (0, 0.99, 1, 2, 60, 61)] == [0, 0, 2, 0, 1, 0]


def test_the_wait_is_to_the_next_timer(due: Inbox) -> None:
    assert count_wait_s(due.reader, due.at) == 60
    assert count_wait_s(due.reader, due.at + timedelta(minutes=5)) == 0
    remove(due, 60)
    assert count_wait_s(due.reader, due.at) is None

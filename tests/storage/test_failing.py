"""Failures are counted for one input, seen while they matter, and cleared by a gist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from storage.records import FailureRecord, UnreadPolicy

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

FAILURE = FailureRecord(1, "hash", "its process was ended by SIGABRT", 1, datetime.now(UTC))


def stock(shelf: Shelf, **summary: Any) -> None:
    """One unread conversation with a summary, whose input has failed."""
    shelf.register(policy=UnreadPolicy("all"), path="/stores/two.txt")
    shelf.tell(shelf.make_message(1), finish=True)
    told = {"gist": "pending", "origin": "extractive"} | summary
    shelf.archive.save_summary(shelf.make_summary((shelf.message("1").id,), **told))
    shelf.archive.save_failure(FAILURE)


def test_a_failure_is_found_as_it_was_kept_and_the_last_one_counts(shelf: Shelf) -> None:
    stock(shelf)
    assert shelf.reader.find_failure(1) == FAILURE
    assert shelf.reader.failures() == [FAILURE]
    again = FailureRecord(1, "hash", "its process was ended by SIGKILL", 2, datetime.now(UTC))
    shelf.archive.save_failure(again)
    assert shelf.reader.failures() == [again]


def test_what_was_read_or_has_another_input_is_not_listed(shelf: Shelf) -> None:
    stock(shelf)
    shelf.archive.mark_read(1, at=shelf.at(2))
    assert shelf.reader.failures() == []
    shelf.archive.undo_mark(1, shelf.at(3))
    assert shelf.reader.failures() == [FAILURE]
    newer = shelf.make_summary((shelf.message("1").id,), input_hash="other", gist="pending")
    shelf.archive.save_summary(newer)
    assert shelf.reader.failures() == []


def test_a_gist_clears_the_failure_and_another_pending_summary_does_not(shelf: Shelf) -> None:
    stock(shelf)
    ids = (shelf.message("1").id,)
    shelf.archive.save_summary(shelf.make_summary(ids, gist="pending"))
    assert shelf.reader.find_failure(1) == FAILURE
    shelf.archive.save_summary(shelf.make_summary(ids))
    assert shelf.reader.find_failure(1) is None


def test_a_conversation_that_is_gone_leaves_no_failure(shelf: Shelf) -> None:
    shelf.archive.save_failure(FAILURE)
    assert shelf.reader.find_failure(1) is None

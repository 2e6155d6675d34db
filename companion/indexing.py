"""Lets the search index follow what was stored, a step at a time; reads no source."""

from __future__ import annotations

from collections.abc import Callable

from storage.archive import Archive

_STEP_MESSAGES = 20_000
"""A tenth of a second or two; other writers come in between."""


def index_messages(
    archive: Archive,
    *,
    on_step: Callable[[int], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Index all that is stored, or until `should_stop`; the next call goes on.

    `on_step` is told how many messages are left.
    """
    while not should_stop() and (left := archive.index_messages(_STEP_MESSAGES)):
        on_step(left)

"""Keeps what fails on one chat from all others, whether it ends the author or raises here."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from companion.authoring.interface import Author, AuthorLost
from companion.errors import tell_place
from inference.errors import InferenceError
from inference.interface import Chat, Summary

log = logging.getLogger(__name__)

LIMIT_TOGETHER = 16
"""Chats given to the author at once: enough to share calls of the engine, few enough to be
written one by one after a crash."""

LIMIT_LOSSES = 3
"""So many chats in a row, each alone, that end the author are no chance: something is wrong with
the model or the machine, and trying all others would only tell the same of them."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a chat got in place of a summary."""

    reason: str
    """For people, without text of the chat."""


_P = ParamSpec("_P")
_T = TypeVar("_T")


def compute_apart(compute: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | Loss:
    """What `compute` gives for one chat; a loss where it raises, whatever that is.

    For code that reads and writes nothing: what a disk refuses is nobody's chat's fault.
    """
    try:
        return compute(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 (a mistake that one chat brings out costs no other)
        return Loss(tell_place(error))


def summarize_apart(
    author: Author, chats: Sequence[Chat], suspects: frozenset[int] = frozenset()
) -> Iterator[tuple[int, Summary | Loss]]:
    """Yields (index, summary), or a loss for a chat that ended the author while it was alone.

    When the author is lost among several chats, those that lack a summary are written one by
    one. `suspects`, indices of chats that failed before, are alone from the start, after all
    others. Less is yielded when the author was interrupted. Raises an `InferenceError` when the
    model cannot be loaded, or ends again and again.
    """
    trusted = [index for index in range(len(chats)) if index not in suspects]
    starts = range(0, len(trusted), LIMIT_TOGETHER)
    groups = deque(trusted[start : start + LIMIT_TOGETHER] for start in starts)
    groups.extend([index] for index in sorted(suspects))
    losses = 0
    while groups:
        group = groups.popleft()
        missing = set(group)
        try:
            for place, summary in author.summarize([chats[index] for index in group]):
                missing.remove(group[place])
                losses = 0
                yield group[place], summary
        except AuthorLost as lost:
            log.warning("lost with %d chats unwritten: %s", len(missing), lost)
            if len(missing) > 1:
                groups.extendleft([index] for index in sorted(missing, reverse=True))
                continue
            losses += 1
            for index in missing:
                yield index, Loss(str(lost))
            if losses == LIMIT_LOSSES and groups:
                raise InferenceError(
                    f"the model failed on {losses} conversations in a row: {lost}",
                    next_step="free some memory, then run companion model verify",
                ) from lost
        else:
            if missing:
                return

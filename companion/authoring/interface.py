"""The border between a pass and whoever writes its gists; no logic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from inference.interface import Chat, Summary


class AuthorLost(Exception):
    """The author ended or fell silent in the middle of chats; it is there again for others.

    The message is the reason, for people and without text of any chat.
    """


class Author(Protocol):
    """Writes summaries with the configured model. Used by one thread at a time."""

    on_wait: Callable[[], None]
    """Called at least once a minute while `summarize` waits for another process; a sign of life."""

    @property
    def is_usable(self) -> bool:
        """Whether the model is on this machine."""

    @property
    def is_loaded(self) -> bool:
        """Whether the model takes memory now."""

    @property
    def identity(self) -> str:
        """What tells the texts of this model from those of any other."""

    def summarize(self, chats: Sequence[Chat]) -> Iterator[tuple[int, Summary]]:
        """Yields (index, summary) as they are ready, every index once.

        Loads the model first where that is needed. Raises an `InferenceError` when it cannot be
        loaded and `AuthorLost` when one of the chats without a summary ended it.
        """

    def interrupt(self) -> None:
        """From any thread and for good: `summarize` ends soon, without the summaries it lacks."""

    def unload(self) -> None:
        """Give the memory back; calling twice is fine."""

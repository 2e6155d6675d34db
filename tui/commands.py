"""What keys ask to be done: actions as messages to the app, which runs them on a thread."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from tui.context import Context
from tui.words import count


class ActionAsked(Message):
    """Something is to be done on a worker thread."""

    def __init__(self, act: Callable[[], str]) -> None:
        super().__init__()
        self.act = act
        """Does it and gives back what to tell the person; raises `ActionFailed`."""


def mark_read(context: Context, conversation_id: int) -> ActionAsked:
    """Mark a conversation read."""
    return ActionAsked(
        lambda: count(context.words.read_done, context.actions.mark_read(conversation_id))
    )


def undo_read(context: Context, conversation_id: int) -> ActionAsked:
    """Take the last read mark of a conversation back."""

    def act() -> str:
        unread = context.actions.undo_read(conversation_id)
        return count(context.words.undo_done, unread) if unread else context.words.undo_nothing

    return ActionAsked(act)


def request_summary(context: Context, conversation_id: int) -> ActionAsked:
    """Ask for a new summary of a conversation."""

    def act() -> str:
        context.actions.request_summary(conversation_id)
        return context.words.summary_asked

    return ActionAsked(act)


def request_sync(context: Context) -> ActionAsked:
    """Ask that every store be read now."""

    def act() -> str:
        context.actions.request_sync()
        return context.words.sync_asked

    return ActionAsked(act)


def set_todo_done(context: Context, todo_id: int, *, done: bool) -> ActionAsked:
    """Tick a to-do off, or open it again; says nothing, since the mark is seen."""

    def act() -> str:
        context.actions.set_todo_done(todo_id, done)
        return ""

    return ActionAsked(act)

"""Owns one change to every text of a conversation; it must not decide what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from inference.training.corpus import Conversation


def chat_texts(conversation: Conversation) -> Iterator[str]:
    """What stands in the chat: title, owner, then sender and text of each message."""
    yield conversation.title
    yield conversation.me
    for message in conversation.messages:
        yield message.sender
        yield message.text


def gold_texts(conversation: Conversation) -> Iterator[str]:
    """What stands in the gold: sentences, to-dos (who, what, when) and topic."""
    for point in conversation.points:
        yield point.text
    for todo in conversation.todos:
        yield from (todo.who, todo.what, todo.when)
    yield conversation.topic


def all_texts(conversation: Conversation) -> list[str]:
    """Chat and gold."""
    return [*chat_texts(conversation), *gold_texts(conversation)]


def gold_sources(conversation: Conversation) -> list[tuple[int, ...]]:
    """The sources of each sentence, then of each to-do."""
    sources = [point.sources for point in conversation.points]
    return sources + [todo.sources for todo in conversation.todos]


def rewrite(conversation: Conversation, change: Callable[[str], str]) -> Conversation:
    """The conversation with every text of chat and gold changed alike; sources stay."""
    return replace(
        conversation,
        title=change(conversation.title),
        me=change(conversation.me),
        messages=tuple(
            replace(m, sender=change(m.sender), text=change(m.text)) for m in conversation.messages
        ),
        points=tuple(replace(p, text=change(p.text)) for p in conversation.points),
        todos=tuple(
            replace(t, who=change(t.who), what=change(t.what), when=change(t.when))
            for t in conversation.todos
        ),
        topic=change(conversation.topic),
    )

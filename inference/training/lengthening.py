"""Owns long chats made of short ones, and what a summary of one tells; it must not train."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inference.cleaning import LINE_MARK
from inference.interface import Chat, ChatMessage, Summary
from inference.training.corpus import Conversation

TITLES = {"ko": "동네 사람들", "en": "Neighbours"}
"""Fits every topic; a part's own title would find its way into the sentences about the others."""

_START = datetime(2026, 11, 20, 9, tzinfo=UTC)
_PAUSE_S = (10, 240)
_SILENCE_S = (40 * 60, 10 * 60 * 60)


@dataclass(frozen=True)
class LongChat:
    """One group chat over days, in which the conversations follow each other."""

    chat: Chat
    """Ids of messages are their positions."""

    parts: tuple[tuple[Conversation, int], ...]
    """Oldest first, each with the position of its first message."""


def lengthen(conversations: Sequence[Conversation], n_messages: int, seed: int) -> LongChat:
    """Group chats of one language, in an order drawn by `seed`, until there are `n_messages`.

    All of them where they are fewer. Names stay; the owner is the newest one's. Raises ValueError
    where no conversation is a group.
    """
    rng = random.Random(seed)  # noqa: S311
    groups = [c for c in conversations if c.kind == "group"]
    if not groups:
        raise ValueError("no group chats to put together")
    rng.shuffle(groups)
    at = _START
    messages: list[ChatMessage] = []
    parts: list[tuple[Conversation, int]] = []
    for conversation in groups:
        if len(messages) >= n_messages:
            break
        parts.append((conversation, len(messages)))
        at += timedelta(seconds=rng.uniform(*_SILENCE_S))
        for message in conversation.messages:
            at += timedelta(seconds=rng.uniform(*_PAUSE_S))
            text = message.text.replace(LINE_MARK, "\n")
            messages.append(ChatMessage(len(messages), message.sender, text, sent_at=at))
    newest, _ = parts[-1]
    chat = Chat(TITLES[newest.language], newest.me, tuple(messages), language=newest.language)
    return LongChat(chat, tuple(parts))


def describe_summary(long: LongChat, summary: Summary) -> dict[str, object]:
    """How much of a long chat its summary tells, by the messages behind its sentences.

    A conversation's main point is told where a sentence rests on one of the messages behind the
    first gold sentence; its topic, where one rests on any of its messages.
    """
    resting = {number for sentence in summary.sentences for number in sentence.evidence}
    points = [
        not resting.isdisjoint(first + source for source in conversation.points[0].sources)
        for conversation, first in long.parts
    ]
    topics = [
        not resting.isdisjoint(range(first, first + len(conversation.messages)))
        for conversation, first in long.parts
    ]
    open_ended = [told for told, (c, _) in zip(points, long.parts, strict=True) if c.todos]
    return {
        "conversations": len(long.parts),
        "main_points": sum(points),
        "main_points_with_to_dos": f"{sum(open_ended)} of {len(open_ended)}",
        "topics": sum(topics),
        "newest_topic": topics[-1],
        "origin": summary.origin,
        "sentences": [sentence.text for sentence in summary.sentences],
        "highlights": len(summary.highlights),
        "messages": len(long.chat.messages),
        "covered": summary.covered,
        "skipped": summary.skipped,
        "flags": list(summary.flags),
    }

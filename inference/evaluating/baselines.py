"""Owns the summaries that need no model, which a model's must beat: quoted messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inference.cleaning import flatten_text
from inference.evaluating.scoring import Shown
from inference.extractive import summarize_by_quoting
from inference.interface import Chat, ChatMessage
from inference.summarizer import choose_language

N_MESSAGES = 3


def show_lead(chat: Chat) -> Shown:
    """The first three messages."""
    return _quote(chat.messages[:N_MESSAGES])


def show_longest(chat: Chat) -> Shown:
    """The three longest messages in chat order; of two as long, the earlier."""
    ranked = sorted(chat.messages, key=lambda message: -len(message.text))[:N_MESSAGES]
    return _quote(tuple(message for message in chat.messages if message in ranked))


def show_highlights(chat: Chat) -> Shown:
    """What a user without a model gets."""
    return Shown.of(summarize_by_quoting(chat, choose_language(chat)))


BASELINES: Mapping[str, Callable[[Chat], Shown]] = {
    "highlights": show_highlights,
    "lead3": show_lead,
    "longest3": show_longest,
}


def _quote(messages: tuple[ChatMessage, ...]) -> Shown:
    return Shown(
        tuple(f"{message.sender}: {flatten_text(message.text)}" for message in messages),
        frozenset(message.id for message in messages),
    )

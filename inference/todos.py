"""Owns finding to-dos in what people wrote: who, and their own words; no model has a part in it.

To-dos by a model of half a billion parameters were tried: too often they gave the task to
somebody else. A message in which somebody takes something on by a time, or asks the owner for
it, is quoted instead: nobody is given a task in words that nobody said.
"""

from __future__ import annotations

import re

from inference.cleaning import flatten_text
from inference.cues import find_cues
from inference.features import is_addressed
from inference.interface import Chat, ChatMessage, ToDo

MAX_TODOS = 4
_OWN_DUTY = re.compile(r"\bi (?:have|need|must|got) |\b나는|\b저는|\b제가|\b내가", re.IGNORECASE)
"""The sender speaks of what the sender has to do: no request, whatever words it shares with one."""

LIMIT_CHARS = 140
"""Longer messages tell more than one thing; they are cut with an ellipsis."""


def find_todos(chat: Chat) -> tuple[ToDo, ...]:
    """To-dos of the unread messages, in chat order, the newest `MAX_TODOS` of them.

    `what` is the message's own text. What the owner answered in a later message is left out.
    """
    last_answer = max((i for i, m in enumerate(chat.messages) if m.is_me), default=-1)
    found = []
    for position, message in enumerate(chat.messages):
        if message.is_context or message.kind != "text":
            continue
        who = _find_actor(message, chat, is_answered=position < last_answer)
        if who:
            found.append(ToDo(who, _quote(message), "", (message.id,)))
    return tuple(found[-MAX_TODOS:])


def _find_actor(message: ChatMessage, chat: Chat, *, is_answered: bool) -> str:
    """Who is to do something by this message; "" when nobody is, or it is not plain who."""
    cues = find_cues(message.text)
    if message.is_me:
        return chat.me if "promise" in cues and "question" not in cues else ""
    is_asked = chat.kind == "direct" or is_addressed(message.text, chat.me)
    if is_asked and not is_answered and "request" in cues and not _OWN_DUTY.search(message.text):
        return chat.me
    if "promise" in cues and "date" in cues and "question" not in cues:
        return message.sender
    return ""


def _quote(message: ChatMessage) -> str:
    text = flatten_text(message.text)
    return text if len(text) <= LIMIT_CHARS else f"{text[: LIMIT_CHARS - 1].rstrip()}…"

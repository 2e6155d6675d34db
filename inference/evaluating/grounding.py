"""Owns finding names and numbers that nobody in the chat wrote; it knows no gold.

Names are told otherwise than by the checks of `inference.names`, so that the figure is more than
an echo of them. Numbers, times and weekdays are read as the checks read them: "2만 5천" and 25,000
are one amount to any reader.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection

from inference.interface import Chat
from inference.quantities import SourceQuantities

_WORD = re.compile(r"\w+")
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
_PARTICLES = "은는이가을를의와과도에게한테께랑님씨"

# Capitalised in English for other reasons than being somebody's or something's name.
_NOT_NAMES = frozenset([*calendar.day_name, *calendar.month_name, "English", "Korean"])


def list_source(chat: Chat) -> list[str]:
    """Everything the model was shown, a text each: title, owner, "sender text"."""
    lines = [f"{message.sender} {message.text}" for message in chat.messages]
    return [chat.title, chat.me, *lines]


def list_people(chat: Chat) -> set[str]:
    """The owner and all senders, as they are written."""
    return {name for name in (chat.me, *(m.sender for m in chat.messages)) if name}


def find_ungrounded(
    text: str, chat: Chat, language: str, known_names: Collection[str]
) -> tuple[str, ...]:
    """Numbers, times, weekdays, links and names in `text` that stand nowhere in the chat.

    A name is one of `known_names`, the people of other chats; in English also any other
    capitalised word inside a sentence.
    """
    source = list_source(chat)
    joined = "\n".join(source)
    find_names = _find_latin if language == "en" else _find_hangul
    names = find_names(text, joined, known_names)
    return (*SourceQuantities(source).find_missing(text), *names)


def _find_latin(text: str, source: str, known_names: Collection[str]) -> list[str]:
    words = set(_WORD.findall(text)).intersection(known_names)
    words |= set(_CAPITALISED.findall(text)) - _NOT_NAMES
    lowered = source.lower()
    return sorted(name for name in words if name.lower() not in lowered)


def _find_hangul(text: str, source: str, known_names: Collection[str]) -> list[str]:
    return sorted(
        name
        for name in known_names
        if len(name) > 1 and name in text and name not in source
        # A pattern for each of two thousand names would cost more than the model does.
        if _stands_as_name(name, text)
    )


def _stands_as_name(name: str, text: str) -> bool:
    """True when a Korean name begins a word and only a particle may follow it."""
    pattern = rf"(?<!\w){re.escape(name)}(?:[{_PARTICLES}]{{1,3}})?(?!\w)"
    return re.search(pattern, text) is not None

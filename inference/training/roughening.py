"""Owns small talk and careless writing in a chat; it must not touch what the gold rests on."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from inference.training.corpus import Conversation, Message
from inference.training.rewriting import gold_sources, gold_texts

_DROPPED_SHARE = 0.4
_MAX_LAUGHS = 3
_LIMIT_TALK_CHARS = 30

_MERRY = re.compile(r"ㅋㅋ|ㅎㅎ|\blol\b|haha|lmao|[😂🤣😅😆😄😁😊]", re.IGNORECASE)
_LAUGHS = {
    "ko": ("ㅋㅋ", "ㅋㅋㅋ", "ㅋㅋㅋㅋㅋ", "ㅎㅎ", "ㅠㅠ", "😂", "😅", "(이모티콘)", "(사진)"),
    "en": ("lol", "haha", "hahaha", "lmao", "omg", "😂", "😅", "🙈", "(sticker)", "(photo)"),
}
_STARTERS_EN = (
    "The|This|That|It|Its|We|You|They|He|She|Can|Could|Is|Are|Do|Did|Does|Yes|No|Ok|Okay|And|But|So"
    "|What|When|Where|Who|How|Why|Please|Thanks|Sorry|Just|Not|If|My|Our|Your|I|In|On|At|For|From"
)
_Written = str | Callable[[re.Match[str]], str]
_CARELESS: dict[str, tuple[tuple[re.Pattern[str], _Written], ...]] = {
    "ko": (
        (re.compile(r"(?<=[가-힣]) (수|것|거) ?(?=있|없|같)"), r"\1 "),
        (re.compile(r"(?<![가-힣])안 (?=돼|되|가|와|해)"), "안"),
        (re.compile(r"(?<=[가-힣])\.$"), ""),
        (re.compile(r"(?<=[가-힣])\?$"), "??"),
    ),
    "en": (
        (re.compile(rf"^(?:{_STARTERS_EN})\b"), lambda word: word[0].lower()),
        (re.compile(r"(?<=[a-z])\.$"), ""),
        (re.compile(r"(?<=[a-z])\?$"), "??"),
        (re.compile(r"(?<=[a-z])!$"), "!!"),
    ),
}
"""Per language what is written how; no word, name or figure is changed by it."""


def roughen(conversation: Conversation, rng: random.Random) -> Conversation | None:
    """The chat with small talk dropped and added, and some senders writing carelessly.

    Only messages that no gold names are dropped: short ones without figures, and never all of a
    sender's. What is added says nothing (laughter, a sticker, a photo) and comes from those who
    laugh in the chat anyway. None if nothing changed.
    """
    dropped = _choose_dropped(conversation, rng)
    senders = sorted({message.sender for message in conversation.messages})
    careless = {sender for sender in senders if rng.random() < 0.5}
    places: list[tuple[int | None, Message]] = [
        (i, _write_carelessly(m, conversation.language) if m.sender in careless else m)
        for i, m in enumerate(conversation.messages)
        if i not in dropped
    ]
    talkers = sorted({m.sender for m in conversation.messages if _MERRY.search(m.text)})
    for _ in range(rng.randint(0, _MAX_LAUGHS) if talkers else 0):
        laugh = Message(rng.choice(talkers), rng.choice(_LAUGHS[conversation.language]))
        places.insert(rng.randint(1, len(places)), (None, laugh))
    changed = _with_messages(conversation, places)
    return None if changed == conversation else changed


def _is_talk(message: Message) -> bool:
    return len(message.text) <= _LIMIT_TALK_CHARS and not re.search(r"\d|://", message.text)


def _choose_dropped(conversation: Conversation, rng: random.Random) -> set[int]:
    """Indices of messages to drop; every word of the gold that the chat has stays in it."""
    named = {source for each in gold_sources(conversation) for source in each}
    meant = _words_of(" ".join(gold_texts(conversation)))
    left = Counter(word for m in conversation.messages for word in _words_of(m.text) & meant)
    left.update(message.sender for message in conversation.messages)
    dropped: set[int] = set()
    for i, message in enumerate(conversation.messages):
        if i in named or not _is_talk(message) or rng.random() >= _DROPPED_SHARE:
            continue
        gone = Counter({*(_words_of(message.text) & meant), message.sender})
        if all(left[word] > 1 for word in gone):
            left -= gone
            dropped.add(i)
    return dropped


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _write_carelessly(message: Message, language: str) -> Message:
    text = message.text
    for pattern, written in _CARELESS[language]:
        text = pattern.sub(written, text)
    return replace(message, text=text)


def _with_messages(
    conversation: Conversation, places: Sequence[tuple[int | None, Message]]
) -> Conversation:
    """With other messages, each given with its old index or None; sources follow."""
    index = {old: new for new, (old, _) in enumerate(places) if old is not None}
    return replace(
        conversation,
        messages=tuple(message for _, message in places),
        points=tuple(
            replace(p, sources=tuple(index[i] for i in p.sources)) for p in conversation.points
        ),
        todos=tuple(
            replace(t, sources=tuple(index[i] for i in t.sources)) for t in conversation.todos
        ),
    )

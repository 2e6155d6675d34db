"""Owns what is noticed about each message of a chat, as numbers from 0 to 1; it weighs nothing."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inference.cleaning import clean_text
from inference.cues import find_cues, is_assent, is_small_talk
from inference.injection import find_orders
from inference.interface import Chat, ChatMessage
from inference.quantities import has_link
from inference.superseding import Timeline
from inference.words import find_terms

FEATURES = {
    # What is said.
    "length": "its length, as a share of the longest message's",
    "substance": "how much its words tell, rare ones more, as a share of the most telling message",
    "number": "it holds a number",
    "numbers": "up to three numbers, a third each",
    "date": "a day or a time of day",
    "link": "a link",
    "small-talk": "nothing but a greeting, thanks, assent, laughter or emoji",
    "assent": "it begins with a word of assent",
    # What it does.
    "request": "asks for something to be done",
    "question": "asks something",
    "promise": "takes something on",
    "decision": "settles something",
    "correction": "takes something back or changes it",
    "answer": "comes soon after somebody else's question, or replies to one",
    "open": "a question nobody else wrote anything after",
    "assented": "the next message is somebody else's assent",
    # Whom it concerns.
    "addressed": "names the owner, or replies to the owner",
    "asked": "asks the owner for something, and the owner has not written since",
    "own": "the owner wrote it",
    "sender-share": "its sender's share of the messages",
    # Where it stands.
    "first": "the oldest message",
    "last": "the newest message",
    "position": "0 for the oldest message, 1 for the newest",
    "last-word": "its sender writes nothing after it",
    "continues": "the message before is by the same sender",
    "shared": "the share of its words that stand in other messages",
    "new": "the share of its words, rare ones more, that no earlier message holds",
    # What speaks against it.
    "superseded": "a later message takes back a time or an amount it names",
    "orders": "tells a summariser what to write",
}
"""Every feature by its name, with what 1 means (or what is measured)."""

_MAX_COUNTED_NUMBERS = 3
_ANSWER_REACH_MESSAGES = 2

_KOREAN_FULL_NAME = re.compile(r"[가-힣]{3}")
"""A family name of one syllable and a given name of two, by which people are called."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one message says, before its place in the chat is looked at."""

    message: ChatMessage
    text: str
    terms: frozenset[str]
    cues: frozenset[str]


def find_features(messages: Sequence[ChatMessage], chat: Chat) -> list[dict[str, float]]:
    """The features of each message, seen among `messages` alone; one that is not there is 0."""
    readings = [
        _Reading(m, text, find_terms(text), find_cues(text))
        for m in messages
        for text in (clean_text(m.text),)
    ]
    words = _weigh_words(readings)
    relations = _find_relations(readings, chat)
    places = _find_places(readings)
    return [
        {
            **words[i],
            **{cue: 1.0 for cue in reading.cues if cue in FEATURES},
            **relations[i],
            **places[i],
        }
        for i, reading in enumerate(readings)
    ]


def is_addressed(text: str, name: str) -> bool:
    """Whether `text` names the person, by the first word of the name or a Korean given name.

    Never for a name of one letter, which stands in too many words.
    """
    words = clean_text(name).casefold().split()
    called = words[:1]
    if words and _KOREAN_FULL_NAME.fullmatch(words[0]):
        called.append(words[0][1:])
    return any(len(word) > 1 and word in text.casefold() for word in called)


def _weigh_words(readings: Sequence[_Reading]) -> list[dict[str, float]]:
    counts = Counter(term for reading in readings for term in reading.terms)
    weights = {term: math.log(1 + len(readings) / count) for term, count in counts.items()}
    # Exact sums, because a set has no order: the same chat must always give the same highlights.
    sums = [math.fsum(weights[term] for term in r.terms) for r in readings]
    most = max(sums, default=0.0) or 1.0
    orders = find_orders([r.message for r in readings])
    longest = max((len(r.text) for r in readings), default=0) or 1
    timeline = Timeline([r.text for r in readings])
    known: set[str] = set()
    found = []
    for i, reading in enumerate(readings):
        new = math.fsum(weights[term] for term in reading.terms - known)
        known |= reading.terms
        numbers = sum(term[0].isdigit() for term in reading.terms)
        shared = sum(counts[term] > 1 for term in reading.terms)
        found.append(
            {
                "length": len(reading.text) / longest,
                "substance": sums[i] / most,
                "number": float(numbers > 0),
                "numbers": min(numbers, _MAX_COUNTED_NUMBERS) / _MAX_COUNTED_NUMBERS,
                "link": float(has_link(reading.text)),
                "small-talk": float(is_small_talk(reading.text)),
                "assent": float(is_assent(reading.text)),
                "shared": shared / max(len(reading.terms), 1),
                "new": new / (sums[i] or 1.0),
                "superseded": float(timeline.find_correction(i) is not None),
                "orders": float(i in orders),
            }
        )
    return found


def _find_relations(readings: Sequence[_Reading], chat: Chat) -> list[dict[str, float]]:
    by_id = {m.id: m for m in chat.messages}
    last_own = max((i for i, r in enumerate(readings) if r.message.is_me), default=-1)
    written = Counter(r.message.sender for r in readings)
    found = []
    for i, reading in enumerate(readings):
        message = reading.message
        replied = by_id.get(message.reply_to) if message.reply_to is not None else None
        after = readings[i + 1 : i + 2]
        is_followed = any(r.message.sender != message.sender for r in after)
        asks = "question" in reading.cues
        named = is_addressed(reading.text, chat.me) or (replied is not None and replied.is_me)
        addressed = named and not message.is_me
        asked = not message.is_me and i > last_own and (asks or "request" in reading.cues)
        answers = any(
            "question" in r.cues and r.message.sender != message.sender
            for r in readings[max(0, i - _ANSWER_REACH_MESSAGES) : i]
        ) or (replied is not None and "question" in find_cues(replied.text))
        found.append(
            {
                "answer": float(answers),
                "open": float(
                    asks
                    and all(r.message.sender == message.sender for r in readings[i + 1 : i + 3])
                ),
                "assented": float(is_followed and is_assent(after[0].text)),
                "addressed": float(addressed),
                "asked": float(asked and (addressed or chat.kind == "direct")),
                "own": float(message.is_me),
                "sender-share": written[message.sender] / len(readings),
            }
        )
    return found


def _find_places(readings: Sequence[_Reading]) -> list[dict[str, float]]:
    senders = [r.message.sender for r in readings]
    last_of = {sender: i for i, sender in enumerate(senders)}
    total = len(readings)
    found = []
    for i, sender in enumerate(senders):
        found.append(
            {
                "first": float(i == 0),
                "last": float(i == total - 1),
                "position": i / max(total - 1, 1),
                "last-word": float(last_of[sender] == i),
                "continues": float(i > 0 and senders[i - 1] == sender),
            }
        )
    return found

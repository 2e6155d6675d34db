"""Owns choosing the two to four messages that matter, by weights anyone can read; no model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from inference.cleaning import clean_text
from inference.cues import find_cues, is_small_talk
from inference.interface import Chat, ChatMessage, Highlight
from inference.quantities import has_link
from inference.words import find_terms

MAX_HIGHLIGHTS = 4
SHORT_CHAT_MESSAGES = 3
"""A chat of at most so many messages is its own highlight."""

_SHARE_OF_MESSAGES = 0.3
_MAX_COUNTED_NUMBERS = 3

# Fitted by logistic regression to the messages that the corpus's gold sentences name (nine tenths
# of it), then rounded; requests to the owner weigh more than there, because missing one hurts.
WEIGHTS: Mapping[str, float] = {
    "length": 2.4,  # share of the longest message's length
    "numbers": 1.6,  # up to three numbers, each a third
    "date": 0.6,
    "correction": 0.4,
    "promise": 0.4,
    "request": 0.2,
    "decision": 0.2,
    "answer": 0.2,
    "link": 0.4,
    "addressed": 0.6,  # names the owner
    "open": 0.6,  # a question nobody answered
    "first": 0.6,
    "newest": 0.4,  # one of the last three
    "position": 0.4,  # 0 for the oldest, 1 for the newest
    "corrected": -0.4,  # a later correction is about the same thing
    "small-talk": -1.0,
}

# What is told of a highlight, in this order; the other weights are of no use to a reader.
_REASONS = {
    "correction": "correction",
    "addressed": "addressed",
    "request": "request",
    "open": "question",
    "answer": "answer",
    "decision": "decision",
    "promise": "promise",
    "date": "time",
    "numbers": "amount",
    "link": "link",
}


_KOREAN_FULL_NAME = re.compile(r"[가-힣]{3}")
"""A family name of one syllable and a given name of two, by which people are called."""


def choose_highlights(chat: Chat) -> tuple[Highlight, ...]:
    """Two to four unread messages that matter, verbatim, in chat order.

    All of a chat of three or fewer; () only where nothing is unread. Messages without words
    (media, system lines, deleted ones) come only where there is nothing else.
    """
    unread = [m for m in chat.messages if not m.is_context]
    spoken = [m for m in unread if m.kind == "text" and clean_text(m.text)]
    offered = spoken or [m for m in unread if m.kind == "media"] or unread
    scored = _score_messages(offered, chat)
    if len(offered) > SHORT_CHAT_MESSAGES:
        ranked = sorted(range(len(offered)), key=lambda i: (-scored[i][0], -i))
        chosen = sorted(ranked[: _count_highlights(len(offered))])
    else:
        chosen = list(range(len(offered)))
    return tuple(
        Highlight(offered[i].id, offered[i].sender, offered[i].text, _name_reasons(scored[i][1]))
        for i in chosen
    )


def _count_highlights(n_messages: int) -> int:
    return min(MAX_HIGHLIGHTS, max(2, round(_SHARE_OF_MESSAGES * n_messages)))


def _score_messages(
    messages: Sequence[ChatMessage], chat: Chat
) -> list[tuple[float, dict[str, float]]]:
    """The weighted sum and the features of each message."""
    features = find_features(messages, chat)
    return [
        (sum(WEIGHTS[name] * value for name, value in found.items()), found) for found in features
    ]


def find_features(messages: Sequence[ChatMessage], chat: Chat) -> list[dict[str, float]]:
    """What is noticed about each message, by the names of `WEIGHTS`; what is absent is 0."""
    texts = [clean_text(m.text) for m in messages]
    cues = [find_cues(text) for text in texts]
    terms = [find_terms(text) for text in texts]
    longest = max((len(text) for text in texts), default=0) or 1
    found: list[dict[str, float]] = []
    for i, message in enumerate(messages):
        asked = any(
            "question" in cues[j] and messages[j].sender != message.sender
            for j in range(max(0, i - 2), i)
        )
        answered = any(m.sender != message.sender for m in messages[i + 1 : i + 3])
        numbers = sum(term[0].isdigit() for term in terms[i])
        found.append(
            {
                "length": len(texts[i]) / longest,
                "numbers": min(numbers, _MAX_COUNTED_NUMBERS) / _MAX_COUNTED_NUMBERS,
                **{cue: 1.0 for cue in cues[i] if cue in WEIGHTS},
                "answer": float(asked),
                "link": float(has_link(texts[i])),
                "addressed": float(not message.is_me and is_addressed(texts[i], chat.me)),
                "open": float("question" in cues[i] and not answered),
                "first": float(i == 0),
                "newest": float(i >= len(messages) - 3),
                "position": i / max(len(messages) - 1, 1),
                "corrected": float(
                    any(
                        "correction" in cues[j] and terms[i] & terms[j]
                        for j in range(i + 1, len(texts))
                    )
                ),
                "small-talk": float(is_small_talk(texts[i])),
            }
        )
    return found


def is_addressed(text: str, name: str) -> bool:
    """Whether `text` names the person, by the first word of the name or a Korean given name.

    Never for a name of one letter, which stands in too many words.
    """
    words = clean_text(name).casefold().split()
    called = words[:1]
    if words and _KOREAN_FULL_NAME.fullmatch(words[0]):
        called.append(words[0][1:])
    return any(len(word) > 1 and word in text.casefold() for word in called)


def _name_reasons(features: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r for name, r in _REASONS.items() if features.get(name)))

"""Owns joining chats and marking part of one as read; it must not write a message or a sentence."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from inference.training.corpus import Conversation, Message, Point, Todo
from inference.training.renaming import rename
from inference.training.rewriting import all_texts, gold_sources, gold_texts

MAX_POINTS = 4
"""As many as the corpus has."""

_MIN_TAIL = 3
_MIN_CONTEXT = 2

# A sentence that leans on the one before it cannot lead.
_LEANING = re.compile(
    r"(?:He|She|They|It|This|That|These|Those|His|Her|Their|Its|Both|Neither|Also|Then|There"
    r"|However|The (?:same|other|rest))\b"
    r"|(?:또|또한|이후|이에|이는|이와|그|그는|그녀|그러나|다만|대신|나머지|이때|이날|이를|이들|둘|그중|그날|그때"
    r"|그리고|하지만|이어)(?![가-힣])"
)


def join(conversations: Sequence[Conversation], rng: random.Random) -> Conversation | None:
    """Unrelated group chats of one language one after the other, the last being the newest.

    Title, owner and topic are the newest's; of the sentences the first ones of each chat are
    kept, the newest's first, and the to-dos of all. People of an earlier chat get other names
    where they clash. None where they cannot, where a chat is not a group, or where an earlier
    chat's gold rests on its title, or on an owner who does not speak in it: both are gone.
    """
    *earlier, newest = conversations
    if any(c.kind != "group" or c.language != newest.language for c in conversations):
        return None
    parts = [newest]
    for conversation in reversed(earlier):
        part = _fit_beside(conversation, parts, rng)
        if part is None:
            return None
        parts.insert(0, part)
    messages: list[Message] = []
    shifted: list[tuple[list[Point], list[Todo]]] = []
    for part in parts:
        n_before = len(messages)
        points = [replace(p, sources=_moved(p.sources, n_before)) for p in part.points]
        shifted.append(
            (points, [replace(t, sources=_moved(t.sources, n_before)) for t in part.todos])
        )
        messages += part.messages
    each = MAX_POINTS // len(parts)
    return replace(
        newest,
        id="+".join([newest.id, *(c.id for c in earlier)]),
        messages=tuple(messages),
        points=tuple(p for points, _ in reversed(shifted) for p in points[:each]),
        todos=tuple(t for _, todos in reversed(shifted) for t in todos),
    )


def _moved(sources: tuple[int, ...], by: int) -> tuple[int, ...]:
    return tuple(source + by for source in sources)


def _fit_beside(
    conversation: Conversation, others: Sequence[Conversation], rng: random.Random
) -> Conversation | None:
    """The conversation with no person of the others in it; None if that cannot be had."""
    speakers = {m.sender for m in conversation.messages}
    said = " ".join([*speakers, *(m.text for m in conversation.messages)])
    meant = " ".join(gold_texts(conversation))
    gone = [conversation.me, *re.findall(r"\w{2,}", conversation.title)]
    if any(name in meant and name not in said for name in gone):
        return None
    people = {m.sender for other in others for m in other.messages} | {o.me for o in others}
    if not speakers & people:
        return conversation
    renamed = rename(conversation, rng, taken=[t for other in others for t in all_texts(other)])
    if renamed is None or people & {m.sender for m in renamed.messages}:
        return None
    return renamed


def cut(conversation: Conversation, rng: random.Random) -> tuple[Conversation, int] | None:
    """The conversation as one whose first messages are already read, and how many they are.

    The gold keeps the sentences and to-dos whose sources all lie among the unread. None if no cut
    parts the sentences cleanly: each wholly behind or wholly before it, and none left that leans
    on a sentence gone.
    """
    cuts = range(_MIN_CONTEXT, len(conversation.messages) - _MIN_TAIL + 1)
    possible = [n_context for n_context in cuts if _is_clean(conversation, n_context)]
    if not possible:
        return None
    n_context = rng.choice(possible)
    kept = replace(
        conversation,
        points=tuple(p for p in conversation.points if min(p.sources) >= n_context),
        todos=tuple(t for t in conversation.todos if min(t.sources) >= n_context),
    )
    return kept, n_context


def _is_clean(conversation: Conversation, n_context: int) -> bool:
    if any(min(each) < n_context <= max(each) for each in gold_sources(conversation)):
        return False
    kept = [min(point.sources) >= n_context for point in conversation.points]
    behind_gone = zip(conversation.points[1:], kept, kept[1:], strict=False)
    if any(_LEANING.match(p.text) for p, before, itself in behind_gone if itself and not before):
        return False
    return any(kept) and not all(kept)

"""Owns what a rewriter is taught: a few messages of a chat, and what is to be told of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tokenizers import Tokenizer

from inference.features import find_features
from inference.highlights import load_selector
from inference.prompts import CUES, PASSAGE_GAP
from inference.training.corpus import UNSAID, Conversation, Point
from inference.training.examples import Example
from inference.training.scoring import build_item
from inference.words import find_terms


@dataclass(frozen=True)
class Shares:
    """Of conversations, how many give an example of each kind beside one for every sentence."""

    joined: float = 0.25
    """Two or more neighbouring sentences told together."""
    topic: float = 0.25
    todo: float = 0.3
    """Of to-dos, not of conversations."""
    noise: float = 0.4
    """How likely a message that a summariser could mistake for a source comes along, too."""


SENTENCES_ALONE = Shares(joined=0.0, topic=0.0, todo=0.0, noise=0.4)
"""What the held-out loss is measured on."""


@dataclass(frozen=True)
class Passage:
    """Some messages of a conversation and the text that is to be written of them."""

    id: str
    conversation: Conversation
    positions: tuple[int, ...]
    """Of the messages, ascending."""
    cue: str
    text: str


def list_passages(
    conversations: Iterable[Conversation], shares: Shares, seed: int
) -> Iterator[Passage]:
    """Every gold sentence with its sources, and shares of the rest; the same for the same seed."""
    for conversation in conversations:
        rng = random.Random(f"{seed} {conversation.id}")  # noqa: S311
        yield from _list_told(conversation, shares, rng)
        cue = CUES[conversation.language]
        mistakable = _find_mistakable(conversation)
        if rng.random() < shares.topic:
            yield Passage(
                f"{conversation.id}+topic", conversation, mistakable, cue.topic, conversation.topic
            )
        for place, todo in enumerate(conversation.todos):
            if rng.random() < shares.todo:
                when = "" if todo.when == UNSAID else f" ({todo.when})"
                positions = tuple(sorted(set(todo.sources)))
                yield Passage(
                    f"{conversation.id}+todo{place}",
                    conversation,
                    positions,
                    f"{cue.todo} ({todo.who})",
                    f"{todo.what}{when}",
                )


def build_passage_examples(
    passages: Iterable[Passage], tokenizer: Tokenizer, end_id: int
) -> list[Example]:
    """Prompt and target are encoded apart, as at run time."""

    def encode(text: str) -> tuple[int, ...]:
        return tuple(tokenizer.encode(text, add_special_tokens=False).ids)

    return [Example(p.id, encode(passage_prompt(p)), (*encode(p.text), end_id)) for p in passages]


def passage_prompt(passage: Passage) -> str:
    """Title, owner, the messages with a mark where others stood between them, and the cue."""
    conversation = passage.conversation
    cue = CUES[conversation.language]
    lines = [f"{cue.chat}: {conversation.title}", f"{cue.me}: {conversation.me}"]
    before = None
    for position in passage.positions:
        if before is not None and position > before + 1:
            lines.append(PASSAGE_GAP)
        message = conversation.messages[position]
        lines.append(f"{message.sender}: {message.text}")
        before = position
    return "\n".join(lines) + f"\n\n{passage.cue}:\n"


def _list_told(conversation: Conversation, shares: Shares, rng: random.Random) -> Iterator[Passage]:
    cue = CUES[conversation.language].summary
    points = conversation.points
    for place, point in enumerate(points):
        positions = _add_noise(conversation, [point], shares.noise, rng)
        yield Passage(f"{conversation.id}+{place}", conversation, positions, cue, point.text)
    if len(points) > 1 and rng.random() < shares.joined:
        first = rng.randrange(len(points) - 1)
        told = points[first : first + rng.choice((2, 2, 3))]
        positions = _add_noise(conversation, told, shares.noise / 2, rng)
        text = "\n".join(point.text for point in told)
        yield Passage(f"{conversation.id}+{first}joined", conversation, positions, cue, text)


def _add_noise(
    conversation: Conversation, points: Sequence[Point], noise: float, rng: random.Random
) -> tuple[int, ...]:
    sources = {i for point in points for i in point.sources}
    others = {i for point in conversation.points for i in point.sources} - sources
    near = range(min(sources) - 1, max(sources) + 2)
    added = [
        i
        for i in _find_mistakable(conversation)
        if i in near and i not in others and rng.random() < noise
    ]
    return tuple(sorted(sources.union(added)))


def _find_mistakable(conversation: Conversation) -> tuple[int, ...]:
    """What the selector would choose if half of the messages were to be told, ascending."""
    chat = build_item(conversation).chat
    selector = replace(load_selector(), most=10, share_of_messages=0.5)
    features = find_features(chat.messages, chat)
    return tuple(selector.choose_positions(features, [find_terms(m.text) for m in chat.messages]))

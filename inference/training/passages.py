"""Owns what a rewriter is taught: a few messages of a chat, and what is to be told of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tokenizers import Tokenizer

from inference.features import find_features
from inference.highlights import load_selector
from inference.interface import ChatMessage
from inference.passages import choose_passages
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


ALL_KINDS = Shares()
_TOPIC_SHARE = 0.2


@dataclass(frozen=True)
class Passage:
    """Some messages of a conversation and the text that is to be written of them."""

    id: str
    conversation: Conversation
    positions: tuple[int, ...]
    """Of the messages, ascending."""
    cue: str
    text: str

    @property
    def is_told(self) -> bool:
        """Whether sentences are wanted, not a topic or a to-do: the held-out loss is theirs."""
        return self.cue == CUES[self.conversation.language].summary


def list_sentences(
    conversations: Iterable[Conversation], shares: Shares = ALL_KINDS, seed: int = 0
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


def list_chosen(
    conversations: Iterable[Conversation], topic: float = _TOPIC_SHARE, seed: int = 0
) -> Iterator[Passage]:
    """What is told of the messages that are chosen at run time, as they are told at once there.

    Those gold sentences at least half of whose sources are among them and all of whose figures
    are; nothing where there is none. `topic` is the share of conversations with their topic, too.
    """
    for conversation in conversations:
        cue = CUES[conversation.language]
        rng = random.Random(f"{seed} {conversation.id}")  # noqa: S311
        parts = choose_passages(build_item(conversation).chat)
        for place, part in enumerate(parts):
            positions = tuple(message.id for message in part)
            told = [point.text for point in conversation.points if _is_held(point, part)]
            if told:
                name = f"{conversation.id}+chosen{place}"
                yield Passage(name, conversation, positions, cue.summary, "\n".join(told))
        if rng.random() < topic:
            positions = tuple(message.id for part in parts for message in part)
            name = f"{conversation.id}+topic"
            yield Passage(name, conversation, positions, cue.topic, conversation.topic)


LISTS: Mapping[str, Callable[[Iterable[Conversation]], Iterator[Passage]]] = {
    "sentences": list_sentences,
    "chosen": list_chosen,
}
"""By the name of what is taught."""


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


def _is_held(point: Point, messages: Sequence[ChatMessage]) -> bool:
    """Whether a gold sentence could be written of these messages alone."""
    found = len(set(point.sources).intersection(message.id for message in messages))
    said = frozenset().union(*(find_terms(f"{m.sender} {m.text}") for m in messages))
    figures = {term for term in find_terms(point.text) if term[0].isdigit()}
    return 2 * found >= len(set(point.sources)) and figures <= said


def _find_mistakable(conversation: Conversation) -> tuple[int, ...]:
    """What the selector would choose if half of the messages were to be told, ascending."""
    chat = build_item(conversation).chat
    selector = replace(load_selector(), most=10, share_of_messages=0.5)
    features = find_features(chat.messages, chat)
    return tuple(selector.choose_positions(features, [find_terms(m.text) for m in chat.messages]))

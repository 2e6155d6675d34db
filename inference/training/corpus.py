"""Owns reading the corpus of conversations; it must not know prompts, tokens or models."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS_FOLDER = Path(__file__).parent / "corpus"
UNSAID = "-"
"""What the corpus writes where a to-do has no time."""

_HEAD = re.compile(
    r"### (?P<id>[a-z]{2}-[a-z]+-\d{3}) \| (?P<kind>group|direct)"
    r" \| (?P<title>[^|]+?) \| me=(?P<me>[^|]+)"
)
_MESSAGE = re.compile(r"(?P<sender>[^>]{1,40})> (?P<text>.*)")
_POINT = re.compile(r"= (?P<text>.+?) \[(?P<sources>\d+(?:,\d+)*)\]")
_TODO = re.compile(
    r"! (?P<who>[^|]+) \| (?P<what>[^|]+) \| (?P<when>[^|]+) \| \[(?P<sources>\d+(?:,\d+)*)\]"
)


class CorpusError(ValueError):
    """A line that does not follow the corpus format; the message holds file and line, no text."""


@dataclass(frozen=True)
class Message:
    """One line of the conversation, as its sender wrote it."""

    sender: str
    text: str
    """One line; a line break of the original is written as ' / '."""


@dataclass(frozen=True)
class Point:
    """One gold sentence."""

    text: str
    sources: tuple[int, ...]
    """Indices into the conversation's messages."""


@dataclass(frozen=True)
class Todo:
    """One thing that is still open at the conversation's end."""

    who: str
    what: str
    when: str
    """Free text, or `UNSAID`."""
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Conversation:
    """One block: a chat with its gold summary, at least one message and one sentence."""

    id: str
    language: str
    """'ko' or 'en', taken from the id."""
    kind: str
    title: str
    me: str
    """The phone's owner; may be absent from the senders."""
    messages: tuple[Message, ...]
    points: tuple[Point, ...]
    """Most important first."""
    todos: tuple[Todo, ...]
    topic: str

    @property
    def held_out(self) -> bool:
        """True for the tenth that is never trained on; it depends on the id alone, so that it
        stays the same as the corpus grows. What is made of a conversation is held out with it:
        its id goes on behind a `+`.
        """
        own_id = self.id.partition("+")[0]
        return int(hashlib.sha256(own_id.encode()).hexdigest(), 16) % 10 == 0


def read_corpus(folder: Path = CORPUS_FOLDER) -> list[Conversation]:
    """All conversations of a folder's `.txt` files, in file and line order."""
    return [c for path in sorted(folder.glob("*.txt")) for c in read_file(path)]


def read_file(path: Path) -> Iterator[Conversation]:
    """Given a file of blocks, yield its conversations; raise CorpusError at the first bad line."""
    with path.open(encoding="utf-8") as lines:
        yield from parse_blocks(lines, path.name)


def parse_blocks(lines: Iterable[str], source: str) -> Iterator[Conversation]:
    """Given the lines of a file called `source`, yield its conversations."""
    block: list[tuple[int, str]] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\n")
        if line.startswith("### ") and block:
            yield _parse_block(block, source)
            block = []
        if line.strip():
            block.append((number, line))
    if block:
        yield _parse_block(block, source)


def _parse_block(block: list[tuple[int, str]], source: str) -> Conversation:
    head_number, head_line = block[0]
    head = _HEAD.fullmatch(head_line)
    if head is None:
        raise CorpusError(f"{source}:{head_number}: not a block header")
    messages: list[Message] = []
    points: list[Point] = []
    todos: list[Todo] = []
    topic: str | None = None
    for number, line in block[1:]:
        if line.startswith("# "):
            topic = line[2:].strip()
        elif line.startswith("= ") and (point := _POINT.fullmatch(line)):
            points.append(Point(point["text"], _indices(point["sources"])))
        elif line.startswith("! ") and (todo := _TODO.fullmatch(line)):
            todos.append(
                Todo(
                    todo["who"].strip(),
                    todo["what"].strip(),
                    todo["when"].strip(),
                    _indices(todo["sources"]),
                )
            )
        elif not points and (message := _MESSAGE.fullmatch(line)):
            messages.append(Message(message["sender"], message["text"]))
        else:
            raise CorpusError(f"{source}:{number}: neither message, sentence, to-do nor topic")
    if not messages or not points or not topic:
        raise CorpusError(f"{source}:{head_number}: block without messages, sentences or topic")
    return Conversation(
        id=head["id"],
        language=head["id"][:2],
        kind=head["kind"],
        title=head["title"],
        me=head["me"],
        messages=tuple(messages),
        points=tuple(points),
        todos=tuple(todos),
        topic=topic,
    )


def _indices(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))

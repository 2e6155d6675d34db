"""Owns what one line of an evaluation file holds; it scores nothing and reads no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.interface import Chat

LANGUAGES = ("en", "ko")

SAMPLE_FILE = Path(__file__).with_name("sample.jsonl")
"""Twenty conversations of the corpus's held-out tenth, ten a language."""


class BadGold(ValueError):
    """A line lacks something or holds it in another shape; the message names it, without text."""


@dataclass(frozen=True, slots=True)
class GoldToDo:
    """Something that somebody is to do at the end of the chat."""

    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Gold:
    """What a good summary of one chat says and does not say."""

    references: tuple[str, ...]
    """Whole summaries; never empty."""

    must: tuple[tuple[str, ...], ...] = ()
    """Each a list of alternatives, one of which belongs in a summary."""

    forbid: tuple[str, ...] | None = None
    """What no summary may state: plans that were given up, what a message orders to write.
    None when the file does not say."""

    todos: tuple[GoldToDo, ...] | None = None
    """None when the file does not say."""

    sources: frozenset[int] | None = None
    """Ids of the messages behind the first reference; None when the file does not say."""


@dataclass(frozen=True, slots=True)
class Item:
    """A chat with its gold."""

    id: object
    """As given, for finding it again: a text or a number."""

    language: str
    """One of `LANGUAGES`."""

    chat: Chat
    """Messages are numbered from 0."""

    gold: Gold


def build_item(table: Mapping[str, object], chat: Chat) -> Item:
    """The item of one line; `chat` is what its `messages`, `title` and `me` say.

    Raises `BadGold`.
    """
    identity = table.get("id")
    if not isinstance(identity, str | int):
        raise BadGold('no "id"')
    language = table.get("lang")
    if language not in LANGUAGES:
        raise BadGold('"lang" is neither "ko" nor "en"')
    if not chat.messages:
        raise BadGold('"messages" is empty')
    return Item(identity, str(language), chat, parse_gold(table, len(chat.messages)))


def parse_gold(table: Mapping[str, object], n_messages: int) -> Gold:
    """References, lists, to-dos and sources of one line. Raises `BadGold`."""
    references = _texts(table.get("references"), "references")
    if not references:
        raise BadGold('"references" is empty')
    must = tuple(_texts(item, "must") for item in _list(table.get("must", []), "must"))
    if any(not alternatives for alternatives in must):
        raise BadGold('a list of "must" is empty')
    forbid, todos, sources = table.get("forbid"), table.get("todos"), table.get("sources")
    return Gold(
        references,
        must,
        None if forbid is None else _texts(forbid, "forbid"),
        None if todos is None else tuple(_todo(item) for item in _list(todos, "todos")),
        None if sources is None else _indices(sources, n_messages),
    )


def _todo(item: object) -> GoldToDo:
    who = item.get("who") if isinstance(item, dict) else None
    what = item.get("what") if isinstance(item, dict) else None
    if not isinstance(who, str) or not isinstance(what, str):
        raise BadGold('an item of "todos" is no {"who", "what"}')
    return GoldToDo(who, what)


def _indices(value: object, n_messages: int) -> frozenset[int]:
    found = [index for part in _list(value, "sources") for index in _list(part, "sources")]
    if not all(isinstance(index, int) and 0 <= index < n_messages for index in found):
        raise BadGold('"sources" names a message that is not there')
    return frozenset(index for index in found if isinstance(index, int))


def _texts(value: object, name: str) -> tuple[str, ...]:
    texts = _list(value, name)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise BadGold(f'"{name}" holds something else than text')
    return tuple(str(text) for text in texts)


def _list(value: object, name: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise BadGold(f'"{name}" is no list')
    return value

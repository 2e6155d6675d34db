"""Both languages say the same things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from string import Formatter

import pytest

import tui
from tui.words import Words, count
from tui.words_en import ENGLISH
from tui.words_ko import KOREAN


def list_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from list_texts(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from list_texts(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from list_texts(getattr(value, field.name))


def list_blanks(value: object) -> set[str | None]:
    return {name for text in list_texts(value) for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", [field.name for field in fields(Words)])
def test_both_languages_fill_in_the_same_blanks(name: str) -> None:
    english, korean = getattr(ENGLISH, name), getattr(KOREAN, name)
    assert list_blanks(english) == list_blanks(korean)
    if isinstance(english, Mapping):
        assert english.keys() == korean.keys()


@pytest.mark.parametrize("words", [ENGLISH, KOREAN])
def test_nothing_is_left_unsaid(words: Words) -> None:
    lines = {"first_run", "no_sources", "all_read", "nothing_yet"}
    for field in fields(Words):
        texts = list(list_texts(getattr(words, field.name)))
        assert texts
        assert field.name in lines or all(texts), field.name


def test_korean_is_korean() -> None:
    spoken = [text for field in fields(Words) for text in list_texts(getattr(KOREAN, field.name))]
    letters = re.sub(r"\{\w+\}|[\W\d_]|companion \w+", "", " ".join(spoken))
    hangul = re.findall("[가-힣]", letters)
    assert len(hangul) > 0.8 * len(letters)


def test_every_word_is_said_somewhere() -> None:
    folder = Path(tui.__file__).parent
    source = "".join(
        path.read_text("utf-8")
        for path in folder.rglob("*.py")
        if not path.name.startswith("words")
    )
    unsaid = [field.name for field in fields(Words) if f"words.{field.name}" not in source]
    assert unsaid == []


@pytest.mark.parametrize(("n", "said"), [(0, "0 unread"), (1, "1 unread"), (1234, "1,234 unread")])
def test_counts_are_set_in_thousands(n: int, said: str) -> None:
    assert count(ENGLISH.unread, n) == said


def test_one_is_singular() -> None:
    assert count(ENGLISH.in_conversations, 1) == "in 1 conversation"
    assert count(ENGLISH.in_conversations, 2) == "in 2 conversations"

"""Owns the figures of validation over plain text; it must not know models or tokens."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from inference.parsing import parse_draft
from inference.training.corpus import Conversation
from inference.training.examples import CUES

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+")
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
_COPY_WORDS = 5

# Capitalised in English for other reasons than being somebody's or something's name.
_NOT_NAMES = frozenset([*calendar.day_name, *calendar.month_name, "English", "Korean"])


@dataclass(frozen=True)
class Score:
    """The figures of one summary against its gold."""

    rouge1: float
    rouge_l: float
    todo_hits: int
    """To-dos whose owner the gold names too, each gold to-do used once."""

    todos_written: int
    todos_gold: int
    ungrounded: tuple[str, ...]
    """Numbers and names that stand nowhere in the conversation."""

    copied: float
    """Share of the summary's runs of five words that stand verbatim in the conversation."""

    well_formed: bool


def score(conversation: Conversation, text: str, known_names: Collection[str]) -> Score:
    """Given names of persons anywhere in the corpus, score one summary.

    A name of the corpus that the conversation lacks counts as ungrounded; in English, so does
    any other capitalised word inside a sentence.
    """
    draft = parse_draft(text)
    summary = " ".join(draft.sentences)
    gold = " ".join(point.text for point in conversation.points)
    written = units_of(summary, conversation.language)
    wanted = units_of(gold, conversation.language)
    written_by = Counter(todo.who for todo in draft.todos)
    gold_by = Counter(todo.who for todo in conversation.todos)
    return Score(
        rouge1=f1((Counter(written) & Counter(wanted)).total(), len(written), len(wanted)),
        rouge_l=f1(common_subsequence(written, wanted), len(written), len(wanted)),
        todo_hits=(written_by & gold_by).total(),
        todos_written=written_by.total(),
        todos_gold=gold_by.total(),
        ungrounded=_ungrounded(conversation, text, known_names),
        copied=_copied(summary, source_text(conversation)),
        well_formed=bool(draft.sentences and draft.topic)
        and f"\n{CUES[conversation.language].todo}:\n" in text,
    )


def source_text(conversation: Conversation) -> str:
    """Everything the model was shown."""
    lines = [conversation.title, conversation.me]
    lines += [f"{message.sender} {message.text}" for message in conversation.messages]
    return "\n".join(lines)


def units_of(text: str, language: str) -> list[str]:
    """What is counted: words in English, characters without spaces in Korean."""
    words = _WORD.findall(text.lower())
    return words if language == "en" else list("".join(words))


def f1(hits: int, written: int, wanted: int) -> float:
    """The harmonic mean of precision and recall; 1 where nothing was wanted nor written."""
    if written + wanted == 0:
        return 1.0
    return 2 * hits / (written + wanted)


def common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for item in left:
        diagonal = 0
        for column, other in enumerate(right, 1):
            above = row[column]
            row[column] = diagonal + 1 if item == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]


def _ungrounded(
    conversation: Conversation, text: str, known_names: Collection[str]
) -> tuple[str, ...]:
    source = source_text(conversation)
    source_numbers = set(_NUMBER.findall(source))
    missing = [number for number in _NUMBER.findall(text) if number not in source_numbers]
    if conversation.language == "en":
        words = set(_WORD.findall(text))
        names = (words & set(known_names)) | set(_CAPITALISED.findall(text)) - _NOT_NAMES
        source_words = source.lower()
        missing += sorted(name for name in names if name.lower() not in source_words)
    else:
        missing += sorted(
            name
            for name in known_names
            if len(name) > 1 and name in text and name not in source
            # A pattern for each of two thousand names would cost more than the model does.
            if _stands_as_name(name, text)
        )
    return tuple(missing)


def _stands_as_name(name: str, text: str) -> bool:
    """True when a Korean name begins a word and only a particle may follow it."""
    particles = "은는이가을를의와과도에게한테께랑님씨"
    pattern = rf"(?<!\w){re.escape(name)}(?:[{particles}]{{1,3}})?(?!\w)"
    return re.search(pattern, text) is not None


def _copied(summary: str, source: str) -> float:
    words = _WORD.findall(summary.lower())
    runs = [tuple(words[i : i + _COPY_WORDS]) for i in range(len(words) - _COPY_WORDS + 1)]
    if not runs:
        return 0.0
    source_words = _WORD.findall(source.lower())
    known = {
        tuple(source_words[i : i + _COPY_WORDS]) for i in range(len(source_words) - _COPY_WORDS + 1)
    }
    return sum(run in known for run in runs) / len(runs)

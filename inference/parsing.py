"""Owns reading what a model wrote: any text gives a draft, maybe empty; it judges nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inference.cleaning import clean_text

LIMIT_CHARS = 4000
"""What a model wrote beyond this is not read: no draft is a tenth as long."""

_TODO_HEAD = re.compile(
    r"^\W*(?:할\s?일|to[\s-]?dos?|action items?)\W*[:：]\s*(?P<rest>.*)$", re.IGNORECASE
)
_TOPIC_HEAD = re.compile(r"^\W*(?:주제|topic)\W*[:：]\s*(?P<rest>.*)$", re.IGNORECASE)
_SUMMARY_HEAD = re.compile(r"^\W*(?:요약|summary)\W*[:：]\s*(?P<rest>.*)$", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*•·–]|\d{1,2}[.)](?=\s))\s*")
_WHEN = re.compile(r"\s*\((?P<when>[^()]{1,60}(?:\([^()]{1,60}\)[^()]{0,60})?)\)\s*\.?$")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"\*\*|__|`+|^#+\s*|<\|[^|<>]{1,30}\|>|</?(?:chat|summary)[^<>]{0,20}>")
# A sentence ends at closing punctuation before a blank and a capital, Hangul or a quote; after a
# short capitalised word ("Dr.", "Mrs.", an initial) the stop belongs to a name.
_SENTENCE_END = re.compile(
    r"(?<=[.!?。])(?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\b[A-Z][a-z]{2}\.)(?<!\bProf\.)"
    r"\s+(?=[\"'“‘(]?[A-Z가-힣])"
)
_NOTHING = frozenset({"", "-", "없음", "none", "n/a", "없다", "no", "nothing"})
_UNSAID = frozenset({"", "-", "없음", "none", "n/a", "미정", "unspecified", "no deadline"})


@dataclass(frozen=True, slots=True)
class DraftToDo:
    """A to-do as the model wrote it."""

    who: str
    what: str
    when: str
    """"" when unsaid."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A model's text taken apart, nothing checked."""

    sentences: tuple[str, ...]
    """In the order written; () when there is none."""

    todos: tuple[DraftToDo, ...] = ()
    topic: str = ""


def parse_draft(text: str) -> Draft:
    """Sentences, to-dos and topic of a model's text, in whatever state it is.

    Expected form: sentences one a line, a line `할 일:` or `To do:`, then `- who: what (when)`
    lines or a single `-`, then `주제: …` or `Topic: …`. Bullets, numbering, Markdown, missing
    parts, other orders and a cut end are all borne.
    """
    prose: list[str] = []
    todos: list[DraftToDo] = []
    topic = ""
    in_todos = False
    for written in _lines_of(text):
        line = written
        if match := _TOPIC_HEAD.match(line):
            topic = topic or match["rest"].strip(' .-*"')
            in_todos = False
            continue
        if match := _TODO_HEAD.match(line):
            in_todos = True
            line = match["rest"]
        elif match := _SUMMARY_HEAD.match(line):
            in_todos = False
            line = match["rest"]
        line = _BULLET.sub("", line.strip()).strip()
        if line.casefold() in _NOTHING:
            continue
        if in_todos:
            todos.extend(_read_todo(line))
        else:
            prose.append(line)
    sentences = (
        prose if len(prose) > 1 else [part for line in prose for part in split_sentences(line)]
    )
    return Draft(tuple(dict.fromkeys(sentences)), tuple(dict.fromkeys(todos)), topic)


def split_sentences(text: str) -> list[str]:
    """The sentences of one line of prose, Korean or English."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def _lines_of(text: str) -> list[str]:
    text = clean_text(_THINKING.sub("", text[:LIMIT_CHARS]))
    lines = (_MARKUP.sub("", line).strip() for line in text.split("\n"))
    return [line for line in lines if line]


def _read_todo(line: str) -> list[DraftToDo]:
    """A list of one, or [] where nobody is named: a to-do without a person is none."""
    who, colon, what = line.partition(":")
    who, what = who.strip(), what.strip()
    if not colon or not who or not what or len(who) > 60:
        return []
    when = ""
    if match := _WHEN.search(what):
        when = match["when"].strip()
        what = what[: match.start()].strip()
    if when.casefold() in _UNSAID:
        when = ""
    what = what.rstrip(" .")
    return [DraftToDo(who, what, when)] if what else []

"""Owns finding to-dos in what people wrote: who, and their own words; nothing is ever reworded.

Who may have to do something by which message, and what speaks for it, is in `inference.duties`;
the weights lie in `todos.toml`, fitted to the corpus by `python -m inference.training todos`.
To-dos worded by a model of half a billion parameters were tried: too often they gave the task to
somebody else. A draft's to-do can only raise what a message says already.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from inference.cleaning import LINE_MARK, flatten_text
from inference.cues import find_cues
from inference.duties import Duty, find_duties
from inference.interface import Chat, ToDo
from inference.language import detect_language
from inference.names import NameBook
from inference.parsing import DraftToDo
from inference.words import find_terms

WEIGHTS_FILE = "todos.toml"
MAX_TODOS = 5
SAME_MESSAGES = 2
"""Messages at most so far apart, by which the same person has something to do, tell of one."""

AGREEMENT = 1.0
"""What a draft's to-do adds to the log-odds of a duty of the same person about the same thing.
Set by hand, not fitted: it makes a duty of one chance in three as likely as not."""

_SHARED_TERMS = 0.5
"""A draft and a message are about the same thing when so much of the shorter one is shared."""

LIMIT_CHARS = 140
"""Longer quotes tell more than one thing; they are cut with an ellipsis."""

_SENTENCE_END = re.compile(rf"(?<=[.!?。…~])\s+|{LINE_MARK}")
_HALF_DAY = r"(?:오전|오후|새벽|아침|점심|저녁|밤|낮)"
_DAY_KO = (
    r"(?:오늘|내일|낼|모레|(?:이번|다음)\s?(?:주|달)|담주|주말|[월화수목금토일]욜|[월화수목금토일]요일"
    r"|\d{1,2}월|\d{1,2}일|\d{1,2}/\d{1,2})"
)
_CLOCK_KO = r"(?:\d{1,2}시(?:\s?\d{1,2}분|\s?반)?|\d{1,2}:\d\d)"
_DAY_EN = (
    r"(?:today|tonight|tomorrow|tmrw?|(?:this|next)\s(?:week|weekend|month)|weekend|noon|midnight"
    r"|(?:mon|tues?|weds?|thur?s?|fri|sat|sun)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|\d{1,2}(?:st|nd|rd|th)|\d{1,2}/\d{1,2}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\s\d{1,2})"
)
_CLOCK_EN = r"(?:\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m|\d{1,2}[:.]\d\d|(?<=at\s)\d{1,2}|(?<=by\s)\d{1,2})"
_TIME_KO = rf"(?:{_DAY_KO}|{_HALF_DAY}|{_CLOCK_KO})"
_TIME_EN = rf"\b(?:{_DAY_EN}|{_CLOCK_EN})(?!\w)(?:\s(?:morning|afternoon|evening|night|lunch))?"
_WHEN = re.compile(
    rf"(?:\b(?:by|before|after|until|till|on|at)\s)?{_TIME_EN}"
    rf"(?:,?\s(?:at\s|by\s|before\s|after\s)?{_TIME_EN})*"
    rf"|(?<![가-힣]){_TIME_KO}(?:에|부터)?(?:\s?{_TIME_KO})*(?:까지|쯤|전까지|\s전)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DutyWeights:
    """How the features of duties in one language are weighed."""

    threshold: float
    """The chance, 0 to 1, from which on a duty is shown as a to-do."""

    bias: float
    weights: Mapping[str, float]
    """By feature; one that is not here weighs nothing."""

    def weigh(self, duty: Duty) -> float:
        """The log-odds that somebody would write the duty down as a to-do."""
        return self.bias + sum(
            self.weights.get(name, 0.0) * value for name, value in duty.features.items()
        )


def find_todos(chat: Chat, drafts: Sequence[DraftToDo] = ()) -> tuple[ToDo, ...]:
    """To-dos of the unread messages, in chat order, the likeliest `MAX_TODOS` of them.

    `what` and `when` are the message's own words. What is said to be done is left out. `drafts`
    are what a model wrote: each raises the duty that says the same, and is shown nowhere itself.
    () for a chat in a language without weights.
    """
    weights = load_weights().get(_tell_language(chat))
    if weights is None:
        return ()
    duties = find_duties(chat)
    scores = [weights.weigh(duty) for duty in duties]
    if drafts:
        scores = [
            score + AGREEMENT * agrees
            for score, agrees in zip(scores, _find_agreements(duties, chat, drafts), strict=True)
        ]
    return tuple(_describe(duty, chat) for duty in choose_duties(duties, scores, weights.threshold))


def choose_duties(
    duties: Sequence[Duty], scores: Sequence[float], threshold: float
) -> tuple[Duty, ...]:
    """The duties of one chat to be shown, in chat order, given the log-odds of each.

    Those whose chance reaches `threshold`, one for what the same person is to do by messages next
    to each other.
    """
    least = math.log(threshold / (1 - threshold))
    ranked = sorted(range(len(duties)), key=lambda i: (-scores[i], duties[i].position))
    chosen: list[Duty] = []
    for place in ranked:
        duty = duties[place]
        if scores[place] < least or len(chosen) == MAX_TODOS:
            break
        if not duty.is_done and not any(_is_same(duty, other) for other in chosen):
            chosen.append(duty)
    return tuple(sorted(chosen, key=lambda duty: duty.position))


@lru_cache(maxsize=1)
def load_weights() -> Mapping[str, DutyWeights]:
    """The weights by language, from `todos.toml`."""
    tables = tomllib.loads((files("inference") / WEIGHTS_FILE).read_text(encoding="utf-8"))
    return {
        language: DutyWeights(table["threshold"], table["bias"], table["weights"])
        for language, table in tables.items()
    }


def quote_clause(text: str) -> str:
    """The sentence of a message that promises or asks for something, else all of it."""
    sentences = [part for part in _SENTENCE_END.split(flatten_text(text)) if part]
    telling = [part for part in sentences if {"promise", "request"} & find_cues(part)]
    quote = telling[0] if telling else flatten_text(text)
    return quote if len(quote) <= LIMIT_CHARS else f"{quote[: LIMIT_CHARS - 1].rstrip()}…"


def quote_when(*texts: str) -> str:
    """The longest run of words for a day or a time in the first text that has one; or ""."""
    for text in texts:
        found = [match.group().strip() for match in _WHEN.finditer(flatten_text(text))]
        if found:
            return max(found, key=len)
    return ""


def _describe(duty: Duty, chat: Chat) -> ToDo:
    said, given = chat.messages[duty.said_at], chat.messages[duty.position]
    what = quote_clause(said.text)
    when = quote_when(what, said.text, given.text)
    return ToDo(duty.who, what, when, tuple(chat.messages[i].id for i in duty.positions))


def _is_same(duty: Duty, other: Duty) -> bool:
    return duty.who == other.who and abs(duty.position - other.position) <= SAME_MESSAGES


def _tell_language(chat: Chat) -> str:
    return chat.language or detect_language(m.text for m in chat.messages if not m.is_context)


def _find_agreements(duties: Sequence[Duty], chat: Chat, drafts: Iterable[DraftToDo]) -> list[bool]:
    """For each duty, whether a draft gives the same person the same thing to do."""
    people = NameBook(chat)
    wanted = [(people.resolve_person(draft.who), find_terms(draft.what)) for draft in drafts]
    found = []
    for duty in duties:
        said = find_terms(chat.messages[duty.said_at].text)
        found.append(
            any(
                who == duty.who
                and terms
                and said
                and len(terms & said) >= _SHARED_TERMS * min(len(terms), len(said))
                for who, terms in wanted
            )
        )
    return found

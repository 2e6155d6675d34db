"""Owns finding who is said to do what: the people that a sentence's clauses begin with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from inference.names import NameBook

# In Korean a particle marks the one who acts, wherever the name stands. In English a name acts
# where a clause begins and no other name is joined to it.
_ACTS_KO = r"(?:이|가|은|는|께서|도)(?=\s)"
_ACTS_EN = r"(?=\s(?!(?:and|or)\b))"
_BEGINS_KO = re.compile(r"(?:^|[\s,])$")
_BEGINS_EN = re.compile(
    r"(?:^|[,;:.]\s*(?:and |but |so |while |who )?"
    r"|\b(?:and|but|so|while|because|that|says|said|if|when|after|before) )$"
)
_ACTING = {"ko": (_ACTS_KO, _BEGINS_KO), "en": (_ACTS_EN, _BEGINS_EN)}


@dataclass(frozen=True, slots=True)
class Actor:
    """A participant who is said to do something."""

    person: str
    alias: str
    """The spelling that the sentence uses."""

    clause: str
    """What is said of the person: the words up to the next actor."""


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    person: str
    alias: str


def find_actors(sentence: str, names: NameBook, language: str) -> list[Actor]:
    """The participants that clauses of a sentence begin with, in its order.

    () where none does. A spelling that several people share names nobody.
    """
    mentions = _find_mentions(sentence, names.people, language)
    ends = (*(mention.start for mention in mentions[1:]), len(sentence))
    return [
        Actor(mention.person, mention.alias, sentence[mention.end : end])
        for mention, end in zip(mentions, ends, strict=False)
    ]


def _find_mentions(sentence: str, people: tuple[str, ...], language: str) -> list[_Mention]:
    acts, begins = _ACTING[language]
    found = [
        _Mention(match.start(), match.end(), person, alias)
        for alias, person in _list_aliases(people)
        for match in re.finditer(re.escape(alias) + acts, sentence)
        if begins.search(sentence[: match.start()])
    ]
    # Of spellings that overlap, the one that begins first is the longer or the only right one.
    found.sort(key=lambda mention: (mention.start, -mention.end))
    apart: list[_Mention] = []
    for mention in found:
        if not apart or mention.start >= apart[-1].end:
            apart.append(mention)
    return apart


@lru_cache(maxsize=64)
def _list_aliases(people: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(spelling, person): a name, what stands before a bracket, its first word; not if shared."""
    spelled: dict[str, set[str]] = {}
    for person in people:
        for alias in {person, person.partition(" (")[0], re.split(r"[\s(]", person)[0]}:
            if len(alias) > 1:
                spelled.setdefault(alias, set()).add(person)
    return tuple((alias, min(owners)) for alias, owners in spelled.items() if len(owners) == 1)

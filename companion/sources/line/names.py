"""Tells names from texts in Windows exports, which part them by a space; reads no file.

A name of several words is known by its repetition: nearly all lines that begin with the first
word go on with the second. Names that were told (the title, the owner's) need none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

_WORDS = 5
_LEAST = 4
"""Lines; fewer may begin with the same words by chance."""

_SHARE = 0.1
_COVERED = 0.95


class NameSurvey:
    """Counts how lines begin; memory grows with the lines that are observed."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def observe(self, rest: str) -> None:
        """A line without its time."""
        words = rest.split("\n", 1)[0].split(" ", _WORDS)
        for length in range(1, min(len(words), _WORDS) + 1):
            prefix = " ".join(words[:length])
            self._counts[prefix] += 1

    def find_names(self, known: Iterable[str]) -> Names:
        """Every name there seems to be; `known` ones for sure."""
        below: defaultdict[str, list[str]] = defaultdict(list)
        roots = list[str]()
        for prefix in self._counts:
            parent, space, _ = prefix.rpartition(" ")
            (below[parent] if space else roots).append(prefix)
        names = {name for root in roots for name in self._extend(root, below)}
        return Names(frozenset(names), frozenset(known))

    def _extend(self, prefix: str, below: dict[str, list[str]]) -> list[str]:
        """The names that begin with a prefix: itself, unless few longer ones stand for it."""
        count = self._counts[prefix]
        least = max(_LEAST, count * _SHARE)
        longer = [
            child
            for child in below.get(prefix, ())
            if self._counts[child] >= least and self._goes_on(child, below)
        ]
        if sum(self._counts[child] for child in longer) < count * _COVERED or not longer:
            return [prefix]
        return [name for child in longer for name in self._extend(child, below)]

    def _goes_on(self, prefix: str, below: dict[str, list[str]]) -> bool:
        """Whether different texts follow: "Bob Photos" thrice is Bob, not Bob Photos."""
        longer = below.get(prefix, [])
        if len(longer) != 1:
            return len(longer) > 1
        return self._counts[longer[0]] == self._counts[prefix] and self._goes_on(longer[0], below)


class Names:
    """The people of a chat."""

    def __init__(self, found: frozenset[str], known: frozenset[str]) -> None:
        self.found = found
        """Whoever seems to write, and first words of the system's lines."""

        self._longest_first = sorted(
            {name for name in found if " " in name} | known, key=len, reverse=True
        )

    def split(self, rest: str) -> tuple[str, str]:
        """Name and text of a line without its time."""
        for name in self._longest_first:
            if rest.startswith(name) and rest[len(name) :][:1] in ("", " ", "\n"):
                return name, rest[len(name) + 1 :]
        first, _, others = rest.partition("\n")
        name, space, text = first.partition(" ")
        if not others:
            return name, text
        return name, f"{text}\n{others}" if space else others

"""Who wrote an entry: splits names from bodies; reads no stamps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from companion.sources.whatsapp.marks import clean_marks

_QUOTES = frozenset('"“”„«»「」')
_SENTENCES_KEPT = 3


def split_sender(rest: str, long_names: frozenset[str] = frozenset()) -> tuple[str, str] | None:
    """(Sender, raw body) of what follows a stamp; None for a system line, which has no sender.

    The sender ends at the first colon and space; at a later one where that makes one of
    `long_names`. A name is never cut inside quotation marks: `A created group "Trip: Rome"`.
    """
    sender, separator, body = rest.partition(": ")
    if not separator:
        return _split_empty_body(rest)
    sender = _read_name(sender)
    for name in long_names:
        if name.startswith(f"{sender}: ") and f"{sender}: {body}".startswith(f"{name}: "):
            return name, body[len(name) - len(sender) :]
    return (sender, body) if sender else None


@lru_cache(maxsize=1024)
def _read_name(written: str) -> str:
    """The name that stands before a colon and a space; "" for what is none."""
    if written.endswith((" ", "\u00a0", "\u202f")) or _cuts_quotes(written):
        return ""
    return clean_name(written)


def clean_name(raw: str) -> str:
    """A name without its marks; a number keeps its spaces, "~ " (not a contact) stays."""
    return " ".join(clean_marks(raw).split())


def fold_name(name: str) -> str:
    """A name for comparing what the owner typed with what the export wrote."""
    return clean_name(name).removeprefix("~").strip().casefold()


@dataclass(slots=True)
class NameSurvey:
    """Finds the rare names that hold a colon and a space ("Dr: Who").

    Such a name looks like a sender "Dr" all of whose messages begin with "Who: ". So may the
    messages of a bot; a sentence of WhatsApp's about the person ("Dr: Who left") tells.
    """

    _tails: dict[str, set[str]] = field(default_factory=dict)
    _sentences: dict[str, list[str]] = field(default_factory=dict)

    def observe(self, sender: str, first_line: str) -> None:
        """Takes in the first line of one more body."""
        tail, separator, _ = first_line.partition(": ")
        if separator:
            tails = self._tails.setdefault(sender, set())
            if len(tails) < 2:  # two are enough to know that it is no name
                tails.add(clean_name(tail))
            return
        sentences = self._sentences.setdefault(sender, [])
        if len(sentences) <= _SENTENCES_KEPT:
            sentences.append(clean_marks(first_line))

    def find_long_names(self, known: Iterable[str]) -> frozenset[str]:
        """The names with a colon; one of the `known` needs no further proof."""
        sure = {clean_name(name) for name in known}
        found = {name for name in sure if ": " in name}
        for sender, tails in self._tails.items():
            if len(tails) == 1:
                (tail,) = tails
                sentences = self._sentences.get(sender, [])
                is_told_of = sentences and all(text.startswith(f"{tail} ") for text in sentences)
                if is_told_of and len(sentences) <= _SENTENCES_KEPT:
                    found.add(f"{sender}: {tail}")
        return frozenset(found)


def _split_empty_body(rest: str) -> tuple[str, str] | None:
    """A message without text whose last space an editor took away: `Name:`."""
    name = clean_name(rest)
    if name.endswith(":") and len(name) > 1 and not _cuts_quotes(name):
        return name[:-1], ""
    return None


def _cuts_quotes(name: str) -> bool:
    """Parity, for one language's opening mark is another's closing one."""
    return sum(character in _QUOTES for character in name) % 2 == 1

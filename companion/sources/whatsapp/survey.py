"""The first pass over an export: all that can be known of a chat only when it was seen whole.

In memory it grows with the members and the ways of writing a stamp, not with the messages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from companion.sources.interface import ConversationKind
from companion.sources.whatsapp.bodies import read_body
from companion.sources.whatsapp.dates import DateOrder, OrderEvidence
from companion.sources.whatsapp.headers import Header, Shape, match_header
from companion.sources.whatsapp.marks import LRM, clean_marks
from companion.sources.whatsapp.senders import NameSurvey, fold_name, split_sender
from companion.sources.whatsapp.titles import normalize_title
from companion.sources.whatsapp.wording import tells_of_group

_RARE_SHARE = 0.05
_QUOTED = re.compile(r"[\"“„«「](?P<inside>[^\"“”„«»「」]+)[\"“”»」]")


@dataclass(frozen=True, slots=True)
class Survey:
    """What the second pass reads the entries by."""

    orders: Mapping[Shape, DateOrder]
    """Of every shape of stamp that begins entries. A shape that holds less than a twentieth of
    the stamps is not among them: its lines are a chat that somebody pasted into this one."""

    quoted: int
    """Stamps of shapes left out."""

    names: tuple[str, ...]
    """Who wrote, in order of first appearance."""

    long_names: frozenset[str]
    chat_name: str | None
    """Of the group or the other person, as system lines tell it."""

    has_group_lines: bool

    @property
    def kind(self) -> ConversationKind:
        return "group" if self.has_group_lines or len(self.names) > 2 else "direct"

    def find_owner(self, title: str | None) -> str | None:
        """The owner's own name: of the two of a chat, the one it is not named after."""
        if title is None or self.kind == "group" or len(self.names) != 2:
            return None
        strangers = [name for name in self.names if not _is_same(name, title)]
        return strangers[0] if len(strangers) == 1 else None

    def compose_title(self, owners: frozenset[str], fallback: str) -> str:
        """A title where nothing names the chat: who else writes; `owners` are folded names.

        In order of the alphabet, for it becomes the key; a group's members would change it.
        """
        others = sorted(name for name in self.names if fold_name(name) not in owners)
        return ", ".join(others) if others and self.kind == "direct" else fallback


def survey_lines(lines: Iterable[str], known_names: Iterable[str]) -> Survey:
    """Reads a whole file; `known_names` may hold names with a colon (file name, the owner's)."""
    shapes: dict[Shape, _ShapeSurvey] = {}
    for line in lines:
        header = match_header(line)
        if header is None:
            continue
        if (survey := shapes.get(header.shape)) is None:
            survey = shapes[header.shape] = _ShapeSurvey(header.shape)
        survey.observe(header)
    return _merge(shapes, tuple(known_names))


@dataclass(slots=True)
class _ShapeSurvey:
    """What the lines of one shape of stamp tell."""

    shape: Shape
    stamps: int = 0
    evidence: OrderEvidence = field(init=False)
    written: Counter[str] = field(default_factory=Counter)
    """Messages a sender, in order of first appearance."""

    signature: str | None = None
    """The name iOS signs the first system line with: that of the chat itself."""

    long_names: NameSurvey = field(default_factory=NameSurvey)
    subject: str | None = None
    has_group_lines: bool = False

    def __post_init__(self) -> None:
        self.evidence = OrderEvidence(self.shape)

    def observe(self, header: Header) -> None:
        self.stamps += 1
        self.evidence.observe(header)
        split = split_sender(header.rest)
        if split is None:
            self._observe_system(clean_marks(header.rest))
            return
        sender, first_line = split
        if self._is_system(first_line):
            self.signature = self.signature or sender
            self._observe_system(clean_marks(first_line))
        else:
            self.written[sender] += 1
            self.long_names.observe(sender, first_line)

    def _is_system(self, first_line: str) -> bool:
        """Whether a line with a sender is the system's, signed."""
        may_be_signed = self.shape.is_ios and first_line.startswith(LRM)
        return may_be_signed and read_body(first_line, may_be_signed=True).kind == "system"

    def _observe_system(self, text: str) -> None:
        self.has_group_lines |= tells_of_group(text)
        quoted: list[str] = _QUOTED.findall(text)
        if quoted:  # of 'changed the subject from "A" to "B"' the last one holds
            self.subject = quoted[-1].strip()


def _merge(shapes: Mapping[Shape, _ShapeSurvey], known_names: tuple[str, ...]) -> Survey:
    stamps = sum(survey.stamps for survey in shapes.values())
    kept = [survey for survey in shapes.values() if survey.stamps >= stamps * _RARE_SHARE]
    long_names = frozenset[str]().union(
        *(survey.long_names.find_long_names(known_names) for survey in kept)
    )
    return Survey(
        orders={survey.shape: survey.evidence.decide() for survey in kept},
        quoted=stamps - sum(survey.stamps for survey in kept),
        names=_list_names(kept, long_names),
        long_names=long_names,
        chat_name=_find_chat_name(kept),
        has_group_lines=any(survey.has_group_lines for survey in kept),
    )


def _list_names(kept: list[_ShapeSurvey], long_names: frozenset[str]) -> tuple[str, ...]:
    whole = {name.partition(": ")[0]: name for name in long_names}
    names = (whole.get(name, name) for survey in kept for name in survey.written)
    return tuple(dict.fromkeys(names))


def _find_chat_name(kept: list[_ShapeSurvey]) -> str | None:
    is_group = any(survey.has_group_lines for survey in kept)
    for survey in kept:
        # A group writes nothing; a member's name before the first line is that line's actor.
        if survey.signature is not None and not (is_group and survey.signature in survey.written):
            return survey.signature
    subjects = (survey.subject for survey in kept if is_group and survey.subject is not None)
    return next(subjects, None)


def _is_same(name: str, title: str) -> bool:
    """File systems forbid some characters: letters and digits alone are compared."""
    return _fold_letters(name) == _fold_letters(title)


def _fold_letters(text: str) -> str:
    return "".join(character for character in normalize_title(text) if character.isalnum())

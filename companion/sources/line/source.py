"""LINE's source: one exported file is one conversation; what its lines mean is elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import BinaryIO, ClassVar

from companion.clock import localize
from companion.errors import NotAStore
from companion.sources.decoding import decode_head, decode_lines
from companion.sources.exports import ExportSource, read_head
from companion.sources.identity import ExportIdentity
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.line.grammar import Day, DayOrder, Shape, Title, detect_shape, find_title
from companion.sources.line.names import Names, NameSurvey
from companion.sources.line.transcript import Entry, read_entries
from companion.sources.line.wording import (
    classify_message,
    is_membership_line,
    is_system_line,
    reduce_body,
)

_SURVEYED: dict[Shape, int] = {"tabbed": 2_000, "spaced": 50_000}
"""How many entries show who writes. Windows does not part names from texts: who joins later there
and has a name of several words is known by the first one."""


class LineSource(ExportSource):
    """A `.txt` export of one chat, of a phone or of Windows.

    The conversation's key is its title, as in the header, else as in the file's name. Two chats of
    one title, and one chat of two, are told apart and joined by their messages
    (`companion.merging`), for nothing else in the files does.
    """

    kind: ClassVar[str] = "line"
    label: ClassVar[str] = "LINE"

    @classmethod
    def probe(cls, path: Path) -> bool:
        return detect_shape(decode_head(read_head(path))) is not None

    def _read_changes(self, file: Path) -> Iterator[Change]:
        head = decode_head(read_head(file))
        shape = detect_shape(head)
        if shape is None:
            raise NotAStore(
                f"{file} is not a LINE export",
                next_step="export the chat again from its settings in LINE",
            )
        stem = unicodedata.normalize("NFC", file.stem)
        first = next(line for line in head if line.strip())
        title = find_title(first) or find_title(stem) or Title(stem, is_group=False)
        with file.open("rb") as stream:
            survey = _survey(stream, shape, title, self.settings)
            if survey.order.is_assumed:
                words = "month before day" if survey.order.is_month_first else "day before month"
                yield Skipped(f"dates fit both orders, read as {words}: check one you remember")
            owners = frozenset(map(_normalize, self.settings.me or (survey.owner,)))
            chat = _Chat(title, shape, survey, owners, self.settings.zone)
            yield (found := chat.describe())
            for entry in read_entries(decode_lines(stream), shape):
                yield entry if isinstance(entry, Skipped) else chat.tell(entry)
        if chat.describe() != found:
            yield chat.describe()


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a first look at a chat tells."""

    order: DayOrder
    names: Names
    owner: str
    """Who is not the one that a chat of two is named after; "" if unsure."""


def _survey(stream: BinaryIO, shape: Shape, title: Title, settings: SourceSettings) -> _Survey:
    """Reads on until the order of dates is known, and so many entries are."""
    order, beginnings, senders = DayOrder(), NameSurvey(), set[str]()
    last: Day | None = None
    entries = (e for e in read_entries(decode_lines(stream), shape) if isinstance(e, Entry))
    for count, entry in enumerate(entries):
        if count >= _SURVEYED[shape] and not order.is_assumed:
            break
        if entry.day is not last:
            order.observe(entry.day)
            last = entry.day
        if count >= _SURVEYED[shape]:
            continue
        if entry.sender is None:
            beginnings.observe(entry.text)
        elif entry.sender:
            senders.add(entry.sender)
    names = beginnings.find_names((title.title, *settings.me))
    return _Survey(order, names, _find_owner(senders or names.found, title))


def _find_owner(senders: set[str] | frozenset[str], title: Title) -> str:
    others = [name for name in senders if _normalize(name) != _normalize(title.title)]
    return others[0] if len(senders) == 2 and len(others) == 1 and not title.is_group else ""


@dataclass(slots=True)
class _Chat:
    """The one conversation of a file: turns entries into messages and learns of what kind it is.

    It is a group when its title says so, when more than two people write, or when someone is
    invited, joins or leaves. A group in which only one or two ever wrote can look direct.
    """

    title: Title
    shape: Shape
    survey: _Survey
    owners: frozenset[str]
    """Normalized."""

    zone: tzinfo
    key: str = field(init=False)
    senders: set[str] = field(default_factory=set)
    has_membership_lines: bool = False
    day: date | None = None
    identity: ExportIdentity = field(default_factory=ExportIdentity)

    def __post_init__(self) -> None:
        self.key = _normalize(self.title.title)

    def describe(self) -> ConversationFound:
        """What is known so far."""
        is_group = self.title.is_group or len(self.senders) > 2 or self.has_membership_lines
        kind: ConversationKind = "group" if is_group else "direct"
        return ConversationFound(self.key, self.title.title, kind, has_ids=False)

    def tell(self, entry: Entry) -> Change:
        day = self.survey.order.read_date(entry.day)
        if day is None:
            return Skipped("a message under a day that is in no calendar", entry.line)
        wall = datetime.combine(day, entry.at)
        try:
            sent_at = localize(wall, self.zone)
        except OverflowError:
            return Skipped("a message under a day that no clock can show", entry.line)
        sender, text = self._split(entry)
        is_windows = self.shape == "spaced"
        kind = classify_message(sender, text, is_windows=is_windows)
        if kind != "system":
            self.senders.add(sender)
        else:
            self.has_membership_lines |= is_membership_line(text)
        body = reduce_body(text, is_windows=is_windows)
        uid, position = self._identify(wall, f"{sender} {body}")
        return MessageFound(
            conversation_key=self.key,
            id=uid,
            sender=sender,
            is_me=bool(sender) and _normalize(sender) in self.owners,
            sent_at=sent_at,
            text=text,
            kind=kind,
            position=position,
            is_approximate=True,
        )

    def _split(self, entry: Entry) -> tuple[str, str]:
        """Sender, "" for lines of the system, and text."""
        if entry.sender is not None:
            return entry.sender, entry.text
        sender, text = self.survey.names.split(entry.text)
        return ("", entry.text) if is_system_line(entry.text, text) else (sender, text)

    def _identify(self, wall: datetime, line: str) -> tuple[str, int]:
        """Id and position. The minute is taken as written, for another zone in the settings must
        not make new ids; and the line without its columns, for Windows has none.

        Days are in order in an export: those before are not counted any more.
        """
        if wall.date() != self.day:
            self.identity, self.day = ExportIdentity(), wall.date()
        return self.identity.next_id(wall.replace(tzinfo=UTC), "", line)


def _normalize(name: str) -> str:
    """File names of macOS are decomposed; white space around and inside names varies by client."""
    return " ".join(unicodedata.normalize("NFC", name).split())

"""KakaoTalk's source: one exported file is one conversation; what its lines mean is elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import ClassVar

from companion.errors import NotAStore
from companion.sources.decoding import decode_head, decode_lines
from companion.sources.exports import ExportSource, read_head
from companion.sources.identity import ExportIdentity, Localizer
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.kakaotalk.grammar import Header, Shape, detect_shape, find_header
from companion.sources.kakaotalk.table import read_table
from companion.sources.kakaotalk.transcript import Entry, read_transcript
from companion.sources.kakaotalk.wording import (
    OWNER_ALIASES,
    classify_message,
    is_membership_line,
    reduce_body,
)

_TABLE_NAME = re.compile(
    r"KakaoTalk_Chat_(?P<title>.+?)(?:_[0-9]{4}[-_.]?[0-9]{2}[-_.]?[0-9]{2}.*)?"
)
_PHONE_SHAPES: frozenset[Shape] = frozenset({"korean", "dotted", "english", "time first"})


class KakaoTalkSource(ExportSource):
    """A `.txt` or `.csv` export of one room, of any client in Korean or English.

    The conversation's key is its title. Two rooms of one title, and one room of two, are told
    apart and joined by their messages (`companion.merging`), for nothing else in the files does.
    """

    kind: ClassVar[str] = "kakaotalk"
    label: ClassVar[str] = "KakaoTalk"

    @classmethod
    def probe(cls, path: Path) -> bool:
        return detect_shape(decode_head(read_head(path))) is not None

    def _read_changes(self, file: Path) -> Iterator[Change]:
        head = decode_head(read_head(file))
        shape = detect_shape(head)
        if shape is None:
            raise NotAStore(
                f"{file} is not a KakaoTalk export",
                next_step="export the conversation again from KakaoTalk's chat settings",
            )
        header = find_header(head) if shape != "table" else None
        room = _Room(header or Header(), file, shape, self.settings)
        found = room.describe()
        yield found
        with file.open("rb") as stream:
            lines = decode_lines(stream)
            for entry in read_table(lines) if shape == "table" else read_transcript(lines, shape):
                yield entry if isinstance(entry, Skipped) else room.convert(entry)
        if room.describe() != found:
            yield room.describe()


class _Room:
    """The one conversation of a file: turns entries into messages and learns of what kind it is.

    It is a group when its header counts more than two members, when more than two people write,
    when someone is invited, joins, leaves or is removed, or when the title lists several names
    and a writer is one of them, as KakaoTalk titles unnamed groups. Else it is taken for
    direct: a group in which only one or two ever wrote looks the same.
    """

    def __init__(self, header: Header, file: Path, shape: Shape, settings: SourceSettings) -> None:
        self._title = header.title or _title_of(file)
        self._key = _normalize(self._title)
        self._members = header.members
        self._to_utc = Localizer(settings.zone)
        self._owner = {_normalize(name) for name in settings.me}
        if shape in _PHONE_SHAPES:
            self._owner |= OWNER_ALIASES
        self._is_owner = cache(lambda sender: _normalize(sender) in self._owner)
        self._identity = ExportIdentity()
        self._senders: set[str] = set()
        self._has_membership_lines = False

    def describe(self) -> ConversationFound:
        """What is known so far."""
        return ConversationFound(key=self._key, title=self._title, kind=self._kind(), has_ids=False)

    def convert(self, entry: Entry) -> MessageFound:
        kind = classify_message(entry.text, is_system=entry.is_system)
        if kind == "system":
            self._has_membership_lines |= is_membership_line(entry.text)
        elif entry.sender:
            self._senders.add(entry.sender)
        # The minute as written: another zone in the settings must not make new ids, nor may the
        # seconds that tables have and the text exports of the same room have not.
        minute = entry.at.replace(second=0, tzinfo=UTC)
        uid, position = self._identity.next_id(minute, entry.sender, reduce_body(entry.text))
        return MessageFound(
            conversation_key=self._key,
            id=uid,
            sender=entry.sender,
            is_me=kind != "system" and self._is_owner(entry.sender),
            sent_at=self._to_utc(entry.at),
            text=entry.text,
            kind=kind,
            position=position,
            is_approximate=True,
        )

    def _kind(self) -> ConversationKind:
        is_group = (
            (self._members or 0) > 2
            or len(self._senders) > 2
            or self._has_membership_lines
            or self._is_titled_by_members()
        )
        return "group" if is_group else "direct"

    def _is_titled_by_members(self) -> bool:
        names = self._title.split(", ")
        return len(names) > 1 and not self._senders.isdisjoint(names)


def _title_of(file: Path) -> str:
    """The room's name as a table's file name has it, else the file's own name."""
    stem = unicodedata.normalize("NFC", file.stem)
    match = _TABLE_NAME.fullmatch(stem)
    return match["title"] if match else stem


def _normalize(name: str) -> str:
    """File names of macOS are decomposed; white space around and inside names varies by client."""
    return " ".join(unicodedata.normalize("NFC", name).split())

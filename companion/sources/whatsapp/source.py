"""WhatsApp exports as a source: surveys the file, then tells its messages; parses no line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO, ClassVar

from companion.errors import StoreBroken
from companion.sources.decoding import Line, decode_lines
from companion.sources.exports import ExportSource
from companion.sources.identity import ExportIdentity, Localizer
from companion.sources.interface import Change, ConversationFound, MessageFound, Skipped
from companion.sources.links import find_inside
from companion.sources.whatsapp.bodies import Body, read_body, read_system_body
from companion.sources.whatsapp.chatfile import open_chat
from companion.sources.whatsapp.dates import read_wall_time
from companion.sources.whatsapp.entries import Entry, read_entries
from companion.sources.whatsapp.marks import clean_marks
from companion.sources.whatsapp.probing import CHAT_FILE, probe_chat
from companion.sources.whatsapp.senders import fold_name, split_sender
from companion.sources.whatsapp.survey import Survey, survey_lines
from companion.sources.whatsapp.titles import find_title, normalize_title

_SELF = "You"
"""Exports carry the owner's profile name; "You" stands in those of other tools and of old
phones. Nobody else is called so."""


class WhatsAppSource(ExportSource):
    """One chat exported as `.txt`, as `.zip`, or as a folder unpacked from one."""

    kind: ClassVar[str] = "whatsapp"
    label: ClassVar[str] = "WhatsApp"

    @classmethod
    def probe(cls, path: Path) -> bool:
        return probe_chat(path)

    def _find_file(self) -> Path:
        return find_inside(self.path, CHAT_FILE)

    def _read_changes(self, file: Path) -> Iterator[Change]:
        with open_chat(file) as (stream, names):
            file_title = find_title(names)
            known = (*self.settings.me, *filter(None, [file_title]))
            survey = survey_lines(_read_texts(stream), known)
        if not survey.orders:
            raise StoreBroken(
                f"{file} holds no message of WhatsApp", next_step="check that it is the export"
            )
        title = file_title or survey.chat_name
        owners = self._fold_owners(survey, title)
        title = title or survey.compose_title(owners, fallback=names[0])
        key = normalize_title(title)
        yield ConversationFound(key, title, survey.kind, has_ids=False)
        yield from _list_doubts(survey)
        with open_chat(file) as (stream, _):
            is_owner = cache(lambda sender: fold_name(sender) in owners)
            yield from _Teller(survey, key, is_owner, Localizer(self.settings.zone)).tell(stream)

    def _fold_owners(self, survey: Survey, title: str | None) -> frozenset[str]:
        """Names of the owner, told or inferred, folded."""
        told = self.settings.me or filter(None, [survey.find_owner(title)])
        return frozenset(map(fold_name, (*told, _SELF)))


def _read_texts(stream: BinaryIO) -> Iterator[str]:
    return (line.text for line in decode_lines(stream) if isinstance(line, Line))


def _list_doubts(survey: Survey) -> Iterator[Skipped]:
    """What was assumed about the whole file, for the owner to see."""
    orders = dict.fromkeys(survey.orders.values())
    if any(order.is_mixed for order in orders):
        yield Skipped("dates with the day first and with the month first stand in one file")
    for order in orders:
        if order.is_assumed:
            words = "day before month" if order.is_day_first else "month before day"
            yield Skipped(f"dates fit both orders, read as {words}: check one you remember")
    if survey.quoted:
        yield Skipped(f"{survey.quoted} lines with another phone's stamp, taken as pasted text")


@dataclass(frozen=True, slots=True)
class _Teller:
    """Turns the entries of one chat into changes."""

    survey: Survey
    key: str
    is_owner: Callable[[str], bool]
    """Whether a sender is one of the names of the owner."""

    to_utc: Callable[[datetime], datetime]
    identity: ExportIdentity = field(default_factory=ExportIdentity)

    def tell(self, stream: BinaryIO) -> Iterator[Change]:
        for entry in read_entries(stream, self.survey.orders):
            yield entry if isinstance(entry, Skipped) else self._tell_entry(entry)

    def _tell_entry(self, entry: Entry) -> Change:
        header = entry.header
        wall = read_wall_time(header, self.survey.orders[header.shape])
        if wall is None:
            return Skipped("a date that is in no calendar", entry.line)
        sender, body = self._read(entry)
        sent_at = self.to_utc(wall)
        # The id hangs on the line, not on what is made of it: more lines of a grown export may
        # tell another order of dates, or that a sender's name has a colon in it.
        line = clean_marks(_join(header.rest, entry.more_lines))
        uid, position = self.identity.next_id(sent_at, "", line, written=header.written)
        return MessageFound(
            conversation_key=self.key,
            id=uid,
            sender=sender,
            is_me=bool(sender) and self.is_owner(sender),
            sent_at=sent_at,
            text=body.text,
            kind=body.kind,
            position=position,
            edited=body.edited,
            is_approximate=True,
        )

    def _read(self, entry: Entry) -> tuple[str, Body]:
        """The sender, "" for lines of the system or of the group itself, and the body."""
        rest = entry.header.rest
        split = split_sender(rest, self.survey.long_names)
        if split is None:
            return "", read_system_body(_join(rest, entry.more_lines))
        sender, first_line = split
        raw = _join(first_line, entry.more_lines)
        body = read_body(raw, may_be_signed=entry.header.shape.is_ios)
        is_signature = body.kind == "system" and sender not in self.survey.names
        return "" if is_signature else sender, body


def _join(first: str, others: list[str]) -> str:
    return "\n".join((first, *others)) if others else first

"""mbox: one file of mails, to which new ones are appended; parses none itself.

The file is opened to be read, never locked: a mail program that appends or rewrites it
meanwhile is noticed by the next reading. The standard library's `mailbox.mbox` is not used:
it opens the file to write and keeps the place of every mail in memory.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import BinaryIO, ClassVar

from companion.errors import NotAStore, StoreBroken
from companion.sources.appending import hash_tail
from companion.sources.exports import read_head, translate_os_errors
from companion.sources.interface import (
    Change,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Skipped,
    Source,
    SourceSettings,
    UnreadOrigin,
)
from companion.sources.mail.headers import Headers
from companion.sources.mail.parsing import (
    MAIL_BYTES,
    UnreadableMailError,
    begins_as_mail,
    begins_with_field,
    parse_mail,
)
from companion.sources.mail.telling import Telling

_VERSION = 1
_SEPARATOR = re.compile(rb"From .*\d\d?:\d\d.*\d{4}")
"""RFC 4155, and what programs write instead: a sender or "-", a time and a year."""

_ESCAPED = re.compile(rb">+From ")
_LINE_BYTES = 1024 * 1024
_HEADER_BYTES = 64 * 1024
_UNREAD_MAILS = 10_000
"""How many of the newest unread mails are looked at again."""

_READ, _EXPUNGED = 0x0001, 0x0008
"""Bits of X-Mozilla-Status."""

_UNWANTED = frozenset(("trash", "spam", "drafts"))
"""Labels of Gmail whose mails nobody means by their mail."""


class MboxSource(Source):
    """A file of mails, or the folder `Name.mbox` of Apple Mail that holds one.

    The owner's mails are those from an address or a name in `settings.me`, and those that
    Gmail labels as sent. What is read only some programs write into the file; where nothing
    is said our own mark counts.
    """

    kind: ClassVar[str] = "mbox"
    label: ClassVar[str] = "Mail (mbox)"
    unread_origin: ClassVar[UnreadOrigin] = "mark"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        try:
            with translate_os_errors(path):
                head = read_head(_find_file(path))
        except (NotAStore, StoreBroken):
            return False
        separator, _, rest = head.partition(b"\n")
        return _SEPARATOR.match(separator) is not None and begins_as_mail(rest)

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        file = _find_file(self.path)
        with translate_os_errors(file), file.open("rb") as stream:
            reading = _Reading(stream, self.settings, _parse_cursor(cursor))
            yield from reading.list_changes()


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail in the file."""

    start: int
    """Offset of its separator."""

    end: int
    """Behind its last byte that was there."""

    raw: bytes
    """Without the separator; of a long one the beginning."""

    @property
    def has_whole_headers(self) -> bool:
        return b"\n\n" in self.raw or b"\r\n\r\n" in self.raw


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a reading ended; grows with the unread mails alone."""

    settings: str = ""
    """Zone and names shape every message: other settings are a reason to read again."""

    inode: int = -1
    size_bytes: int = 0
    mtime_ns: int = 0
    start: int = 0
    """Of the last mail, which may still have been growing..."""

    end: int = 0
    """...and how far it went."""

    tail: str = ""
    """Hash of the bytes up to the end of the separator at `start`: a rewritten file keeps its
    inode, and marks in place stand below separators."""

    unread: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Conversation and id of each mail told as unread, by its start."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the file says of a mail besides the mail itself."""

    is_read: bool | None
    is_wanted: bool
    """False for a deleted one that still stands there."""


class _Reading:
    def __init__(self, stream: BinaryIO, settings: SourceSettings, known: _Cursor | None) -> None:
        self._stream = stream
        self._settings = settings
        self._telling = Telling(settings)
        status = os.fstat(stream.fileno())
        told_by = json.dumps([str(settings.zone), settings.me])
        self._current = _Cursor(told_by, status.st_ino, status.st_size, status.st_mtime_ns)
        self._known = known or _Cursor()
        self._unread: dict[int, tuple[str, str]] = {}

    def list_changes(self) -> Iterator[Change]:
        known, current = self._known, self._current
        if _list_stamps(known) == _list_stamps(current):
            yield CursorAdvanced(_format_cursor(known))
            return
        is_same = (known.settings, known.inode) == (current.settings, current.inode)
        is_same = is_same and self._hash_separator(known.start) == known.tail
        states = {start: self._find_state(start) for start in known.unread} if is_same else {}
        if is_same and None not in states.values():
            yield from self._follow(states)
        else:
            yield from self._read_again()

    def _follow(self, states: Mapping[int, _State | None]) -> Iterator[Change]:
        """What was appended, and what changed of the mails told as unread."""
        for start, state in states.items():
            key, uid = self._known.unread[start]
            if state is None or not state.is_wanted:
                yield MessageRemoved(key, uid)
            elif state.is_read is False:
                self._unread[start] = key, uid
            else:
                yield from self._tell(next(split_mails(self._stream, start)))
        last = StoredMail(self._known.start, self._known.end, b"")
        for mail in split_mails(self._stream, last.start):
            if (mail.start, mail.end) != (last.start, last.end):
                yield from self._tell(mail)
            last = mail
        yield self._advance(last)

    def _read_again(self) -> Iterator[Change]:
        """All of it; of the mails told as unread those that are gone."""
        gone = set(self._known.unread.values())
        last = StoredMail(0, 0, b"")
        for mail in split_mails(self._stream, 0):
            for change in self._tell(mail):
                yield change
                if isinstance(change, MessageFound):
                    gone.discard((change.conversation_key, change.id))
            last = mail
        for key, uid in sorted(gone):
            yield MessageRemoved(key, uid)
        yield self._advance(last)

    def _tell(self, stored: StoredMail) -> Iterator[Change]:
        if not stored.has_whole_headers:
            return  # still being written: its id may be missing
        try:
            mail, headers = parse_mail(stored.raw, self._settings.zone)
        except UnreadableMailError as error:
            yield Skipped(f"the mail at byte {stored.start}: {error}")
            return
        state = _read_state(headers)
        if not state.is_wanted:
            return
        for change in self._telling.tell(mail, is_read=state.is_read):
            yield change
            if isinstance(change, MessageFound) and state.is_read is False and not change.is_me:
                self._unread[stored.start] = change.conversation_key, change.id
                if len(self._unread) > _UNREAD_MAILS:
                    del self._unread[next(iter(self._unread))]

    def _find_state(self, start: int) -> _State | None:
        """The state of the mail that begins there; None where no mail begins."""
        self._stream.seek(start)
        separator, _, raw = self._stream.read(_HEADER_BYTES).partition(b"\n")
        if not _SEPARATOR.match(separator):
            return None
        return _read_state(Headers(BytesHeaderParser().parsebytes(raw)))

    def _hash_separator(self, start: int) -> str:
        self._stream.seek(start)
        return hash_tail(self._stream, start + len(self._stream.readline(_LINE_BYTES)))

    def _advance(self, last: StoredMail) -> CursorAdvanced:
        tail = self._hash_separator(last.start)
        cursor = replace(
            self._current, start=last.start, end=last.end, tail=tail, unread=self._unread
        )
        return CursorAdvanced(_format_cursor(cursor))


def split_mails(stream: BinaryIO, start: int) -> Iterator[StoredMail]:
    """The mails of a file from a separator on; what stands before the first one is left out.

    "From " begins a mail only with a time, a year and a header field below it: programs
    that do not escape it in texts are common.
    """
    stream.seek(start)
    parts = _Parts()
    offset, is_new_line = start, True
    separator: bytes | None = None
    while line := stream.readline(_LINE_BYTES):
        if separator is not None:
            above = offset - len(separator)
            if begins_with_field(line):
                yield from parts.finish(above)
                parts = _Parts(above)
            else:
                parts.add(separator)
            separator = None
        if is_new_line and _is_separator(line):
            separator = line
        else:
            parts.add(line[1:] if is_new_line and _ESCAPED.match(line) else line)
        is_new_line = line.endswith(b"\n")
        offset += len(line)
    yield from parts.finish(offset - len(separator or b""))


def _is_separator(line: bytes) -> bool:
    """Also one at the end of the file that is still being written."""
    if not line.startswith(b"From "):
        return False
    return not line.endswith(b"\n") or _SEPARATOR.match(line) is not None


class _Parts:
    """The lines of the mail that is being read."""

    def __init__(self, start: int | None = None) -> None:
        self._start = start
        self._lines: list[bytes] = []
        self._size_bytes = 0

    def add(self, line: bytes) -> None:
        if self._start is not None and self._size_bytes < MAIL_BYTES:
            self._lines.append(line)
            self._size_bytes += len(line)

    def finish(self, end: int) -> Iterator[StoredMail]:
        if self._start is not None:
            yield StoredMail(self._start, end, b"".join(self._lines))


def _read_state(headers: Headers) -> _State:
    """What mail programs write into the headers; Thunderbird's word counts before mutt's."""
    if mozilla := headers.get_text("x-mozilla-status"):
        try:
            bits = int(mozilla, 16)
        except ValueError:
            return _State(None, is_wanted=True)
        return _State(bool(bits & _READ), is_wanted=not bits & _EXPUNGED)
    if "status" in headers:
        is_deleted = "D" in headers.get_text("x-status")
        return _State("R" in headers.get_text("status"), is_wanted=not is_deleted)
    labels = headers.list_labels()
    is_read = False if "unread" in labels else True if "opened" in labels else None
    return _State(is_read, is_wanted=_UNWANTED.isdisjoint(labels))


def _find_file(path: Path) -> Path:
    return path / "mbox" if path.is_dir() else path


def _list_stamps(cursor: _Cursor) -> tuple[object, ...]:
    return cursor.settings, cursor.inode, cursor.size_bytes, cursor.mtime_ns


def _format_cursor(cursor: _Cursor) -> str:
    return json.dumps({"version": _VERSION, **asdict(cursor)}, separators=(",", ":"))


def _parse_cursor(text: str | None) -> _Cursor | None:
    """None also for a cursor of another version: reading all again does no harm."""
    if not text:
        return None
    try:
        fields = json.loads(text)
        if fields.pop("version") != _VERSION:
            return None
        unread = {int(start): (key, uid) for start, (key, uid) in fields.pop("unread").items()}
        return _Cursor(**fields, unread=unread)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None

"""Maildir: a folder of mails, a file each; lists and opens them, and parses none itself.

A mail's file is renamed when its flags change, which touches its folder and its own time of
change: folders untouched since the last reading are not even listed. Names and flags:
cr.yp.to/proto/maildir.html. The standard library's `mailbox.Maildir` is not used: it keeps
every name in memory.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar

from companion.errors import NotAStore, StoreBroken
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
from companion.sources.links import report_links
from companion.sources.mail.parsing import (
    MAIL_BYTES,
    UnreadableMailError,
    begins_as_mail,
    parse_mail,
)
from companion.sources.mail.telling import Telling

_VERSION = 1
_PARTS = ("cur", "new")
_UNWANTED = frozenset(("trash", "junk", "spam", "drafts", "deleted", "deleted items", "outbox"))
"""Folders of a Maildir++ whose mails nobody means by their mail, in lower case."""

_TICK_NS = 2 * 10**9
"""File times are no finer on some systems: what changed this shortly before a reading began
is looked at again by the next one."""


class MaildirSource(Source):
    """A folder with `cur`, `new` and `tmp`, and the folders `.Name` in it (Maildir++).

    The owner's mails are those from an address or a name in `settings.me`.
    """

    kind: ClassVar[str] = "maildir"
    label: ClassVar[str] = "Mail (Maildir)"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        try:
            with translate_os_errors(path):
                if not all((path / part).is_dir() for part in (*_PARTS, "tmp")):
                    return False
                files = (file for part in _PARTS for file in _list_files(path, part))
                first = next(files, None)
                return first is None or begins_as_mail(read_head(first.path))
        except (NotAStore, StoreBroken):
            return False

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        with translate_os_errors(self.path):
            if cursor is None:
                for part in _PARTS:
                    yield from report_links(self.path / part)
            yield from _Reading(self.path, self.settings, _parse_cursor(cursor)).list_changes()


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a reading ended; grows with the unread mails alone."""

    settings: str = ""
    """Zone and names shape every message: other settings are a reason to read again."""

    folders: Mapping[str, int] = field(default_factory=dict)
    """When each folder was changed last, in ns; 0 where that was too lately to be sure."""

    since_ns: int = 0
    """Files changed from then on are looked at..."""

    recent: tuple[str, ...] = ()
    """...but for these, by a hash of their name, which were."""

    unread: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Conversation and id of each mail told as unread, by its name without flags."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a mail, as its name and place tell."""

    path: Path
    name: str
    """Without flags: it stays when they change and when the file moves to another folder."""

    digest: str
    """Of the place and the whole name."""

    is_read: bool
    is_wanted: bool
    """Neither a draft nor in the trash."""

    changed_ns: int


class _Reading:
    def __init__(self, path: Path, settings: SourceSettings, known: _Cursor | None) -> None:
        self._path = path
        self._settings = settings
        self._told_by = json.dumps([str(settings.zone), settings.me])
        is_known = known is not None and known.settings == self._told_by
        self._known = known if known is not None and is_known else _Cursor()
        self._known_recent = frozenset(self._known.recent)
        self._telling = Telling(settings)
        self._since_ns = time.time_ns() - _TICK_NS
        self._recent: list[str] = []
        self._unread: dict[str, tuple[str, str]] = {}
        held = known.unread.values() if known is not None else ()
        self._gone = {(key, uid) for key, uid in held}

    def list_changes(self) -> Iterator[Change]:
        known = self._known
        folders = {name: (self._path / name).stat().st_mtime_ns for name in self._list_folders()}
        if folders == known.folders:
            yield CursorAdvanced(_format_cursor(known))
            return
        for folder in folders:
            for file in _list_files(self._path, folder):
                yield from self._look_at(file)
        for key, uid in sorted(self._gone):
            yield MessageRemoved(key, uid)
        stamps = {name: at if at < self._since_ns else 0 for name, at in folders.items()}
        yield CursorAdvanced(
            _format_cursor(
                _Cursor(self._told_by, stamps, self._since_ns, tuple(self._recent), self._unread)
            )
        )

    def _list_folders(self) -> Iterator[str]:
        """`cur` and `new` of the Maildir and of the wanted folders in it, below its path."""
        inside = sorted(
            entry.name
            for entry in os.scandir(self._path)
            if entry.name.startswith(".")
            and entry.is_dir(follow_symlinks=False)
            and _UNWANTED.isdisjoint(entry.name.lower().split("."))
        )
        for folder in ("", *inside):
            for part in _PARTS:
                if (self._path / folder / part).is_dir():
                    yield str(Path(folder, part))

    def _look_at(self, file: _File) -> Iterator[Change]:
        if not file.is_wanted:
            return
        if file.changed_ns >= self._since_ns:
            self._recent.append(file.digest)
        held = self._known.unread.get(file.name)
        if held is not None:
            self._gone.discard(held)
        is_new = file.changed_ns >= self._known.since_ns and file.digest not in self._known_recent
        if is_new or (held is not None and file.is_read):
            yield from self._tell(file)
        elif held is not None:
            self._unread[file.name] = held

    def _tell(self, file: _File) -> Iterator[Change]:
        try:
            with file.path.open("rb") as stream:
                mail, _ = parse_mail(stream.read(MAIL_BYTES), self._settings.zone)
        except FileNotFoundError:
            return  # renamed meanwhile, which the next reading sees
        except (OSError, UnreadableMailError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            yield Skipped(f"{file.name}: {why}")
            return
        for change in self._telling.tell(mail, is_read=file.is_read):
            yield change
            if isinstance(change, MessageFound):
                self._gone.discard((change.conversation_key, change.id))
                if not file.is_read and not change.is_me:
                    self._unread[file.name] = change.conversation_key, change.id


def _list_files(path: Path, folder: str) -> Iterator[_File]:
    """The mails in one folder, in no order; links are not followed."""
    with os.scandir(path / folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                continue
            name, _, flags = entry.name.partition(":2,")
            place = blake2b(os.fsencode(f"{folder}/{entry.name}"), digest_size=8)
            try:
                changed_ns = entry.stat(follow_symlinks=False).st_ctime_ns
            except FileNotFoundError:
                continue
            yield _File(
                path=Path(entry.path),
                name=os.fsencode(name).decode("utf-8", "replace"),
                digest=place.hexdigest(),
                is_read="S" in flags and Path(folder).name == "cur",
                is_wanted=not {"T", "D"} & set(flags),
                changed_ns=changed_ns,
            )


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
        unread = {name: (key, uid) for name, (key, uid) in fields.pop("unread").items()}
        return _Cursor(**fields | {"recent": tuple(fields["recent"])}, unread=unread)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None

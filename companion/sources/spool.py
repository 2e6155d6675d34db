"""Reads a folder of JSON Lines, the open door for messengers without a source of their own."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from companion.errors import NotAStore, SourceError, StoreBroken
from companion.sources.appending import AppendedLines, FileMark, list_files
from companion.sources.decoding import clean_text
from companion.sources.exports import read_head
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    CursorAdvanced,
    MessageFound,
    Skipped,
    Source,
    SourceSettings,
    UnreadOrigin,
)
from companion.sources.links import report_links

_KINDS: Mapping[str, ConversationKind] = {"group": "group", "direct": "direct"}
_PROBED_FILES = 8


class SpoolSource(Source):
    """A folder of `*.jsonl` files, or one such file, to which another program appends.

    Each line is one JSON object in UTF-8, one message:

    | key | value |
    | --- | --- |
    | `conversation` | required; the conversation's key, a string or a whole number |
    | `id` | required; unique within the conversation, a string or a whole number |
    | `sent_at` | required; ISO 8601 with an offset, `2026-11-24T09:30:00+09:00` |
    | `text` | required unless `deleted` |
    | `sender` | display name; "" by default |
    | `is_me` | true for the owner's messages; by default whether `sender` is one of their names |
    | `title` | the conversation's; its key until a line says more |
    | `kind` | the conversation's: "direct" (default) or "group" |
    | `edited` | true to show the message as edited |
    | `deleted` | true for a message that was deleted; its text is dropped |
    | `reply_to` | `id` of the message answered |
    | `is_read` | whether the owner has read it; left out where the writer does not know |

    A later line with the `id` of an earlier one replaces it: an edit, a deletion, a change of
    `is_read`. Files are read in the order of their names, each from where the last reading
    ended. A last line without its line feed is still being written and left for the next
    reading. A file that was replaced or cut short is read again from its beginning; one that
    was removed takes no message with it. Unknown keys are ignored, malformed lines skipped.

    The word "unread" comes from our own mark: most writers know nothing of it. Where a line
    has `is_read`, the archive follows that.
    """

    kind: ClassVar[str] = "spool"
    label: ClassVar[str] = "Spool"
    unread_origin: ClassVar[UnreadOrigin] = "mark"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        try:
            files = list_files(path)[:_PROBED_FILES]
        except (NotAStore, StoreBroken):
            return False
        return any(_begins_with_message(file) for file in files)

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        known = _parse_cursor(cursor)
        files = list_files(self.path)
        if cursor is None:
            yield from report_links(self.path, ".jsonl")
        told = _Conversations(known.conversations)
        marks: dict[str, FileMark] = {}
        for file in files:
            marks[file.name] = known.files.get(file.name, FileMark())
            try:
                marks[file.name] = yield from self._read_file(file, marks[file.name], told)
            except SourceError as error:
                if file == self.path:
                    raise
                yield Skipped(error.what)
        yield CursorAdvanced(_format_cursor(_Cursor(marks, told.facts)))

    def _read_file(
        self, file: Path, mark: FileMark, told: _Conversations
    ) -> Generator[Change, None, FileMark]:
        """Yield what stands below the mark; returns where the reading ended."""
        lines = AppendedLines(file, mark)
        for line in lines:
            if isinstance(line, Skipped):
                yield replace(line, reason=f"{file.name}: {line.reason}")
            else:
                yield from self._parse(file.name, line.number, line.raw, told)
        return lines.mark

    def _parse(self, name: str, number: int, raw: bytes, told: _Conversations) -> Iterator[Change]:
        try:
            fields = _Fields.parse(raw)
            message = _build_message(fields, number, self.settings)
            found = told.update(fields)
        except _Malformed as error:
            yield Skipped(f"{name}: {error}", number)
            return
        if found is not None:
            yield found
        yield message


class _Malformed(Exception):
    """A line that is not a message; says why without quoting it."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """The object of a line, with checked access to its keys."""

    values: Mapping[str, object]

    @classmethod
    def parse(cls, raw: bytes) -> _Fields:
        try:
            values = json.loads(raw.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise _Malformed("not UTF-8") from None
        except (ValueError, RecursionError):
            raise _Malformed("not JSON") from None
        if not isinstance(values, dict):
            raise _Malformed("not a JSON object")
        return cls(values)

    def get_key(self, name: str) -> str:
        """A key or id; whole numbers are taken by their digits."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            raise _Malformed(f"{name} is missing or not a string")
        return clean_text(value)

    def find_key(self, name: str) -> str | None:
        return None if self.values.get(name) is None else self.get_key(name)

    def find_text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise _Malformed(f"{name} is not a string")
        return None if value is None else clean_text(value)

    def find_flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise _Malformed(f"{name} is neither true nor false")
        return value

    def get_instant(self, name: str) -> datetime:
        value = self.values.get(name)
        if not isinstance(value, str):
            raise _Malformed(f"{name} is missing or not a string")
        try:
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is None:
                raise _Malformed(f"{name} has no offset from UTC")
            return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            raise _Malformed(f"{name} is not an ISO 8601 time") from None


class _Conversations:
    """What was told of each conversation, so that a line need not repeat it."""

    def __init__(self, facts: Mapping[str, tuple[str, ConversationKind]]) -> None:
        self.facts = dict(facts)
        """Title and kind by key."""

        self._told: set[str] = set()

    def update(self, fields: _Fields) -> ConversationFound | None:
        """The conversation of a line when it is the first of this reading, or changed."""
        key = fields.get_key("conversation")
        title, kind = self.facts.get(key, (key, "direct"))
        title = fields.find_text("title") or title
        if (word := fields.find_text("kind")) is not None:
            if word not in _KINDS:
                raise _Malformed('kind is neither "group" nor "direct"')
            kind = _KINDS[word]
        if key in self._told and self.facts[key] == (title, kind):
            return None
        self._told.add(key)
        self.facts[key] = (title, kind)
        return ConversationFound(key, title, kind)


@dataclass(frozen=True, slots=True)
class _Cursor:
    files: Mapping[str, FileMark]
    conversations: Mapping[str, tuple[str, ConversationKind]]


def _format_cursor(cursor: _Cursor) -> str:
    return json.dumps(asdict(cursor), ensure_ascii=False)


def _parse_cursor(cursor: str | None) -> _Cursor:
    """An empty one also for a cursor of another version: reading all again does no harm."""
    if cursor is None:
        return _Cursor({}, {})
    try:
        values = json.loads(cursor)
        files = {name: FileMark(**mark) for name, mark in values["files"].items()}
        facts = {
            key: (title, _KINDS[kind]) for key, (title, kind) in values["conversations"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return _Cursor({}, {})
    return _Cursor(files, facts)


def _build_message(fields: _Fields, number: int, settings: SourceSettings) -> MessageFound:
    is_deleted = fields.find_flag("deleted") or False
    text = fields.find_text("text")
    if text is None and not is_deleted:
        raise _Malformed("text is missing")
    sender = fields.find_text("sender") or ""
    is_me = fields.find_flag("is_me")
    return MessageFound(
        conversation_key=fields.get_key("conversation"),
        id=fields.get_key("id"),
        sender=sender,
        is_me=sender in settings.me if is_me is None else is_me,
        sent_at=fields.get_instant("sent_at"),
        text="" if is_deleted else text or "",
        kind="deleted" if is_deleted else "text",
        position=number,
        edited=fields.find_flag("edited") or False,
        reply_to=fields.find_key("reply_to"),
        is_read=fields.find_flag("is_read"),
    )


def _begins_with_message(file: Path) -> bool:
    lines = read_head(file).split(b"\n")[:-1]
    return any(_is_message(line) for line in lines if line.strip())


def _is_message(raw: bytes) -> bool:
    try:
        _build_message(_Fields.parse(raw), 0, SourceSettings(zone=UTC))
    except _Malformed:
        return False
    return True

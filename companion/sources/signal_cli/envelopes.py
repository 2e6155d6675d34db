"""What one line of signal-cli's JSON says; remembers no other line and opens no file.

The shapes are those of `org.asamk.signal.json` in signal-cli, of all versions since 0.8: a
person is `source`, `sourceNumber` and `sourceUuid`, older versions have the first alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from companion.sources.decoding import clean_text
from companion.sources.interface import MessageKind
from companion.sources.signal_cli.wording import describe_media, describe_poll, name_mentions

Fields = Mapping[str, Any]


class MalformedError(Exception):
    """A line that is not what signal-cli writes; says why without quoting it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a line names them; "" for what it leaves out, never all of the first two."""

    uuid: str
    number: str
    name: str = ""

    @property
    def handles(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.uuid, self.number)))


@dataclass(frozen=True, slots=True)
class Group:
    """A group as a line names it."""

    id: str
    name: str
    """"" where the line does not say."""


@dataclass(frozen=True, slots=True)
class Target:
    """Another message: Signal names one by its author and the time it was sent."""

    author: Person
    sent_ms: int


class Message(NamedTuple):
    """A message, or with `edited` a new version of it."""

    author: Person
    is_me: bool
    chat: Group | Person
    sent_ms: int
    text: str
    kind: MessageKind
    reply_to: Target | None = None
    edited: Target | None = None
    expires_s: int = 0
    """After how long it disappears; 0: never."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Somebody took a message back, for everyone."""

    chat: Group | Person
    is_me: bool
    """Whether the message was the owner's."""

    target: Target


@dataclass(frozen=True, slots=True)
class Reads:
    """The owner read these on another device."""

    at_ms: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """What a group is called now, in a line that is no message: somebody changed the group."""

    group: Group


Event = Message | Deletion | Reads | Naming


def parse_line(raw: bytes) -> Event | None:
    """What a line tells; None for what is neither message nor name (typing, receipts, reactions).

    Raises `MalformedError`.
    """
    report = unwrap(_parse_object(raw))
    if error := _object_in(report, "exception"):
        raise MalformedError(f"signal-cli could not read it ({_text_in(error, 'type')})")
    envelope = _object_in(report, "envelope")
    if not envelope:
        return None
    author, account = _find_person(envelope, "source"), _text_in(report, "account")
    sync = _object_in(envelope, "syncMessage")
    if reads := _list_in(sync, "readMessages"):
        return _parse_reads(reads, _find_ms(envelope, "timestamp"))
    if sent := _object_in(sync, "sentMessage"):
        own = {account, *(author.handles if author else ())}
        return _parse_data(sent, author, own, other=_find_person(sent, "destination"))
    data = _object_in(envelope, "dataMessage")
    if not data and _object_in(envelope, "editMessage"):
        data = envelope
    return _parse_data(data, author, {account}, other=author) if data else None


def unwrap(report: Fields) -> Fields:
    """The report inside a JSON-RPC notification, of either form; else the object itself."""
    params = _object_in(report, "params")
    return _object_in(params, "result") or params or report


def is_envelope(raw: bytes) -> bool:
    """Whether a line is one that signal-cli wrote on receiving, for a probe."""
    try:
        report = unwrap(_parse_object(raw))
    except MalformedError:
        return False
    envelope = _object_in(report, "envelope")
    return _find_person(envelope, "source") is not None and _find_ms(envelope, "timestamp") > 0


def _parse_object(raw: bytes) -> Fields:
    try:
        fields = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedError("not JSON") from None
    if not isinstance(fields, dict):
        raise MalformedError("not a JSON object")
    return fields


def _parse_reads(entries: list[Fields], at_ms: int) -> Reads:
    found = (_find_target(entry, "sender", "timestamp") for entry in entries)
    return Reads(at_ms, tuple(target for target in found if target is not None))


def _parse_data(
    data: Fields, author: Person | None, own: set[str], *, other: Person | None
) -> Event | None:
    """A `dataMessage`, or what holds an edit of one.

    `own`: the owner's handles; `other`: whom a direct message is with.
    """
    edit = _object_in(data, "editMessage")
    content = _object_in(edit, "dataMessage") or data
    chat = _find_group(content) or other
    if author is None or chat is None:
        raise MalformedError("it says neither group nor sender")
    if target := _find_deleted(content, author):
        return Deletion(chat, not own.isdisjoint(target.author.handles), target)
    body = _compose_body(content)
    if body is None:
        return Naming(chat) if isinstance(chat, Group) and chat.name else None
    if not (sent_ms := _find_ms(content, "timestamp")):
        raise MalformedError("it has no time")
    edited_ms = _find_ms(edit, "targetSentTimestamp")
    return Message(
        author=author,
        is_me=not own.isdisjoint(author.handles),
        chat=chat,
        sent_ms=sent_ms,
        text=body[0],
        kind=body[1],
        reply_to=_find_target(_object_in(content, "quote"), "author", "id"),
        edited=Target(author, edited_ms) if edited_ms else None,
        expires_s=_find_ms(content, "expiresInSeconds"),
    )


def _find_deleted(content: Fields, author: Person) -> Target | None:
    """The message that its author, or an admin, took back."""
    if sent_ms := _find_ms(_object_in(content, "remoteDelete"), "timestamp"):
        return Target(author, sent_ms)
    return _find_target(_object_in(content, "adminDelete"), "targetAuthor", "targetSentTimestamp")


def _compose_body(content: Fields) -> tuple[str, MessageKind] | None:
    """What Signal shows; None for what is no message: a reaction, a timer that was set."""
    if content.get("isExpirationUpdate") is True or _object_in(content, "reaction"):
        return None
    mentions = _list_in(content, "mentions")
    text = _text_in(content, "message")
    if mentions:
        text = name_mentions(text, mentions)
    shown = clean_text(text or describe_poll(_object_in(content, "pollCreate")))
    if shown:
        return shown, "text"
    media = clean_text(describe_media(content))
    return (media, "media") if media else None


def _find_target(fields: Fields, who: str, when: str) -> Target | None:
    person, sent_ms = _find_person(fields, who), _find_ms(fields, when)
    return Target(person, sent_ms) if person and sent_ms else None


def _find_person(fields: Fields, prefix: str) -> Person | None:
    if not fields:
        return None
    legacy = _text_in(fields, prefix)
    is_number = legacy.startswith("+")
    uuid = _text_in(fields, f"{prefix}Uuid") or ("" if is_number else legacy)
    number = _text_in(fields, f"{prefix}Number") or (legacy if is_number else "")
    return _make_person(uuid, number, _text_in(fields, f"{prefix}Name"))


@lru_cache(maxsize=1024)  # the same few people write again and again
def _make_person(uuid: str, number: str, name: str) -> Person | None:
    if not (uuid or number):
        return None
    return Person(clean_text(uuid), clean_text(number), clean_text(name))


def _find_group(content: Fields) -> Group | None:
    info = _object_in(content, "groupInfo")
    return _make_group(_text_in(info, "groupId"), _text_in(info, "groupName"))


@lru_cache(maxsize=1024)
def _make_group(id_: str, name: str) -> Group | None:
    group_id = clean_text(id_)
    return Group(group_id, clean_text(name)) if group_id else None


def _text_in(fields: Fields, key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _find_ms(fields: Fields, key: str) -> int:
    """A whole number above 0; 0 for anything else."""
    value = fields.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if 0 < value < 2**53 else 0


def _object_in(fields: Fields, key: str) -> Fields:
    value = fields.get(key)
    return value if isinstance(value, dict) else {}


def _list_in(fields: Fields, key: str) -> list[Fields]:
    """The objects of a list."""
    value = fields.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

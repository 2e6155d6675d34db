"""Google Chat's Takeout as a source: tells each group's messages in order; reads no date itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from companion.sources.bundles import (
    Bundle,
    BundleSource,
    Fields,
    get_object,
    get_text,
    list_objects,
)
from companion.sources.googlechat.dates import find_time
from companion.sources.identity import ExportIdentity, RunningPositions
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    MessageKind,
    MessageRemoved,
    Skipped,
)
from companion.sources.namesakes import tell_apart

_MESSAGES, _GROUP, _USER = "messages.json", "group_info.json", "user_info.json"
_PROBED_FILES = 16
_SIGNS = frozenset(
    ("messages.item.creator.user_type", "messages.item.topic_id", "members.item.user_type")
)
_EMPTY = "[message without text]"


class GoogleChatSource(BundleSource):
    """A Takeout with Google Chat in it: a zip, its folder `Takeout` unpacked, or one inside.

    What the folders around are called depends on the account's language; the files are not.
    """

    kind: ClassVar[str] = "googlechat"
    label: ClassVar[str] = "Google Chat"
    export_again: ClassVar[str] = "export Google Chat from Google Takeout again"
    depth: ClassVar[int] = 4

    @classmethod
    def is_part(cls, name: str) -> bool:
        return posixpath.basename(name) in (_MESSAGES, _GROUP, _USER)

    @classmethod
    def recognise(cls, bundle: Bundle) -> bool:
        telling = [n for n in bundle.names if posixpath.basename(n) in (_MESSAGES, _GROUP)]
        return any(
            not _SIGNS.isdisjoint(bundle.read_facts(name)) for name in telling[:_PROBED_FILES]
        )

    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        own_names = frozenset(self.settings.me) | _find_owner(bundle)
        for name in bundle.names:
            folder = posixpath.dirname(name)
            info = posixpath.join(folder, _GROUP)
            if posixpath.basename(name) == _MESSAGES and (
                info in bundle.names or not _SIGNS.isdisjoint(bundle.read_facts(name))
            ):
                key = posixpath.basename(folder) or bundle.path.name
                people = _People(_read_object(bundle, info))
                yield _make_conversation(key, people, own_names)
                yield from _Teller(key, name, own_names, people).tell(bundle)


class _People:
    """Those in a group, known by their addresses: some messages have no name beside it."""

    def __init__(self, info: Fields) -> None:
        self.title = get_text(info, "name")
        self.members = list_objects(info.get("members"))
        self._names = {get_text(m, "email"): get_text(m, "name") for m in self.members}
        self._bearers: dict[str, str] = {}
        for member in self.members:
            self.name(member)

    def name(self, person: Fields) -> str:
        """Under which nobody else in the group is known; "" for nobody."""
        address, name = get_text(person, "email"), get_text(person, "name")
        name = name or self._names.get(address, "") or address
        return tell_apart(self._bearers, address or name, name, address)


@dataclass(slots=True)
class _Teller:
    """Turns the messages of one group into changes; counts what it cannot tell."""

    key: str
    file: str
    own_names: frozenset[str]
    """Names and addresses of the owner."""

    people: _People
    undated: int = 0
    deleted: int = 0
    identity: ExportIdentity = field(default_factory=ExportIdentity)
    positions: RunningPositions = field(default_factory=RunningPositions)

    def tell(self, bundle: Bundle) -> Iterator[Change]:
        for part in bundle.read_objects(self.file, "messages.item"):
            change = part if isinstance(part, Skipped) else self._tell_message(part)
            if change is not None:
                yield change
        if self.undated:
            yield Skipped(
                f"{self.file}: {self.undated} messages whose date is in no language known here: "
                "set the account's language to English and export again"
            )
        if self.deleted:
            yield Skipped(
                f"{self.file}: {self.deleted} deleted messages, of which it is not said when they "
                "were sent"
            )

    def _tell_message(self, fields: Fields) -> Change | None:
        """None for what has no time of its own: it is counted."""
        sent_at = find_time(get_text(fields, "created_date"))
        uid = get_text(fields, "message_id")
        is_deleted = get_text(fields, "message_state") == "DELETED"
        if sent_at is None:
            self.deleted += is_deleted
            self.undated += not is_deleted
            # An older export may have brought its text.
            return MessageRemoved(self.key, uid) if is_deleted and uid else None
        creator = get_object(fields, "creator")
        sender = self.people.name(creator)
        kind, text = _read_content(fields, is_deleted=is_deleted)
        uid, position = self._identify(uid, sent_at, sender, text)
        return MessageFound(
            conversation_key=self.key,
            id=uid,
            sender=sender,
            is_me=not _list_names(creator).isdisjoint(self.own_names),
            sent_at=sent_at,
            text=text,
            kind=kind,
            position=position,
            edited=bool(get_text(fields, "updated_date")),
            reply_to=_find_reply(fields),
        )

    def _identify(self, uid: str, sent_at: datetime, sender: str, text: str) -> tuple[str, int]:
        """Id and position; exports of before 2021 have no ids."""
        if uid:
            return uid, self.positions.next_position(sent_at)
        return self.identity.next_id(sent_at, sender, text)


def _find_owner(bundle: Bundle) -> frozenset[str]:
    """The address of the account; nothing where the export is of more than one."""
    users = (n for n in bundle.names if posixpath.basename(n) == _USER)
    owners = (get_object(_read_object(bundle, name), "user") for name in users)
    addresses = {get_text(owner, "email") for owner in owners} - {""}
    return frozenset(addresses) if len(addresses) == 1 else frozenset()


def _read_object(bundle: Bundle, name: str) -> Fields:
    """The object that a file is; an empty one where it is missing or damaged."""
    if name not in bundle.names:
        return {}
    return next((part for part in bundle.read_objects(name, "") if isinstance(part, dict)), {})


def _make_conversation(key: str, people: _People, own_names: Iterable[str]) -> ConversationFound:
    """Direct messages have no title of their own: they are named after the others in them."""
    members, title = people.members, people.title
    names = [people.name(member) for member in members]
    others = [
        name
        for name, member in zip(names, members, strict=True)
        if name and _list_names(member).isdisjoint(own_names)
    ]
    is_group = bool(title) or len(members) > 2 or key.startswith("Space ")
    kind: ConversationKind = "group" if is_group else "direct"
    return ConversationFound(key, title or ", ".join(others), kind, tuple(filter(None, names)))


def _list_names(person: Fields) -> set[str]:
    return {get_text(person, "name"), get_text(person, "email")} - {""}


def _read_content(fields: Fields, *, is_deleted: bool) -> tuple[MessageKind, str]:
    if is_deleted:
        return "deleted", ""
    words = get_text(fields, "text")
    if words:
        return "text", words
    files = list_objects(fields.get("attached_files"))
    named = [f"[file {get_text(file, 'original_name')}]" for file in files]
    for annotation in list_objects(fields.get("annotations")):
        if "video_call_metadata" in annotation:
            named.append("[video call]")
        elif title := get_text(get_object(annotation, "drive_metadata"), "title"):
            named.append(f"[file {title}]")
    return "media", " ".join(named) or _EMPTY


def _find_reply(fields: Fields) -> str | None:
    """The message quoted, else the first of its thread: ids are group/thread/message."""
    quoted = get_text(get_object(fields, "quoted_message_metadata"), "message_id")
    if quoted:
        return quoted
    group, _, rest = get_text(fields, "message_id").partition("/")
    thread, _, message = rest.partition("/")
    return f"{group}/{thread}/{thread}" if message not in ("", thread) else None

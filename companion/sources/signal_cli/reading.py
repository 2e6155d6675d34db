"""What the lines of the stream add up to: who wrote where, what was edited, deleted and read.

Later lines speak of earlier messages by author and time alone. Their words are not kept: a
message that is told again is read again from its line (see `Place`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from companion.errors import NotAStore
from companion.sources.appending import AppendedLine, read_line
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    MessageRemoved,
)
from companion.sources.namesakes import tell_apart
from companion.sources.signal_cli.cursor import Cursor, Expiry, Place
from companion.sources.signal_cli.envelopes import (
    Deletion,
    Group,
    MalformedError,
    Message,
    Naming,
    Person,
    Reads,
    Target,
    parse_line,
)

_UNREAD_MESSAGES = 5000
"""How many of the newest unread ones are remembered; when an older one is read on the phone
is not noticed."""

_VERSIONS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reading:
    """One reading of the stream; brings `known` up to date line by line."""

    def __init__(self, known: Cursor, *, folder: Path, me: str, now: datetime) -> None:
        self._known = known
        self._folder = folder
        self._me = me
        self._now_ms = (now - _EPOCH) // timedelta(milliseconds=1)
        self._told_keys: set[str] = set()

    def remove_expired(self) -> Iterator[MessageRemoved]:
        """The told messages whose time has run out since."""
        for uid, expiry in list(self._known.expiring.items()):
            if expiry.at_ms <= self._now_ms:
                del self._known.expiring[uid]
                self._known.unread.pop(uid, None)
                yield MessageRemoved(expiry.conversation_key, uid)

    def read_line(self, file: str, line: AppendedLine) -> Iterator[Change]:
        """What one line changes. Raises `MalformedError`."""
        event = parse_line(line.raw)
        match event:
            case Message():
                yield from self._tell(event, file, line.offset)
            case Deletion():
                yield from self._tell_deleted(event)
            case Naming():
                yield from self._tell_name(event.group)
            case Reads():
                self._note_linked(event.at_ms)
                for target in event.targets:
                    yield from self._tell_read(target)

    def _tell(self, message: Message, file: str, offset: int) -> Iterator[Change]:
        uid = self._identify(message)
        expires_at_ms = message.sent_ms + 1000 * message.expires_s
        if message.expires_s and expires_at_ms <= self._now_ms:
            return
        is_read = self._judge_read(message, uid)
        found = self._compose(message, uid, is_read)
        yield from self._tell_conversation(message.chat)
        yield found
        if not message.is_me and not is_read:
            self._known.unread.pop(uid, None)  # a new version counts as new
            self._known.unread[uid] = Place(file, offset)
            _forget_oldest(self._known.unread, _UNREAD_MESSAGES)
        if message.expires_s:
            self._known.expiring[uid] = Expiry(found.conversation_key, expires_at_ms)

    def _tell_deleted(self, deletion: Deletion) -> Iterator[Change]:
        uid = self._identify_target(deletion.target)
        self._known.unread.pop(uid, None)
        yield from self._tell_conversation(deletion.chat)
        yield MessageFound(
            conversation_key=self._key_of(deletion.chat),
            id=uid,
            sender=self._me
            if deletion.is_me
            else self._name(deletion.target.author, deletion.chat),
            is_me=deletion.is_me,
            sent_at=_to_instant(_sent_ms(uid)),
            text="",
            kind="deleted",
        )

    def _tell_read(self, target: Target) -> Iterator[Change]:
        """The message again, from its own line; nothing where it is not known as unread."""
        uid = self._identify_target(target)
        place = self._known.unread.pop(uid, None)
        message = self._find_message(place, uid) if place else None
        if message is not None:
            yield from self._tell_conversation(message.chat)
            yield self._compose(message, uid, is_read=True)

    def _find_message(self, place: Place, uid: str) -> Message | None:
        """None where the file was replaced or removed meanwhile."""
        try:
            event = parse_line(read_line(self._folder / place.file, place.offset))
        except (NotAStore, MalformedError):
            return None
        is_same = isinstance(event, Message) and self._identify(event) == uid
        return event if isinstance(event, Message) and is_same else None

    def _note_linked(self, at_ms: int) -> None:
        known = self._known
        known.linked_at_ms = min(at_ms, at_ms if known.linked_at_ms is None else known.linked_at_ms)

    def _judge_read(self, message: Message, uid: str) -> bool | None:
        """None before the stream told of readings; a new version is as read as the last one."""
        since_ms = self._known.linked_at_ms
        if message.is_me or since_ms is None or _sent_ms(uid) < since_ms:
            return None
        return message.edited is not None and uid not in self._known.unread

    def _compose(self, message: Message, uid: str, is_read: bool | None) -> MessageFound:
        reply_to = message.reply_to
        expires_at_ms = message.sent_ms + 1000 * message.expires_s
        return MessageFound(
            conversation_key=self._key_of(message.chat),
            id=uid,
            sender=self._me if message.is_me else self._name(message.author, message.chat),
            is_me=message.is_me,
            sent_at=_to_instant(_sent_ms(uid)),
            text=message.text,
            kind=message.kind,
            edited=message.edited is not None,
            reply_to=self._identify_target(reply_to) if reply_to else None,
            is_read=is_read,
            is_disappearing=message.expires_s > 0,
            expires_at=_to_instant(expires_at_ms) if message.expires_s else None,
        )

    def _tell_conversation(self, chat: Group | Person) -> Iterator[ConversationFound]:
        """Where it is the first message of this reading, or the title changed."""
        key = self._key_of(chat)
        kind: ConversationKind = "group" if isinstance(chat, Group) else "direct"
        if isinstance(chat, Group):
            title = chat.name or self._known.conversations.get(key, ("", kind))[0]
        else:
            title = self._known.names.get(key) or chat.number or self._find_number(key)
        if key in self._told_keys and self._known.conversations[key] == (title, kind):
            return
        self._told_keys.add(key)
        self._known.conversations[key] = title, kind
        yield ConversationFound(key, title, kind)

    def _tell_name(self, group: Group) -> Iterator[ConversationFound]:
        """Only of a conversation that was told; of another one the name is kept for then."""
        key = self._key_of(group)
        if key not in self._known.conversations:
            self._known.conversations[key] = group.name, "group"
        elif self._known.conversations[key][0] != group.name:
            yield from self._tell_conversation(group)

    def _identify(self, message: Message) -> str:
        """The id of a message is that of its first version."""
        if message.edited is None:
            return f"{self._key_of(message.author)}-{message.sent_ms}"
        uid = self._identify_target(message.edited)
        version = f"{self._key_of(message.author)}-{message.sent_ms}"
        if version != uid:
            self._known.versions[version] = _sent_ms(uid)
            _forget_oldest(self._known.versions, _VERSIONS)
        return uid

    def _identify_target(self, target: Target) -> str:
        """Clients speak of an edited message by the time of its first or its newest version."""
        key = self._key_of(target.author)
        sent_ms = self._known.versions.get(f"{key}-{target.sent_ms}", target.sent_ms)
        return f"{key}-{sent_ms}"

    def _key_of(self, chat: Group | Person) -> str:
        """Of a person the first handle they were seen under: numbers and UUIDs come and go."""
        if isinstance(chat, Group):
            return f"group:{chat.id}"
        keys = self._known.keys
        key = keys.get(chat.uuid) or keys.get(chat.number) or chat.uuid or chat.number
        for handle in (chat.uuid, chat.number):
            if handle:
                keys.setdefault(handle, key)
        if chat.name:
            self._known.names[key] = chat.name
        return key

    def _name(self, person: Person, chat: Group | Person) -> str:
        """In a group a name that nobody else is shown under there."""
        key = self._key_of(person)
        name = self._known.names.get(key)
        if name is None or isinstance(chat, Person):
            return name or person.number or self._find_number(key) or key
        bearers = self._known.bearers.setdefault(self._key_of(chat), {})
        if bearers.get(name) == key:
            return name
        return tell_apart(bearers, key, name, person.number or self._find_number(key), key)

    def _find_number(self, key: str) -> str:
        """The phone number of a person; "" where none was seen."""
        numbers = (handle for handle, of in self._known.keys.items() if of == key)
        return next((number for number in numbers if number.startswith("+")), "")


def _sent_ms(uid: str) -> int:
    return int(uid.rpartition("-")[2])


def _to_instant(ms: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        raise MalformedError("its time is no date") from None


def _forget_oldest(entries: OrderedDict[str, Place] | OrderedDict[str, int], count: int) -> None:
    while len(entries) > count:
        entries.popitem(last=False)

"""Merges readings of exports with what is there: the same message keeps its id and its place.

Only for conversations whose store has no ids (`ConversationFound.has_ids`). A message that the
export does not hold stays: clients leave out some, and an export may be cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from companion.aligning import (
    Place,
    align_minute,
    find_last_instant,
    find_minute,
    get_place,
    is_changed,
    place_between,
    reduce_content,
)
from companion.sources.interface import Change, ConversationFound, MessageFound
from companion.surveying import Room, Survey
from storage.reader import Reader
from storage.records import MessageRow

_BATCH_MESSAGES = 1_000
_FULL_MESSAGES = 20_000
"""A batch ends where a minute does, or here."""

_NEAR = timedelta(hours=1)
"""Minutes as near as this are looked up together."""


def merge_changes(
    reader: Reader, source_kind: str, read: Callable[[], Iterable[Change]]
) -> Iterator[Change]:
    """What `read` gives, told of the conversations and messages that the archive knows.

    Messages that are there already and did not change are left out. An export is read twice
    where there are conversations to compare it with.
    """
    survey: Survey | None = None
    rooms: dict[str, Room] = {}
    room: Room | None
    mergers: dict[str, _Merger] = {}
    for change in read():
        if isinstance(change, ConversationFound) and not change.has_ids:
            if change.key not in rooms:
                if survey is None:
                    has_rooms = bool(reader.rooms(source_kind))
                    survey = Survey(reader, source_kind, read() if has_rooms else ())
                room = rooms[change.key] = survey.find_room(change.key)
                if room.id is not None and not room.is_shifted:
                    mergers[change.key] = _Merger(reader, room, room.id)
            yield replace(change, key=rooms[change.key].key)
        elif not isinstance(change, MessageFound):
            yield change
        elif merger := mergers.get(change.conversation_key):
            yield from merger.take(change)
        elif (room := rooms.get(change.conversation_key)) and room.key != change.conversation_key:
            yield change._replace(conversation_key=room.key)
        else:
            yield change
    for merger in mergers.values():
        yield from merger.flush()


@dataclass(slots=True)
class _Merger:
    """Merges the messages of one conversation, a batch of whole minutes at a time."""

    reader: Reader
    room: Room
    room_id: int
    waiting: list[MessageFound] = field(default_factory=list)
    last_id: int = 0
    """Of the messages that were there before; later ones are of this reading."""

    matched: bytearray = field(default_factory=bytearray)
    """A bit for each id up to `last_id`: whether a told message is it already."""

    def __post_init__(self) -> None:
        self.last_id = self.reader.last_message_id()
        self.matched = bytearray(self.last_id // 8 + 1)

    def take(self, message: MessageFound) -> Iterator[MessageFound]:
        """What can be told once this message is known, too."""
        size = len(self.waiting)
        if size >= _FULL_MESSAGES or (
            size >= _BATCH_MESSAGES and find_minute(self.waiting[-1]) != find_minute(message)
        ):
            yield from self.flush()
        self.waiting.append(message)

    def flush(self) -> Iterator[MessageFound]:
        """All that waits."""
        told: dict[object, list[MessageFound]] = {}
        for message in self.waiting:
            told.setdefault(find_minute(message), []).append(message)
        kept = self._list_kept()
        self.waiting = []
        new: list[tuple[MessageFound, Place]] = []
        for minute, messages in told.items():
            rows = kept.get(minute, [])
            matches = align_minute(rows, messages, self._is_same)
            places = place_between(rows, messages, matches)
            for message, match, place in zip(messages, matches, places, strict=True):
                if match is None:
                    new.append((message, place))
                else:
                    yield from self._tell_again(message, match)
        yield from self._tell_new(new)

    def _list_kept(self) -> dict[object, list[MessageRow]]:
        """What the archive had, before this reading, of the minutes that wait; in order."""
        kept: dict[object, list[MessageRow]] = {}
        minutes = sorted({find_minute(message) for message in self.waiting})
        start = 0
        for end, minute in enumerate(minutes, start=1):
            if end < len(minutes) and minutes[end] - minute <= _NEAR:
                continue
            rows = self.reader.messages_between(
                self.room_id, minutes[start], find_last_instant(minute), limit=_FULL_MESSAGES
            )
            for row in rows:
                if self._is_free(row):
                    kept.setdefault(find_minute(row), []).append(row)
            start = end
        return kept

    def _is_free(self, row: MessageRow) -> bool:
        return row.id <= self.last_id and not self.matched[row.id >> 3] >> (row.id & 7) & 1

    def _is_same(self, told: str, kept: str) -> bool:
        return kept in (told, self._find_name(told))

    def _find_name(self, told: str) -> str:
        return self.room.known_as.get(told, told)

    def _tell_again(self, message: MessageFound, row: MessageRow) -> Iterator[MessageFound]:
        """A message that is there: as told by the same client; of others only what changed."""
        self.matched[row.id >> 3] |= 1 << (row.id & 7)
        is_same_client = row.uid == message.id
        if not is_changed(message) and (is_changed(row) or not is_same_client):
            return  # from before an edit, or in another client's words
        is_equal = reduce_content(row) == reduce_content(message)
        sent_at, position = get_place(row)
        told = message._replace(
            conversation_key=self.room.key,
            id=row.uid,
            sender=self._find_name(message.sender) if is_same_client else row.sender,
            is_me=message.is_me if is_same_client else row.is_me,
            text=row.text if is_equal else message.text,
            sent_at=sent_at,
            position=position,
        )
        if not is_equal or _list_facts(told) != _list_facts(row):
            yield told

    def _tell_new(self, new: list[tuple[MessageFound, Place]]) -> Iterator[MessageFound]:
        """Messages that nothing was aligned with; of ids that are taken, they get others."""
        uids = [message.id for message, _ in new]
        taken = {row.uid: row for row in self.reader.messages_by_uids(self.room_id, uids)}
        for message, (sent_at, position) in new:
            row = taken.get(message.id)
            if row is not None and find_minute(row) != find_minute(message):
                yield message._replace(conversation_key=self.room.key)
                continue
            yield message._replace(
                conversation_key=self.room.key,
                id=message.id if row is None else f"{message.id}+{self.last_id}",
                sender=self._find_name(message.sender),
                sent_at=sent_at,
                position=position,
            )


def _list_facts(message: MessageFound | MessageRow) -> tuple[object, ...]:
    """What a message says, but for its text and what the archive numbers otherwise."""
    return (
        message.sender,
        message.is_me,
        message.kind,
        message.edited,
        message.is_approximate,
    )

"""Finds the conversation that an export without ids tells of, by the messages both hold.

A title is no identity: two friends have one name, and a room is renamed. What both have to
hold, if they are one, is every message of the time that both cover. A first reading of the
export keeps a sample of each of its conversations, and that is looked up in the archive.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from companion.aligning import find_last_instant, find_minute, reduce_content
from companion.sources.interface import Change, ConversationFound, MessageFound
from storage.reader import Reader
from storage.records import MessageRow, RoomRow

KEY_NUMBER = "\x1f"
"""Stands between a key made of a title and the number of the second, third ... room of it. No
title holds it: sources fold white space."""

_SAMPLE = 128
_SAMPLE_OF_SENDER = 16
_SENDERS = 1000
"""How many people's names are matched; the others keep theirs."""

_SURE_SHARE = 0.5
"""Of the texts that two readings of one room both should hold, most are there in both; of
those of two rooms hardly one (`ㅋㅋ` in the same minute)."""

_SURE_RENAMED = 3
_SURE_PEOPLE = 0.5
_MINUTE_LIMIT = 1000
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Room:
    """The conversation that an export's goes into."""

    key: str
    """In the archive."""

    id: int | None
    """None: it is new."""

    known_as: Mapping[str, str] = field(default_factory=dict)
    """The name in the archive by the name in the export, of people of two names."""

    is_shifted: bool = False
    """Whether the same lines now are of other minutes: other settings, or another reading of
    the dates."""


@dataclass(slots=True)
class _Sample:
    """Some of the texts offered, taken evenly: those of the smallest ids, which are hashes."""

    limit: int
    offered: int = 0
    texts: list[MessageFound] = field(default_factory=list)

    def offer(self, message: MessageFound) -> None:
        self.offered += 1
        if len(self.texts) == self.limit and message.id >= self.texts[-1].id:
            return
        insort(self.texts, message, key=attrgetter("id"))
        del self.texts[self.limit :]

    def cut(self, start: datetime, end: datetime) -> _Sample:
        """The part between two times, its size estimated."""
        texts = [message for message in self.texts if start <= message.sent_at <= end]
        offered = round(self.offered * len(texts) / len(self.texts)) if self.texts else 0
        return _Sample(self.limit, offered, texts)


@dataclass(slots=True)
class _Sketch:
    """What a first reading keeps of one conversation; its size hangs on the people alone."""

    namesakes: Sequence[RoomRow]
    first_at: datetime | None = None
    last_at: datetime | None = None
    senders: set[str] = field(default_factory=set)
    whole: _Sample = field(default_factory=lambda: _Sample(_SAMPLE))
    within: dict[int, _Sample] = field(default_factory=dict)
    """What falls into the time of a namesake, by its id."""

    of_sender: dict[tuple[int, str], _Sample] = field(default_factory=dict)

    def add(self, message: MessageFound) -> None:
        self.first_at = min(self.first_at or message.sent_at, message.sent_at)
        self.last_at = max(self.last_at or message.sent_at, message.sent_at)
        if message.kind != "system":
            self.senders.add(message.sender)
        if message.kind != "text" or message.edited:
            return
        self.whole.offer(message)
        for room in self.namesakes:
            if _is_within(room, message):
                self.within.setdefault(room.id, _Sample(_SAMPLE)).offer(message)
                key = (room.id, message.sender)
                if key in self.of_sender or len(self.of_sender) < _SENDERS:
                    self.of_sender.setdefault(key, _Sample(_SAMPLE_OF_SENDER)).offer(message)


@dataclass(slots=True)
class _Overlap:
    """What a conversation of the archive has of a sample."""

    share: float | None
    """Of the texts that both should hold; None where there are none."""

    found: int
    senders: int
    """How many people wrote the texts found."""

    is_moved: bool
    """Whether they were found at other minutes."""


_NOTHING = _Overlap(None, 0, 0, is_moved=False)


class Survey:
    """A first reading of an export, and what the archive says to it."""

    def __init__(self, reader: Reader, source_kind: str, changes: Iterable[Change]) -> None:
        """Reads `changes` to their end."""
        self._reader = reader
        self._rooms = reader.rooms(source_kind)
        self._sketches: dict[str, _Sketch] = {}
        for change in changes:
            if isinstance(change, ConversationFound) and not change.has_ids:
                self._sketches.setdefault(change.key, _Sketch(self._list_namesakes(change.key)))
            elif isinstance(change, MessageFound) and change.conversation_key in self._sketches:
                self._sketches[change.conversation_key].add(change)

    def find_room(self, key: str) -> Room:
        """Where the export's conversation of that key belongs."""
        sketch = self._sketches.get(key, _Sketch(()))
        overlaps = {room.id: self._measure(sketch, room) for room in self._rooms}
        same = [room for room in self._rooms if _is_sure(overlaps[room.id], room, sketch)]
        if same:
            room = max(same, key=lambda room: overlaps[room.id].share or 0)
            known_as = self._match_names(sketch, room)
            return Room(room.key, room.id, known_as, overlaps[room.id].is_moved)
        for room in sketch.namesakes:
            if overlaps[room.id].share is None and self._has_same_people(sketch, room):
                return Room(room.key, room.id)
        return Room(self._number(key), None)

    def _list_namesakes(self, key: str) -> list[RoomRow]:
        return [room for room in self._rooms if room.key.partition(KEY_NUMBER)[0] == key]

    def _number(self, key: str) -> str:
        """A key that no room has."""
        taken = {room.key for room in self._rooms}
        number = 1
        while (numbered := f"{key}{KEY_NUMBER}{number}" if number > 1 else key) in taken:
            number += 1
        return numbered

    def _measure(self, sketch: _Sketch, room: RoomRow) -> _Overlap:
        if room.first_at is None or room.last_at is None:
            return _NOTHING
        if sketch.first_at is None or sketch.last_at is None:
            return _NOTHING
        if moved := self._list_moved(sketch.whole, room):
            times = (room.first_at, room.last_at)
            return self._weigh(sketch.whole, room, moved, times, is_moved=True)
        start = _start_minute(max(room.first_at, sketch.first_at))
        end = _end_minute(min(room.last_at, sketch.last_at))
        sample = sketch.within.get(room.id) or sketch.whole.cut(start, end)
        found = [message for message in sample.texts if self._find_same(room, message)]
        whole = self._weigh(sample, room, found, (start, end))
        if whole.share is None or whole.share >= _SURE_SHARE or not found:
            return whole
        # Either may have been cut within the first or the last minute: those in between count.
        if start == _start_minute(end):
            return _NOTHING
        inner = (start + _MINUTE, _start_minute(end) - _INSTANT)
        between = [message for message in found if inner[0] <= message.sent_at <= inner[1]]
        return self._weigh(sample.cut(*inner), room, between, inner)

    def _weigh(
        self,
        sample: _Sample,
        room: RoomRow,
        found: Sequence[MessageFound],
        times: tuple[datetime, datetime],
        *,
        is_moved: bool = False,
    ) -> _Overlap:
        """`found` of a sample against all texts that both should hold at those `times`."""
        expected = min(sample.offered, self._reader.count_texts(room.id, *times))
        if not expected or not sample.texts:
            return _NOTHING
        share = sample.offered * len(found) / len(sample.texts) / expected
        senders = len({message.sender for message in found})
        return _Overlap(share, len(found), senders, is_moved)

    def _list_moved(self, sample: _Sample, room: RoomRow) -> list[MessageFound]:
        """Lines that are known, but as of another minute."""
        told = {message.id: message for message in sample.texts}
        rows = self._reader.messages_by_uids(room.id, list(told))
        return [told[r.uid] for r in rows if find_minute(r) != find_minute(told[r.uid])]

    def _find_same(self, room: RoomRow, message: MessageFound) -> list[MessageRow]:
        """The messages of the same minute and the same letters."""
        minute = find_minute(message)
        rows = self._reader.messages_between(
            room.id, minute, find_last_instant(minute), limit=_MINUTE_LIMIT
        )
        content = reduce_content(message)
        return [row for row in rows if reduce_content(row) == content]

    def _match_names(self, sketch: _Sketch, room: RoomRow) -> Mapping[str, str]:
        """The name there by the name told, by the texts that stand once in their minute.

        Nobody is two people: the pairs that agree most often come first, of equal ones those
        of one name.
        """
        counts: Counter[tuple[str, str]] = Counter()
        for (room_id, told), sample in sketch.of_sender.items():
            if room_id == room.id:
                same = (self._find_same(room, message) for message in sample.texts)
                counts.update((told, rows[0].sender) for rows in same if len(rows) == 1)
        names: dict[str, str] = {}
        for told, kept in sorted(counts, key=lambda pair: (-counts[pair], pair[0] != pair[1])):
            if told not in names and kept not in names.values():
                names[told] = kept
        return names

    def _has_same_people(self, sketch: _Sketch, room: RoomRow) -> bool:
        """In times that do not meet, the people tell; nobody on one side contradicts nobody."""
        kept = self._reader.senders(room.id)
        both = kept | sketch.senders
        if not kept or not sketch.senders:
            return True
        return len(kept & sketch.senders) / len(both) >= _SURE_PEOPLE


def _is_sure(overlap: _Overlap, room: RoomRow, sketch: _Sketch) -> bool:
    """Of another title it takes more: two people, and more than a greeting sent to both."""
    if overlap.share is None or overlap.share < _SURE_SHARE or not overlap.found:
        return False
    is_namesake = any(room.id == namesake.id for namesake in sketch.namesakes)
    return is_namesake or (overlap.found >= _SURE_RENAMED and overlap.senders > 1)


def _is_within(room: RoomRow, message: MessageFound) -> bool:
    if room.first_at is None or room.last_at is None:
        return False
    return _start_minute(room.first_at) <= message.sent_at <= _end_minute(room.last_at)


def _start_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _end_minute(at: datetime) -> datetime:
    return find_last_instant(_start_minute(at))

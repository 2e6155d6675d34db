"""Aligns what an export tells of one minute with what is kept of it; reads and writes nothing.

Exports know no ids and no finer order than that of their lines (formats.md, general rule 7).
Clients word placeholders and lines of the system each in their own way, and show names from
the address book of their phone: the same message is one of the same minute and the same
letters, by somebody who may be the same person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from companion.sources.interface import MessageFound
from storage.records import MessageRow

Message = MessageFound | MessageRow
Place = tuple[datetime, int]
"""`sent_at` and `position`."""

SameSender = Callable[[str, str], bool]
"""Whether the first name, as told, may be the second, as kept."""

_LIMIT = 200
"""Messages of one minute that are aligned; more are none that people wrote."""

_INVISIBLE = re.compile(
    r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufffd\ud800-\udfff]+"
)
"""What clients trim, add or damage: white space, direction marks, variation selectors."""


def find_minute(message: Message) -> datetime:
    """The minute in which a message was sent."""
    return message.sent_at.replace(second=0, microsecond=0)


def find_last_instant(minute: datetime) -> datetime:
    """The last instant of a minute that `find_minute` gave."""
    return minute + timedelta(seconds=59, microseconds=999_999)


def reduce_content(message: Message) -> str:
    """What is equal for one message in all clients; never shown.

    Of media and lines of the system only that they are such: their words differ.
    """
    return _INVISIBLE.sub("", message.text) if message.kind == "text" else f"\0{message.kind}"


def align_minute(
    kept: Sequence[MessageRow], told: Sequence[MessageFound], is_same: SameSender
) -> list[MessageRow | None]:
    """For each told message the kept one that it is, or None; both are of one minute, in order.

    The longest common run in order, then what was edited or deleted on one side: a message in
    the same gap, by the same person. Of many hundred messages those of equal ids are the same.
    """
    if max(len(kept), len(told)) > _LIMIT:
        rows = {row.uid: row for row in kept}
        return [rows.get(message.id) for message in told]
    pairs = _find_common(len(kept), len(told), _compare(kept, told, is_same))
    pairs |= _find_changed(kept, told, pairs, is_same)
    return [kept[pairs[place]] if place in pairs else None for place in range(len(told))]


def place_between(
    kept: Sequence[MessageRow],
    told: Sequence[MessageFound],
    matches: Sequence[MessageRow | None],
) -> list[Place]:
    """Where each told message of a minute stands among the kept ones.

    A matched one stands where it is kept. A new one stands where it is told if that is between
    its neighbours, else right behind the one before, whose place it shares: of messages of one
    place the one added last comes last. After the last match it follows all that is kept.
    """
    places: list[Place] = []
    lower: Place | None = None
    for message, match, upper in zip(told, matches, _list_next(matches), strict=True):
        if match is not None:
            lower = get_place(match)
        else:
            own = get_place(message)
            if upper is None:
                lower = max([own, *map(get_place, kept[-1:])])
            elif lower is None:
                lower = own if own < upper else (upper[0], upper[1] - 1)
            elif lower <= own < upper:
                lower = own
        places.append(lower)
    return places


def get_place(message: Message) -> Place:
    """Where a message stands in its conversation, but for messages of one place."""
    return (message.sent_at, message.position)


def _list_next(matches: Sequence[MessageRow | None]) -> list[Place | None]:
    """For each place that of the next matched message behind it."""
    following: list[Place | None] = []
    upper: Place | None = None
    for match in reversed(matches):
        following.append(upper)
        upper = upper if match is None else get_place(match)
    return following[::-1]


def _compare(
    kept: Sequence[MessageRow], told: Sequence[MessageFound], is_same: SameSender
) -> Callable[[int, int], bool]:
    kept_contents = [reduce_content(message) for message in kept]
    told_contents = [reduce_content(message) for message in told]

    def is_equal(row: int, place: int) -> bool:
        return kept_contents[row] == told_contents[place] and (
            told[place].kind == "system" or is_same(told[place].sender, kept[row].sender)
        )

    return is_equal


def _find_common(rows: int, places: int, is_equal: Callable[[int, int], bool]) -> dict[int, int]:
    """The longest common subsequence: row by place."""
    start = 0
    while start < min(rows, places) and is_equal(start, start):
        start += 1
    pairs = {place: place for place in range(start)}
    lengths = [[0] * (places + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, start - 1, -1):
        for place in range(places - 1, start - 1, -1):
            lengths[row][place] = (
                lengths[row + 1][place + 1] + 1
                if is_equal(row, place)
                else max(lengths[row + 1][place], lengths[row][place + 1])
            )
    row = place = start
    while row < rows and place < places:
        if is_equal(row, place):
            pairs[place] = row
            row, place = row + 1, place + 1
        elif lengths[row + 1][place] >= lengths[row][place + 1]:
            row += 1
        else:
            place += 1
    return pairs


def _find_changed(
    kept: Sequence[MessageRow],
    told: Sequence[MessageFound],
    pairs: Mapping[int, int],
    is_same: SameSender,
) -> Mapping[int, int]:
    """Row by place of messages that one side says were edited or deleted."""
    found: dict[int, int] = {}
    row = 0
    for place, message in enumerate(told):
        if place in pairs:
            row = pairs[place] + 1
            continue
        end = min((r for p, r in pairs.items() if p > place), default=len(kept))
        for candidate in range(row, end):
            other = kept[candidate]
            if (is_changed(message) or is_changed(other)) and is_same(message.sender, other.sender):
                found[place] = candidate
                row = candidate + 1
                break
    return found


def is_changed(message: Message) -> bool:
    """Whether a message is said to be edited or deleted."""
    return message.edited or message.kind == "deleted"

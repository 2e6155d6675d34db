"""What rooms are called and who is in them; no messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from companion.sources.interface import ConversationFound
from companion.sources.kakaotalk_mac.rows import RoomRow

_DIRECT, _PLUS, _OPEN_DIRECT, _MEMO = 0, 2, 3, 5
_PAIRS = {_DIRECT, _PLUS, _OPEN_DIRECT, _MEMO}
_UNKNOWN_SENDER = "Unknown"


class Rooms:
    """All rooms and people of a database, loaded once."""

    def __init__(
        self, rooms: Iterable[RoomRow], names: Mapping[tuple[int, int], str], owner: int, me: str
    ) -> None:
        """`names` by user and link (0: outside open chats); `me`: "" where not told."""
        self._rooms = {room.chat_id: room for room in rooms}
        self._names = names
        self.owner = owner
        self._me = me

    def find(self, chat_id: int) -> RoomRow | None:
        """None for what is no room of people, and for rooms that are gone."""
        return self._rooms.get(chat_id)

    def name_sender(self, room: RoomRow, user: int) -> str:
        """Under which name somebody writes in that room; "" only for an owner without one."""
        if user == self.owner:
            return self._me or self._find_name(room, user)
        return self._find_name(room, user) or _UNKNOWN_SENDER

    def describe(self, key: str) -> ConversationFound:
        """The conversation of that key, which is the room's id."""
        room = self._rooms[int(key)]
        is_pair = room.type in _PAIRS
        ids = [room.partner] if is_pair and room.partner else room.members
        names = tuple(filter(None, (self._find_name(room, user) for user in ids)))
        shown = (room.name, room.shared_name, *names[:1]) if is_pair else self._list_titles(room)
        title = next(filter(None, shown), "") or room.link_name or ", ".join(names)
        return ConversationFound(key, title, "direct" if is_pair else "group", names)

    @staticmethod
    def _list_titles(room: RoomRow) -> tuple[str, ...]:
        return (room.name, room.shared_name, room.link_name)

    def _find_name(self, room: RoomRow, user: int) -> str:
        return self._names.get((user, room.link_id)) or self._names.get((user, 0), "")

"""The first pass over a room: names, edits and removals, which stand anywhere; tells nothing.

In memory it grows with the members and with what was changed, not with the messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from companion.sources.bundles import Fields, get_object, get_text
from companion.sources.interface import ConversationKind


@dataclass(slots=True)
class Survey:
    """What the second pass reads the events by."""

    room_id: str = ""
    """Of the first event that has one."""

    names: dict[str, str] = field(default_factory=dict)
    """Last display names by user id; without those who never had one here."""

    removed: set[str] = field(default_factory=set)
    """Ids of events that an event of its own takes back."""

    _people: set[str] = field(default_factory=set)
    _is_direct: bool = False
    _edits: dict[tuple[str, str], tuple[int, Fields]] = field(default_factory=dict)

    @property
    def kind(self) -> ConversationKind:
        """Direct where an invitation says so, or where no more than two took part."""
        return "direct" if self._is_direct or len(self._people) <= 2 else "group"

    def name(self, user: str) -> str:
        """The display name, else the id: that is what Element shows, too."""
        return self.names.get(user) or user

    def find_owner(self, exported_by: str) -> str | None:
        """The id of who exported the room; None where nobody or more than one is called so."""
        owners = [user for user, name in self.names.items() if name == exported_by]
        if exported_by in self._people and not owners:
            return exported_by
        return owners[0] if len(owners) == 1 else None

    def find_edit(self, event: Fields) -> Fields | None:
        """The newest content of a message, where an event of its author changed it."""
        edit = self._edits.get((get_text(event, "event_id"), get_text(event, "sender")))
        return None if edit is None else edit[1]

    def add(self, event: Fields) -> None:
        content, sender = get_object(event, "content"), get_text(event, "sender")
        self.room_id = self.room_id or get_text(event, "room_id")
        self._people |= {sender} - {""}
        if get_text(event, "type") == "m.room.member":
            self._add_member(get_text(event, "state_key"), content)
        elif get_text(event, "type") == "m.room.redaction":
            self.removed.add(get_text(event, "redacts") or get_text(content, "redacts"))
        elif target := find_edited(content):
            at = event.get("origin_server_ts")
            edit = (at if isinstance(at, int) else 0, get_object(content, "m.new_content"))
            known = self._edits.setdefault((target, sender), edit)
            if edit[0] >= known[0]:
                self._edits[target, sender] = edit

    def _add_member(self, user: str, content: Fields) -> None:
        self._people |= {user} - {""}
        self._is_direct |= content.get("is_direct") is True
        if get_text(content, "displayname"):
            self.names[user] = get_text(content, "displayname")


def survey_events(events: Iterable[object]) -> Survey:
    """What stands in the events; what is no event is left out."""
    survey = Survey()
    for event in events:
        if isinstance(event, dict):
            survey.add(event)
    return survey


def find_edited(content: Fields) -> str | None:
    """The id of the message that this content is a new version of."""
    relation = get_object(content, "m.relates_to")
    return get_text(relation, "event_id") if relation.get("rel_type") == "m.replace" else None

"""Says in English what a group event is; Messages stores codes, no text, for these rows."""

from __future__ import annotations

from dataclasses import dataclass

_OF_A_GROUP = {
    0: "left the conversation",
    1: "changed the group photo",
    2: "removed the group photo",
    4: "changed the background",
    6: "removed the background",
}


@dataclass(frozen=True, slots=True)
class GroupEvent:
    """A row with item_type other than 0 (formats.md 1.1)."""

    item_type: int
    action: int
    """The column group_action_type."""

    actor: str
    other: str
    """The person added or removed; of no meaning for other events."""

    title: str
    """The new name of the group; "" takes the name away."""

    is_stopped: bool
    """The sharing of a location ends."""


def describe_event(event: GroupEvent) -> str:
    """One line without a full stop, such as "Jane added Tom to the conversation"."""
    return f"{event.actor} {_describe_action(event)}"


def _describe_action(event: GroupEvent) -> str:
    match event.item_type, event.action:
        case 1, 1:
            return f"removed {event.other} from the conversation"
        case 1, _ if event.actor == event.other:
            return "changed their phone number"
        case 1, _:
            return f"added {event.other} to the conversation"
        case 2, _ if event.title:
            return f"named the conversation “{event.title}”"
        case 2, _:
            return "removed the name of the conversation"
        case 3, action if action in _OF_A_GROUP:
            return _OF_A_GROUP[action]
        case 4, _:
            return f"{'stopped' if event.is_stopped else 'started'} sharing location"
        case 5, _:
            return "kept an audio message"
        case 6, _:
            return "started SharePlay"
        case _:
            return "changed the conversation"

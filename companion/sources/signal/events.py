"""Says in English what a line of the system is; Signal stores codes, no words, for these rows."""

from __future__ import annotations

from companion.sources.signal.people import People
from companion.sources.signal.rows import MessageRow

SPOKEN = frozenset({"incoming", "outgoing"})
"""The types of rows that somebody wrote; every other one is a line of the system."""

_TIMER_FLAG, _RESET_FLAG = 2, 1
"""Of rows of those types that are lines of the system nevertheless."""

_TIMER = "timer-notification"

_LINES = {
    "call-history": "Call",
    "chat-session-refreshed": "The secure session was refreshed",
    "contact-removed-notification": "The contact was removed",
    "conversation-merge": "Two conversations were merged",
    "delivery-issue": "A message could not be delivered",
    "group-v1-migration": "The group was upgraded",
    "title-transition-notification": "The conversation was renamed",
    "universal-timer-notification": "Disappearing messages are on by default",
}
_DEEDS = {
    "change-number-notification": "changed their phone number",
    "joined-signal-notification": "is on Signal",
    "keychange": "has a new safety number",
    "phone-number-discovery": "was found by their phone number",
    "profile-change": "changed their profile",
    "verified-change": "was marked as verified or not",
}
_GROUP_DEEDS = {
    "avatar": "changed the group photo",
    "create": "created the group",
    "description": "changed the group description",
    "title": "changed the group name",
}


def is_event(row: MessageRow) -> bool:
    """Whether nobody wrote the row."""
    return row.type not in SPOKEN or bool(_read_flags(row) & (_TIMER_FLAG | _RESET_FLAG))


def describe_event(row: MessageRow, people: People) -> str:
    """One line without a full stop, such as "Jane added Tom to the group"."""
    flags = 0 if row.type not in SPOKEN else _read_flags(row)
    if row.type == _TIMER or flags & _TIMER_FLAG:
        return _describe_timer(row, people)
    if flags & _RESET_FLAG:
        return "The secure session was reset"
    if row.type == "group-v2-change":
        return _describe_group(row.details.get("groupV2Change"), people)
    if row.type in _DEEDS:
        changed = row.details.get("key_changed") or row.details.get("changedId")
        who = changed if isinstance(changed, str) else row.source or row.conversation_id
        return f"{people.name(who)} {_DEEDS[row.type]}"
    return _LINES.get(row.type, "The conversation changed")


def _describe_timer(row: MessageRow, people: People) -> str:
    update = row.details.get("expirationTimerUpdate")
    told = update if isinstance(update, dict) else {}
    source = told.get("sourceServiceId") or told.get("source") or row.source
    actor = _name_actor(source, people)
    seconds = told.get("expireTimer")
    if not isinstance(seconds, int) or seconds <= 0:
        return f"{actor} turned disappearing messages off"
    return f"{actor} set messages to disappear after {seconds} s"


def _describe_group(change: object, people: People) -> str:
    told = change if isinstance(change, dict) else {}
    actor = _name_actor(told.get("from"), people)
    listed = told.get("details")
    details = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(details, dict):
        return f"{actor} changed the group"
    kind, member = details.get("type"), details.get("aci") or details.get("uuid")
    if kind == "title" and isinstance(title := details.get("newTitle"), str):
        return f"{actor} named the group “{title}”"
    if kind in _GROUP_DEEDS:
        return f"{actor} {_GROUP_DEEDS[kind]}"
    if isinstance(member, str):
        who = _name_actor(member, people)
        if kind in {"member-add", "member-add-from-invite", "member-add-from-link"}:
            return (
                f"{who} joined the group" if who == actor else f"{actor} added {who} to the group"
            )
        if kind == "member-remove":
            return f"{who} left the group" if who == actor else f"{actor} removed {who}"
    return f"{actor} changed the group"


def _name_actor(address: object, people: People) -> str:
    if not isinstance(address, str) or not address:
        return "somebody"
    return "You" if people.is_owner(address) else people.name(address)


def _read_flags(row: MessageRow) -> int:
    flags = row.details.get("flags")
    return flags if isinstance(flags, int) else 0

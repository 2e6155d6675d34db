"""Element exports as a source: surveys a room, then tells its messages; words no event itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from companion.sources.bundles import Bundle, BundleSource, Fields, get_object, get_text
from companion.sources.element.survey import Survey, find_edited, survey_events
from companion.sources.element.wording import is_undecrypted, read_content
from companion.sources.identity import RunningPositions
from companion.sources.interface import (
    Change,
    ConversationFound,
    MessageFound,
    MessageKind,
    Skipped,
)

_PROBED_FILES = 8
_EXPORT = "export.json"
_EVENTS = "messages.item"
_SILENT_TYPES = frozenset(
    (
        "m.reaction", "m.room.redaction", "m.call.answer", "m.call.candidates", "m.call.hangup",
        "m.call.negotiate", "m.call.reject", "m.call.select_answer", "m.poll.response",
        "m.poll.end", "org.matrix.msc3381.poll.response", "org.matrix.msc3381.poll.end",
    )
)  # fmt: skip
"""What Element draws into other messages, or nowhere."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ElementSource(BundleSource):
    """A room in a file of its own, or the zip or folder of an export with attachments."""

    kind: ClassVar[str] = "element"
    label: ClassVar[str] = "Element"
    export_again: ClassVar[str] = "export the room from Element again, as JSON"
    depth: ClassVar[int] = 1

    @classmethod
    def recognise(cls, bundle: Bundle) -> bool:
        """Beside an export of that name lies what was sent in the room; else all must be rooms."""
        exports = [n for n in bundle.names if posixpath.basename(n) == _EXPORT] or bundle.names
        facts = (bundle.read_facts(name) for name in exports[:_PROBED_FILES])
        return bool(exports) and all(map(_is_room, facts))

    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        for name in bundle.names:
            facts = bundle.read_facts(name)
            if _is_room(facts):  # other files are what somebody sent in the room
                yield from self._read_room(bundle, name, facts)

    def _read_room(
        self, bundle: Bundle, name: str, facts: Mapping[str, object]
    ) -> Iterator[Change]:
        survey = survey_events(bundle.read_objects(name, _EVENTS))
        title = str(facts["room_name"] or "")
        found = ConversationFound(survey.room_id or f"name:{title}", title, survey.kind)
        yield found
        owner = survey.find_owner(str(facts["exported_by"]))
        teller = _Teller(found.key, name, survey, owner, frozenset(self.settings.me))
        for part in bundle.read_objects(name, _EVENTS):
            if isinstance(part, Skipped):
                yield part
            elif change := teller.tell(part):
                yield change
        if teller.undecrypted:
            yield Skipped(f"{name}: {teller.undecrypted} messages Element could not decrypt")


def _is_room(facts: Mapping[str, object]) -> bool:
    return {"room_name", "export_date", "exported_by"} <= facts.keys()


@dataclass(slots=True)
class _Teller:
    """Turns the events of one room into changes."""

    key: str
    file: str
    survey: Survey
    owner: str | None
    """Id of the owner's account."""

    me: frozenset[str]
    """Names and ids that the owner told."""

    undecrypted: int = 0
    positions: RunningPositions = field(default_factory=RunningPositions)

    def tell(self, event: Fields) -> Change | None:
        """None for what Element shows nowhere."""
        content = get_object(event, "content")
        if get_text(event, "type") in _SILENT_TYPES or find_edited(content) is not None:
            return None
        uid, sender_id = get_text(event, "event_id"), get_text(event, "sender")
        sent_at = _read_time(event)
        if not uid or sent_at is None:
            return Skipped(f"{self.file}: an event without an id or a time")
        sender = self.survey.name(sender_id)
        is_gone = self._is_gone(event)
        edit = self.survey.find_edit(event) or _find_bundled_edit(event)
        kind, text = self._read(event, edit or content, is_gone=is_gone)
        return MessageFound(
            conversation_key=self.key,
            id=uid,
            sender=sender,
            is_me=sender_id == self.owner or not self.me.isdisjoint((sender, sender_id)),
            sent_at=sent_at,
            text=text,
            kind=kind,
            position=self.positions.next_position(sent_at),
            edited=not is_gone and (edit is not None or _is_replaced(event)),
            reply_to=None if is_gone else _find_reply(content),
        )

    def _read(self, event: Fields, content: Fields, *, is_gone: bool) -> tuple[MessageKind, str]:
        if is_gone:
            return "deleted", ""
        self.undecrypted += is_undecrypted(event)
        return read_content(event, content, self.survey.name)

    def _is_gone(self, event: Fields) -> bool:
        is_redacted = "redacted_because" in get_object(event, "unsigned")
        return is_redacted or get_text(event, "event_id") in self.survey.removed


def _read_time(event: Fields) -> datetime | None:
    at_ms = event.get("origin_server_ts")
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or at_ms < 0:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return None


def _is_replaced(event: Fields) -> bool:
    relations = get_object(get_object(event, "unsigned"), "m.relations")
    return bool(get_object(relations, "m.replace"))


def _find_bundled_edit(event: Fields) -> Fields | None:
    """The new content that the server sent along; Element has mostly put it in place itself."""
    relations = get_object(get_object(event, "unsigned"), "m.relations")
    edit = get_object(get_object(relations, "m.replace"), "content")
    return get_object(edit, "m.new_content") or None


def _find_reply(content: Fields) -> str | None:
    """The message answered; in a thread, without an answer of its own, the thread's first."""
    relation = get_object(content, "m.relates_to")
    answered = get_text(get_object(relation, "m.in_reply_to"), "event_id")
    if relation.get("rel_type") == "m.thread" and (
        not answered or relation.get("is_falling_back") is True
    ):
        answered = get_text(relation, "event_id")
    return answered or None

"""Telegram exports as a source: tells chats and messages in file order; parses no JSON itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from companion.errors import StoreBroken
from companion.sources.exports import ExportSource
from companion.sources.identity import ExportIdentity
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    MessageKind,
    Skipped,
    SourceSettings,
)
from companion.sources.links import find_inside
from companion.sources.telegram.parsing import (
    ChatRecord,
    MessageRecord,
    OwnerRecord,
    ParseError,
    parse_export,
)
from companion.sources.telegram.probing import RESULT_FILE, probe_export
from companion.sources.telegram.times import ExportClock, find_epoch, is_edited
from companion.sources.telegram.wording import (
    DELETED_ACCOUNT,
    describe_media,
    describe_poll,
    describe_service,
    join_text,
    read_name,
)

_DIRECT_TYPES = frozenset(
    ("personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes")
)
_NAMELESS_TITLES = {"saved_messages": "Saved Messages", "replies": "Replies"}
_EMPTY = "[message without text]"
_EXPORT_AGAIN = "export the chat from Telegram Desktop again, as JSON"


class TelegramSource(ExportSource):
    """`result.json`, or the folder that holds it."""

    kind: ClassVar[str] = "telegram"
    label: ClassVar[str] = "Telegram"

    @classmethod
    def probe(cls, path: Path) -> bool:
        return probe_export(path)

    def _find_file(self) -> Path:
        return find_inside(self.path, RESULT_FILE)

    def _read_changes(self, file: Path) -> Iterator[Change]:
        with file.open("rb") as stream:
            clock = ExportClock(self.settings.zone, find_epoch(stream))
            stream.seek(0)
            teller = _Teller(self.settings, clock)
            try:
                for record in parse_export(stream):
                    yield from teller.tell(record)
            except ParseError as error:
                if teller.key is None:
                    raise StoreBroken(
                        f"{file} is cut off or damaged before its first chat",
                        next_step=_EXPORT_AGAIN,
                    ) from error
                yield Skipped(
                    f"the file is cut off or damaged after {teller.messages} messages: "
                    + _EXPORT_AGAIN
                )
            yield from teller.finish()


@dataclass(slots=True)
class _Teller:
    """Turns records into changes; remembers the owner and the chat it is in."""

    settings: SourceSettings
    clock: ExportClock
    key: str | None = None
    """Of the chat; None before the first one."""

    messages: int = 0
    owner_id: str | None = None
    identity: ExportIdentity = field(default_factory=ExportIdentity)
    unsupported: int = 0

    def tell(self, record: OwnerRecord | ChatRecord | MessageRecord) -> Iterator[Change]:
        if isinstance(record, OwnerRecord):
            self.owner_id = record.user_id
        elif isinstance(record, ChatRecord):
            yield from self.finish()
            conversation = _make_conversation(record)
            self.key = conversation.key
            self.identity = ExportIdentity()
            yield conversation
        elif record.fields.get("type") == "unsupported":
            self.unsupported += 1  # the export gives its number and nothing else, not even a time
        elif self.key is not None:
            self.messages += 1
            yield self._tell_message(self.key, record.fields)

    def finish(self) -> Iterator[Change]:
        """What is left to say about the chat."""
        if self.unsupported:
            yield Skipped(f"{self.unsupported} messages Telegram Desktop itself cannot export")
        self.unsupported = 0

    def _tell_message(self, key: str, fields: dict[str, Any]) -> Change:
        try:
            sent_at, is_approximate = self.clock.read_sent_at(fields)
        except ValueError:
            return Skipped(f"message {fields.get('id')} has no time that can be read")
        kind, text = _read_content(fields)
        who = "actor" if kind == "system" else "from"
        sender = read_name(fields.get(who)) if who in fields or kind != "system" else ""
        uid, position = self._identify(fields, sent_at, sender, text)
        return MessageFound(
            conversation_key=key,
            id=uid,
            sender=sender,
            is_me=self._is_me(fields.get(f"{who}_id"), sender),
            sent_at=sent_at,
            text=text,
            kind=kind,
            position=position,
            edited=is_edited(fields),
            reply_to=_find_reply(fields),
            is_approximate=is_approximate,
        )

    def _identify(
        self, fields: dict[str, Any], sent_at: datetime, sender: str, text: str
    ) -> tuple[str, int]:
        """Id and position: ids grow within a chat, those of an earlier group are negative."""
        number = fields.get("id")
        if isinstance(number, int):
            return str(number), number
        return self.identity.next_id(sent_at, sender, text)

    def _is_me(self, sender_id: object, sender: str) -> bool:
        if self.owner_id is not None and str(sender_id).removeprefix("user") == self.owner_id:
            return True
        return sender in self.settings.me


def _make_conversation(chat: ChatRecord) -> ConversationFound:
    """Of a file that is not Telegram's own and gives no id, the name is the key."""
    nameless = _NAMELESS_TITLES.get(chat.type or "")
    is_person = chat.type in ("personal_chat", "bot_chat")
    title = chat.name or nameless or (DELETED_ACCOUNT if is_person else "")
    kind: ConversationKind = "direct" if chat.type in _DIRECT_TYPES else "group"
    return ConversationFound(f"name:{title}" if chat.id is None else str(chat.id), title, kind)


def _read_content(fields: dict[str, Any]) -> tuple[MessageKind, str]:
    if fields.get("type") == "service":
        return "system", describe_service(fields)
    text = join_text(fields.get("text")) or join_text(fields.get("text_entities"))
    # A photo with a caption is told as its caption: that is what somebody said, and what a
    # summary needs; a poll's question likewise.
    words = text or describe_poll(fields)
    if words:
        return "text", words
    return "media", describe_media(fields) or _EMPTY


def _find_reply(fields: dict[str, Any]) -> str | None:
    """The message answered, where it is of the same chat."""
    answered = fields.get("reply_to_message_id")
    return None if answered is None or "reply_to_peer_id" in fields else str(answered)

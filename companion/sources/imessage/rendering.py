"""Turns a row of `message` into what Messages shows for it; opens and queries nothing."""

from __future__ import annotations

import mimetypes
import re
from typing import NamedTuple

from companion.sources.apple_dates import to_instant
from companion.sources.imessage.conversations import Chat, Conversations
from companion.sources.imessage.edits import Edits, read_edits
from companion.sources.imessage.rows import AttachmentRow, MessageRow
from companion.sources.imessage.system_lines import GroupEvent, describe_event
from companion.sources.imessage.typedstream import extract_text
from companion.sources.interface import MessageFound, MessageKind

_SLOTS = re.compile("[\ufffc\ufffd]")
"""Where an attachment (U+FFFC) or an app's balloon (U+FFFD) stands in the text."""

_LINK_BALLOON = "com.apple.messages.URLBalloonProvider"
_MEDIA = {"image": "[photo]", "video": "[video]", "audio": "[audio]"}
_UNKNOWN_SENDER = "Unknown"


class UnreadableMessageError(Exception):
    """One row cannot be told; says why, without text of the message."""


class _Body(NamedTuple):
    text: str
    kind: MessageKind
    edited: bool = False


class Renderer:
    """Renders the messages of one reading."""

    def __init__(self, conversations: Conversations, me: str) -> None:
        self._conversations = conversations
        self._me = me

    def render(self, row: MessageRow, chat: Chat) -> MessageFound:
        """The message of a row in its chat; raises `UnreadableMessageError`."""
        sent_at = to_instant(row.date)
        if sent_at is None:
            raise UnreadableMessageError(f"message {row.rowid} has no date")
        body = self._render_event(row, chat) if row.item_type else render_body(row)
        return MessageFound(
            conversation_key=chat.key,
            id=row.guid,
            sender=self._me if row.is_from_me else self._name_sender(row, chat),
            is_me=bool(row.is_from_me),
            sent_at=sent_at,
            text=body.text,
            kind=body.kind,
            position=row.rowid,
            edited=body.edited,
            reply_to=row.thread_originator_guid or None,
            is_read=not row.is_unread or chat.is_filtered,
        )

    def _render_event(self, row: MessageRow, chat: Chat) -> _Body:
        actor = "You" if row.is_from_me else self._name_sender(row, chat)
        event = GroupEvent(
            item_type=row.item_type,
            action=row.group_action_type,
            actor=actor,
            other=self._conversations.name_handle(chat.key, row.other_handle) or "somebody",
            title=row.group_title,
            is_stopped=bool(row.share_status),
        )
        return _Body(describe_event(event), "system")

    def _name_sender(self, row: MessageRow, chat: Chat) -> str:
        """Rows without a handle exist; in a pair there is only one it can be."""
        if name := self._conversations.name_handle(chat.key, row.handle_id):
            return name
        found = self._conversations.describe(chat.key)
        return found.participants[0] if found.kind == "direct" else _UNKNOWN_SENDER


def has_content(row: MessageRow) -> bool:
    """Whether a row holds anything to show yet."""
    return bool(row.text or row.attributed_body or row.attachments or row.item_type)


def render_body(row: MessageRow) -> _Body:
    """Text and kind of an ordinary message; raises `UnreadableMessageError`."""
    edits = read_edits(row.message_summary_info)
    if _is_unsent(row, edits):
        return _Body("", "deleted")
    stored = _choose_text(row, edits)
    text = _SLOTS.sub("", stored)
    if text != stored:
        text = text.strip()
    shown = "\n".join(filter(None, [row.subject, text])) if row.subject else text
    shown = shown.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if shown:
        return _Body(shown, "text", row.date_edited > 0)
    return _Body(_describe_media(row, stored), "media", row.date_edited > 0)


def _is_unsent(row: MessageRow, edits: Edits) -> bool:
    """Whether all of a message was taken back; older versions only leave it empty."""
    if edits.is_unsent or edits.is_partly_unsent:
        return edits.is_unsent
    was_changed = row.date_edited > 0 or bool(edits.unsent)
    return row.date_retracted > 0 or (was_changed and not edits.text and not has_content(row))


def _choose_text(row: MessageRow, edits: Edits) -> str:
    """The current text, slots included: an edited row keeps it in its edits."""
    if edits.are_whole:
        return edits.text
    if row.text:
        return row.text
    body = row.attributed_body
    text = extract_text(body) if isinstance(body, bytes) else None
    return text or edits.text


def _describe_media(row: MessageRow, slots: str) -> str:
    """The placeholder for a message without text."""
    if row.is_audio_message:
        return "[audio]"
    if row.balloon_bundle_id:
        return "[link]" if row.balloon_bundle_id == _LINK_BALLOON else "[app message]"
    if row.attachments:
        return " ".join(map(_describe_attachment, row.attachments))
    if slots:
        return "[attachment]" if "\ufffc" in slots else "[app message]"
    if row.attributed_body:
        raise UnreadableMessageError(f"the body of message {row.rowid} cannot be read")
    return "[empty message]"


def _describe_attachment(attachment: AttachmentRow) -> str:
    if attachment.is_sticker:
        return "[sticker]"
    mime_type = attachment.mime_type or mimetypes.guess_type(attachment.transfer_name)[0] or ""
    return _MEDIA.get(mime_type.partition("/")[0], "[attachment]")

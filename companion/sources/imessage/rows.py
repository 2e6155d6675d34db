"""The rows of chat.db as the rest of the package sees them; no SQL.

Fields bear the names of the columns; "" and 0 stand for NULL and for absent columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file of a message."""

    mime_type: str
    transfer_name: str
    is_sticker: int


class MessageRow(NamedTuple):
    """A row of `message` with what is joined to it, in the order of the query."""

    rowid: int
    guid: str
    text: str
    message_summary_info: object
    subject: str
    handle_id: int
    other_handle: int
    date: object
    date_edited: int
    date_retracted: int
    is_from_me: int
    is_finished: int
    is_audio_message: int
    item_type: int
    group_action_type: int
    group_title: str
    share_status: int
    thread_originator_guid: str
    balloon_bundle_id: str
    attributed_body: object
    is_unread: int
    """By the store's own predicate; the chat has no part in it."""

    is_message: int
    """0 for tapbacks and the like."""

    chat_id: int | None
    """None: the row belongs to no chat."""

    deleted_from: int | None
    """The chat of whose Recently Deleted the row is part."""

    attachments: tuple[AttachmentRow, ...]


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A row of `chat`."""

    rowid: int
    guid: str
    style: int
    """43 for a group, 45 for a pair."""

    chat_identifier: str
    room_name: str
    display_name: str
    is_filtered: int
    """1: from unknown senders, 2: junk."""


@dataclass(frozen=True, slots=True)
class HandleRow:
    """An address of somebody."""

    rowid: int
    id: str
    person_centric_id: str
    """Shared by the addresses of one person; mostly ""."""

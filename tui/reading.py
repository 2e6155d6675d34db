"""What each screen reads from the archive; runs on worker threads and knows of no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from storage.errors import RecordMissing
from storage.reader import Reader
from storage.records import ConversationRow, MessageRow, SourceRow, SummaryRow, Totals

Place = Literal["around", "before", "after"]

PART_MESSAGES = 200
"""Messages read at once."""


@dataclass(frozen=True, slots=True)
class InboxContent:
    """What the inbox shows."""

    totals: Totals
    sources: Sequence[SourceRow]
    conversations: Sequence[ConversationRow]
    """In the archive's order."""

    kept: Sequence[ConversationRow]
    """Read by now, but to be left where they stand."""


@dataclass(frozen=True, slots=True)
class ConversationContent:
    """A conversation and its newest summary."""

    conversation: ConversationRow
    summary: SummaryRow | None


@dataclass(frozen=True, slots=True)
class MessagesContent:
    """A part of a conversation."""

    place: Place
    anchor: int | None
    """The message it lies around, before or after; None: the newest part."""

    messages: Sequence[MessageRow]
    """Oldest first."""

    is_anchor_gone: bool = False
    """The message asked for is no longer there; the newest ones are here instead."""


def read_inbox(reader: Reader, *, shows_all: bool, kept: frozenset[int]) -> InboxContent:
    """Conversations with unread messages, or all, and those of `kept` that are not among them."""
    conversations = reader.conversations(unread_only=not shows_all)
    missing = kept - {row.id for row in conversations}
    found = (find_conversation(reader, conversation_id) for conversation_id in missing)
    return InboxContent(
        reader.totals(),
        reader.sources(),
        conversations,
        [row for row in found if row is not None],
    )


def read_conversation(reader: Reader, conversation_id: int) -> ConversationContent | None:
    """None when the conversation is gone."""
    conversation = find_conversation(reader, conversation_id)
    if conversation is None:
        return None
    return ConversationContent(conversation, reader.find_summary(conversation_id))


def read_messages(
    reader: Reader, conversation_id: int, place: Place, anchor: int | None
) -> MessagesContent:
    """The part around, before or after a message.

    Around none: around the first unread message, or the newest ones when all are read.
    """
    if place == "before":
        messages = reader.messages(conversation_id, before=anchor, limit=PART_MESSAGES)
        return MessagesContent(place, anchor, messages)
    if place == "after":
        messages = reader.messages(conversation_id, after=anchor, limit=PART_MESSAGES)
        return MessagesContent(place, anchor, messages)
    if anchor is None:
        _, unread = reader.unread_messages(conversation_id)
        anchor = unread[0].id if unread else None
    try:
        messages = reader.messages(conversation_id, around=anchor, limit=PART_MESSAGES)
    except RecordMissing:
        newest = reader.messages(conversation_id, limit=PART_MESSAGES)
        return MessagesContent(place, None, newest, is_anchor_gone=True)
    return MessagesContent(place, anchor, messages)


def find_conversation(reader: Reader, conversation_id: int) -> ConversationRow | None:
    """One conversation; None where it is gone."""
    try:
        return reader.get_conversation(conversation_id)
    except RecordMissing:
        return None

"""Between archive and summariser: rows become a chat, a summary becomes a record; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from inference.interface import Chat, ChatMessage, Summary
from storage.entries import NewSummary, NewToDo
from storage.records import ConversationRow, GistState, HighlightRecord, MessageRow, SentenceRecord

DEFAULT_OWNER = {"ko": "나", "en": "Me"}
"""The owner's name in a summary where neither store nor config tells one."""


def make_chat(
    row: ConversationRow,
    context: Sequence[MessageRow],
    unread: Sequence[MessageRow],
    *,
    owner: str,
    language: str | None,
) -> Chat:
    """The chat that the summariser is to read: earlier messages as context, then the unread ones.

    `owner` is the name the owner goes by; the owner's own messages get it when the store
    left their sender empty.
    """
    shown = [(message, True) for message in context] + [(message, False) for message in unread]
    return Chat(
        title=row.title,
        me=owner,
        kind=row.kind,
        language=language,
        messages=tuple(
            ChatMessage(
                id=message.id,
                sender=owner if message.is_me and not message.sender else message.sender,
                text=message.text,
                sent_at=message.sent_at,
                is_me=message.is_me,
                kind=message.kind,
                reply_to=message.reply_to,
                is_context=is_context,
            )
            for message, is_context in shown
        ),
    )


def find_owner(names: Sequence[str], messages: Sequence[MessageRow], language: str) -> str:
    """The owner's name in a conversation: as the store writes it, else as told, else "나"/"Me"."""
    written = next((m.sender for m in reversed(messages) if m.is_me and m.sender), "")
    return written or next(iter(names), "") or DEFAULT_OWNER.get(language, "Me")


def make_record(
    summary: Summary,
    chat: Chat,
    *,
    conversation_id: int,
    input_hash: str,
    gist: GistState,
    made_at: datetime,
) -> NewSummary:
    """The summary as the archive keeps it; to-dos of the owner are marked as such."""
    unread = tuple(message.id for message in chat.messages if not message.is_context)
    return NewSummary(
        conversation_id=conversation_id,
        input_hash=input_hash,
        language=summary.language,
        origin=summary.origin,
        gist=gist,
        topic=summary.topic,
        highlights=tuple(
            HighlightRecord(item.message_id, item.sender, item.text, item.reasons)
            for item in summary.highlights
        ),
        sentences=tuple(
            SentenceRecord(item.text, item.evidence, is_quote=item.is_quote)
            for item in summary.sentences
        ),
        todos=tuple(
            NewToDo(item.who, item.what, item.when, item.who == chat.me, item.evidence)
            for item in summary.todos
        ),
        covered=summary.covered,
        skipped=summary.skipped,
        unread=len(unread),
        message_ids=unread,
        flags=summary.flags,
        model=summary.model,
        options=summary.options,
        elapsed_s=summary.elapsed_s,
        made_at=made_at,
    )

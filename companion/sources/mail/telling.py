"""Which conversation a mail is part of, and what is told of both; reads no files.

A list is one conversation, as a group is; so is everything that one machine or newsletter
sends. Between people the thread is: a person writes about several things at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

from companion.sources.interface import (
    ConversationFound,
    ConversationKind,
    MessageFound,
    SourceSettings,
)
from companion.sources.mail.headers import Address
from companion.sources.mail.parsing import Mail

_REMEMBERED = 4096
"""Of how many conversations is known that they were told; more would grow with the store."""

_SENT = "sent"
_EMPTY = "[empty mail]"


class Telling:
    """Tells the mails of one reading."""

    def __init__(self, settings: SourceSettings) -> None:
        self._names = frozenset(name.casefold() for name in settings.me)
        self._told: dict[str, ConversationFound] = {}

    def tell(
        self, mail: Mail, *, is_read: bool | None
    ) -> Iterator[ConversationFound | MessageFound]:
        """The conversation, where it is new to this reading or changed, and the message."""
        found = _describe(mail)
        if self._told.get(found.key) != found:
            self._told.pop(found.key, None)
            self._told[found.key] = found
            if len(self._told) > _REMEMBERED:
                del self._told[next(iter(self._told))]
            yield found
        body = mail.text if _is_thread(found.key) else f"{mail.subject}\n\n{mail.text}".strip()
        yield MessageFound(
            conversation_key=found.key,
            id=mail.id,
            sender=mail.sender.shown,
            is_me=self._is_owner(mail),
            sent_at=mail.sent_at,
            text="\n\n".join(filter(None, (body or mail.subject, mail.attachments))) or _EMPTY,
            kind="text" if body or mail.subject else "media",
            reply_to=mail.reply_to or None,
            is_read=is_read,
            is_approximate=mail.is_approximate,
        )

    def _is_owner(self, mail: Mail) -> bool:
        names = {mail.sender.name.casefold(), mail.sender.address} - {""}
        return _SENT in mail.labels or not self._names.isdisjoint(names)


def find_key(mail: Mail) -> str:
    """The key of a mail's conversation."""
    if mail.list_id:
        return f"list:{mail.list_id}"
    if mail.is_bulk and mail.sender.address:
        return f"from:{mail.sender.address}"
    return f"thread:gmail:{mail.thread_id}" if mail.thread_id else f"thread:{mail.root}"


def _is_thread(key: str) -> bool:
    return key.startswith("thread:")


def _describe(mail: Mail) -> ConversationFound:
    key = find_key(mail)
    if mail.list_id:
        return ConversationFound(key, mail.list_name or mail.list_id, "group")
    if not _is_thread(key):
        return ConversationFound(key, mail.sender.shown, "direct")
    people = {person.address or person.name: person for person in _list_people(mail)}
    kind: ConversationKind = "group" if len(people) > 2 else "direct"
    names = sorted({person.shown for person in people.values()})
    return ConversationFound(key, mail.thread_subject, kind, tuple(names))


def _list_people(mail: Mail) -> Iterator[Address]:
    yield from mail.recipients
    if mail.sender.shown:
        yield mail.sender

"""Slack exports as a source: tells conversations and messages in order; decodes no markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from companion.sources.bundles import Bundle, BundleSource, Fields, get_object, get_text
from companion.sources.interface import Change, MessageFound, Skipped
from companion.sources.namesakes import tell_apart
from companion.sources.slack.wording import find_bot, read_content
from companion.sources.slack.workspace import (
    LISTS,
    USERS,
    Conversation,
    Workspace,
    find_root,
    list_days,
    load_workspace,
    read_profile_name,
)

_STAMP = re.compile(r"(?P<seconds>\d{1,12})(?:\.(?P<micros>\d{6}))?", re.ASCII)
_SIGNS_OF_A_LIST = ("item.profile.", "item.creator", "item.members.item")


class SlackSource(BundleSource):
    """A workspace as its administrator exports it: a zip, or the folder unpacked from it."""

    kind: ClassVar[str] = "slack"
    label: ClassVar[str] = "Slack"
    export_again: ClassVar[str] = "export the workspace from Slack again and give the new zip"
    depth: ClassVar[int] = 2

    @classmethod
    def recognise(cls, bundle: Bundle) -> bool:
        root = find_root(bundle)
        if root is None or not list_days(bundle, root):
            return False
        lists = (root + name for name in (USERS, *LISTS) if root + name in bundle.names)
        return any(_is_list(bundle.read_facts(name)) for name in lists)

    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        root = find_root(bundle)
        if root is None:
            return
        workspace = load_workspace(bundle, root, self.settings.me)
        teller = _Teller(workspace, frozenset(self.settings.me))
        for conversation in workspace.conversations:
            yield conversation.found
            for day in conversation.days:
                for part in bundle.read_objects(day, "item"):
                    if isinstance(part, Skipped):
                        yield part
                    elif change := teller.tell(conversation, day, part):
                        yield change


def _is_list(facts: Iterable[str]) -> bool:
    """Whether a file lists Slack's users or conversations, by the places in it."""
    return "item.id" in facts and any(place.startswith(_SIGNS_OF_A_LIST) for place in facts)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Turns the messages of an export into changes; learns the names of its bots."""

    workspace: Workspace
    me: frozenset[str]
    bots: dict[str, str] = field(default_factory=dict)

    def tell(self, conversation: Conversation, day: str, fields: Fields) -> Change | None:
        """None for what Slack shows nowhere."""
        subtype = get_text(fields, "subtype")
        if subtype == "message_replied":  # counts the replies of a thread
            return None
        if bot := find_bot(fields):
            self.bots[bot[0]] = bot[1]
        if subtype == "message_changed":
            changed = get_object(fields, "message")
            return self._tell_message(conversation, day, changed, edited=True)
        if subtype == "message_deleted":
            gone = get_object(fields, "previous_message")
            return self._tell_message(
                conversation,
                day,
                {"ts": fields.get("deleted_ts"), **gone, "subtype": "tombstone", "text": ""},
            )
        return self._tell_message(conversation, day, fields)

    def _tell_message(
        self, conversation: Conversation, day: str, fields: Fields, *, edited: bool = False
    ) -> Change:
        stamp = get_text(fields, "ts")
        sent_at = _read_stamp(stamp)
        if sent_at is None:
            return Skipped(f"{day}: a message without a time")
        user, name = self._find_sender(fields)
        marks = (self.workspace.handles.get(user, ""), user)
        kind, text = read_content(fields, self.workspace.names)
        thread = get_text(fields, "thread_ts")
        return MessageFound(
            conversation_key=conversation.found.key,
            id=stamp,
            sender=tell_apart(conversation.bearers, user, name, *marks) if user else name,
            is_me=user in self.workspace.own_ids or name in self.me,
            sent_at=sent_at,
            text=text,
            kind=kind,
            edited=edited or "edited" in fields,
            reply_to=thread if thread not in ("", stamp) else None,
        )

    def _find_sender(self, fields: Fields) -> tuple[str, str]:
        """The user's id, "" for bots, and the name that Slack shows.

        A bot may give itself a name for one message; people of other workspaces bring a profile.
        """
        user = get_text(fields, "user") or get_text(get_object(fields, "comment"), "user")
        alias = get_text(fields, "username")
        if user and not (alias and get_text(fields, "subtype") == "bot_message"):
            profile = read_profile_name(get_object(fields, "user_profile"))
            return user, self.workspace.names.users.get(user) or profile or user
        bot = get_text(fields, "bot_id")
        name = alias or get_text(get_object(fields, "bot_profile"), "name")
        return "", name or self.bots.get(bot) or bot


def _read_stamp(stamp: str) -> datetime | None:
    match = _STAMP.fullmatch(stamp)
    if match is None:
        return None
    try:
        sent_at = datetime.fromtimestamp(int(match["seconds"]), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return sent_at.replace(microsecond=int(match["micros"] or 0))

"""Reads channels as DiscordChatExporter saves them in JSON; a single file or a folder of them.

Layout: https://github.com/Tyrrrz/DiscordChatExporter, JsonMessageWriter.cs (formats.md 1.10).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import filterfalse
from typing import ClassVar

from companion.sources.bundles import (
    Bundle,
    BundleSource,
    Fields,
    get_object,
    get_text,
    list_objects,
)
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    MessageFound,
    MessageKind,
    Skipped,
)
from companion.sources.namesakes import Bearers, tell_apart

_PROBED_FILES = 8
_MEDIA_FOLDER = "_Files"
_WRITTEN_TYPES = frozenset(
    ("Default", "Reply", "20", "ChatInputCommand", "21", "ThreadStarterMessage", "23",
     "ContextMenuCommand")
)  # fmt: skip
"""Every other type is a line of Discord's own. The exporter names the types it knows and writes
the number of the others (https://discord.com/developers/docs/resources/message)."""

_USER_MENTION = re.compile(r"<@!?(?P<id>\d+)>")
_CUSTOM_EMOJI = re.compile(r"<a?:(?P<name>\w+):\d+>")
_SNOWFLAKE_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_SNOWFLAKE_TIME_BIT = 22
_SMALLEST_SNOWFLAKE = 1 << 40
"""Some minutes after the epoch: smaller numbers are not Discord's."""

_EMPTY = "[message without text]"


class DiscordSource(BundleSource):
    """One channel in a file of its own, or a folder of such files, also of a split export.

    Threads and categories may have folders of their own in it.
    """

    kind: ClassVar[str] = "discord"
    label: ClassVar[str] = "Discord"
    export_again: ClassVar[str] = "export the channel again, as JSON"
    depth: ClassVar[int] = 2

    @classmethod
    def recognise(cls, bundle: Bundle) -> bool:
        """Every file must be a channel, or a folder of all sorts would be taken for Discord's."""
        names = list(filterfalse(_is_attachment, bundle.names))[:_PROBED_FILES]
        return bool(names) and all(_is_channel(bundle.read_facts(name)) for name in names)

    @classmethod
    def is_part(cls, name: str) -> bool:
        return super().is_part(name) and not _is_attachment(name)

    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        bearers = dict[str, dict[str, str]]()
        for name in filterfalse(_is_attachment, bundle.names):
            facts = bundle.read_facts(name)
            if not _is_channel(facts):
                yield Skipped(f"{name} is not a channel of Discord")
                continue
            found = _make_conversation(facts)
            yield found
            for part in bundle.read_objects(name, "messages.item"):
                if isinstance(part, Skipped):
                    yield part
                else:
                    there = bearers.setdefault(found.key, {})
                    yield self._tell(found.key, name, part, there)

    def _tell(self, key: str, name: str, fields: Fields, bearers: Bearers) -> Change:
        number = get_text(fields, "id")
        sent_at = _find_time(fields)
        if not number or sent_at is None:
            return Skipped(f"{name}: a message without an id or a time")
        author = get_object(fields, "author")
        user = get_text(author, "id")
        kind, text = _read_content(fields)
        return MessageFound(
            conversation_key=key,
            id=number,
            sender=tell_apart(bearers, user, _name(author), get_text(author, "name"), user),
            is_me=not _list_names(author).isdisjoint(self.settings.me),
            sent_at=sent_at,
            text=text,
            kind=kind,
            edited=bool(get_text(fields, "timestampEdited")),
            reply_to=_find_reply(fields, key),
        )


def _is_attachment(name: str) -> bool:
    """Whether somebody sent it: the exporter puts those into `NAME.json_Files` beside the file."""
    return posixpath.dirname(name).endswith(_MEDIA_FOLDER)


def _is_channel(facts: Mapping[str, object]) -> bool:
    return {"guild.id", "channel.id", "channel.type"} <= facts.keys()


def _make_conversation(facts: Mapping[str, object]) -> ConversationFound:
    """A server's channel is titled as Discord's window is, for every server has a #general."""
    channel_type, name = str(facts["channel.type"]), str(facts.get("channel.name") or "")
    is_direct = channel_type.startswith("Direct")
    title = name if is_direct else f"#{name} | {facts.get('guild.name') or ''}".rstrip(" |")
    kind: ConversationKind = "direct" if channel_type == "DirectTextChat" else "group"
    return ConversationFound(str(facts["channel.id"]), title, kind)


def _find_time(fields: Fields) -> datetime | None:
    """When it was sent: as written, with an offset, else as its id says."""
    try:
        written = datetime.fromisoformat(get_text(fields, "timestamp"))
        if written.tzinfo is not None:
            return written.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    number = get_text(fields, "id")
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        return None
    if int(number) < _SMALLEST_SNOWFLAKE:
        return None
    return _SNOWFLAKE_EPOCH + timedelta(milliseconds=int(number) >> _SNOWFLAKE_TIME_BIT)


def _name(author: Fields) -> str:
    return get_text(author, "nickname") or get_text(author, "name")


def _list_names(author: Fields) -> set[str]:
    """Every name the owner may have told for themselves."""
    name = get_text(author, "name")
    tag = f"{name}#{get_text(author, 'discriminator')}"
    return {get_text(author, "nickname"), name, tag, get_text(author, "id")} - {""}


def _find_reply(fields: Fields, key: str) -> str | None:
    """The message answered, where it is of the same channel."""
    reference = get_object(fields, "reference")
    is_elsewhere = get_text(reference, "channelId") not in ("", key)
    if get_text(fields, "type") != "Reply" or is_elsewhere:
        return None
    return get_text(reference, "messageId") or None


def _read_content(fields: Fields) -> tuple[MessageKind, str]:
    words = _show_markup(get_text(fields, "content"), fields)
    if get_text(fields, "type") not in _WRITTEN_TYPES:
        return "system", words or get_text(fields, "type")
    forwarded = get_object(fields, "forwardedMessage")
    words = (
        words
        or _show_markup(get_text(forwarded, "content"), fields)
        or "\n".join(filter(None, map(_read_embed, list_objects(fields.get("embeds")))))
    )
    if words:
        return "text", words
    return "media", _describe_media(fields) or _describe_media(forwarded) or _EMPTY


def _show_markup(text: str, fields: Fields) -> str:
    """Mentions and emoji as Discord shows them, where the exporter was told to leave them raw."""
    if "<" not in text:
        return text
    names = {get_text(user, "id"): _name(user) for user in list_objects(fields.get("mentions"))}
    text = _USER_MENTION.sub(lambda match: f"@{names.get(match['id']) or match['id']}", text)
    return _CUSTOM_EMOJI.sub(r":\g<name>:", text)


def _read_embed(embed: Fields) -> str:
    rows = (
        f"{get_text(field, 'name')}: {get_text(field, 'value')}".strip(": ")
        for field in list_objects(embed.get("fields"))
    )
    lines = (get_text(embed, "title"), get_text(embed, "description"), *rows)
    return "\n".join(filter(None, lines))


def _describe_media(fields: Fields) -> str:
    named = [
        *(
            f"[file {get_text(file, 'fileName')}]"
            for file in list_objects(fields.get("attachments"))
        ),
        *(
            f"[sticker {get_text(sticker, 'name')}]"
            for sticker in list_objects(fields.get("stickers"))
        ),
    ]
    return " ".join(named)

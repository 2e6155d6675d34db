"""The people and conversations of a Slack export, from the lists at its root; no messages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from companion.sources.bundles import Bundle, Fields, get_object, get_text
from companion.sources.interface import ConversationFound, ConversationKind
from companion.sources.namesakes import Bearers, tell_apart
from companion.sources.slack.wording import Names

USERS = "users.json"
_CHANNELS = ("channels.json", "groups.json")
_DIRECT = "dms.json"
LISTS = (*_CHANNELS, "mpims.json", _DIRECT)

_SLACKBOT = "USLACKBOT"
"""In every workspace, and in no list."""

_DAY = re.compile(r"(?P<folder>[^/]+)/\d{4}-\d\d-\d\d\.json")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation and the files of its days, in order."""

    found: ConversationFound
    days: tuple[str, ...]
    bearers: Bearers
    """Who bears each name in it."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the messages of an export refer to."""

    names: Names
    handles: Mapping[str, str]
    """By which users of one name are told apart, by id."""

    own_ids: frozenset[str]
    """Of the owner; empty where no name was told or none fits."""

    conversations: tuple[Conversation, ...]
    """Those that have messages."""


def find_root(bundle: Bundle) -> str | None:
    """The folder with the lists, "" or ending in a slash; None where there is none."""
    roots = (
        name.removesuffix(posixpath.basename(name))
        for name in bundle.names
        if posixpath.basename(name) in (USERS, *LISTS)
    )
    return min(roots, key=len, default=None)


def list_days(bundle: Bundle, root: str) -> dict[str, list[str]]:
    """The files of messages by the name of their folder, in order of their days."""
    days = dict[str, list[str]]()
    for name in bundle.names:
        if name.startswith(root) and (match := _DAY.fullmatch(name, len(root))):
            days.setdefault(match["folder"], []).append(name)
    return days


def load_workspace(bundle: Bundle, root: str, me: Collection[str]) -> Workspace:
    """Reads the lists; one that the export lacks is empty. `me`: names of the owner."""
    users, handles, own_ids = {_SLACKBOT: "Slackbot"}, dict[str, str](), set[str]()
    for fields in _read_list(bundle, root + USERS):
        names = _list_names(fields)
        users[get_text(fields, "id")] = names[0] if names else ""
        handles[get_text(fields, "id")] = get_text(fields, "name")
        if not set(me).isdisjoint(names):
            own_ids.add(get_text(fields, "id"))
    listed = [(name, fields) for name in LISTS for fields in _read_list(bundle, root + name)]
    days = list_days(bundle, root)
    conversations = list[Conversation]()
    for name, fields in listed:
        folder = get_text(fields, "id" if name == _DIRECT else "name")
        if folder in days:
            members = _name_members(fields, users, handles, bearers := dict[str, str]())
            found = _describe(name, fields, members, own_ids)
            conversations.append(Conversation(found, tuple(days.pop(folder)), bearers))
    for folder, names in days.items():
        found = ConversationFound(f"name:{folder}", folder, "group")
        conversations.append(Conversation(found, tuple(names), {}))
    channels = {get_text(f, "id"): get_text(f, "name") for name, f in listed if name in _CHANNELS}
    return Workspace(Names(users, channels), handles, frozenset(own_ids), tuple(conversations))


def read_profile_name(profile: Fields) -> str:
    """The name that Slack shows for a profile; "" where it has none."""
    return get_text(profile, "display_name") or get_text(profile, "real_name")


def _read_list(bundle: Bundle, name: str) -> Iterator[Fields]:
    """Its objects as far as it is whole: without a name a message keeps the id."""
    if name in bundle.names:
        yield from (part for part in bundle.read_objects(name, "item") if isinstance(part, dict))


def _list_names(user: Fields) -> list[str]:
    """Every name of a user, the one that is shown first."""
    profile = get_object(user, "profile")
    names = (
        *(get_text(profile, key) for key in ("display_name", "real_name")),
        *(get_text(user, key) for key in ("real_name", "name")),
        get_text(profile, "email"),
    )
    return list(filter(None, names))


def _name_members(
    fields: Fields, users: Mapping[str, str], handles: Mapping[str, str], bearers: Bearers
) -> dict[str, str]:
    """The name of each member of a conversation by id."""
    listed = fields.get("members")
    members = [m for m in listed if isinstance(m, str)] if isinstance(listed, list) else []
    return {
        member: tell_apart(
            bearers, member, users.get(member) or member, handles.get(member, ""), member
        )
        for member in members
    }


def _describe(
    name: str, fields: Fields, names: Mapping[str, str], own_ids: Collection[str]
) -> ConversationFound:
    """Direct messages, of two or more, have no title of their own: they are named after the
    others.
    """
    if name in _CHANNELS:
        title = f"#{get_text(fields, 'name')}"
    else:
        others = [names[member] for member in names if member not in own_ids]
        title = ", ".join(others or names.values())
    kind: ConversationKind = "direct" if name == _DIRECT else "group"
    return ConversationFound(get_text(fields, "id"), title, kind, tuple(names.values()))

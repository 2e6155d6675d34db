"""Who stands behind an address of WhatsApp (a JID), for its databases; reads none itself.

An address is `user@server`. One person has two: a phone number (`@s.whatsapp.net`) and a
hidden identity (`@lid`), which groups and, more and more, chats use; where a store pairs
them, both are the same person (formats.md 1.5).
"""

from __future__ import annotations

import re

from companion.sources.namesakes import Bearers, tell_apart
from companion.sources.whatsapp.senders import clean_name

_PHONE, _HIDDEN, _GROUP = "s.whatsapp.net", "lid", "g.us"
_OLD_PHONE = "c.us"

_NO_CONVERSATIONS = {"broadcast", "newsletter", "status", "status_me"}
"""Status updates, channels, and broadcast lists, whose messages stand in each chat as well."""

_DEVICE = re.compile(r"(?:\.\d+)?(?::\d+)?\Z")
_NUMBER = re.compile(r"\+?[\d\s().\-]+")


class People:
    """Numbers and names by address. Tell the pairs first, then names, the best source first."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def pair(self, hidden: str, number: str) -> None:
        """A hidden identity is the person of a phone number; both with or without server."""
        hidden, number = complete_jid(hidden, _HIDDEN), complete_jid(number.lstrip("+"), _PHONE)
        digits, _, server = number.partition("@")
        if hidden.endswith(f"@{_HIDDEN}") and server == _PHONE and digits.isdigit():
            self._numbers.setdefault(hidden, number)

    def add_name(self, jid: str, name: str) -> None:
        """A name for an address that has none yet; a bare number is not a name."""
        name = clean_name(name)
        if name and not _NUMBER.fullmatch(name):
            self._names.setdefault(self.identify(jid), name)

    def identify(self, jid: str) -> str:
        """The address a person is known by: that of the phone number where it is known."""
        jid = complete_jid(jid)
        return self._numbers.get(jid, jid)

    def name(self, jid: str) -> str:
        """The person's name, else the phone number, else the address itself; "" for ""."""
        return self.find_name(jid) or self.show_address(jid)

    def find_name(self, jid: str) -> str:
        """The person's name; "" where none was told."""
        return self._names.get(self.identify(jid), "")

    def show_address(self, jid: str) -> str:
        """The phone number as WhatsApp writes it, else the address itself; "" for ""."""
        jid = self.identify(jid)
        user, _, server = jid.partition("@")
        return f"+{user}" if server == _PHONE and user.isdigit() else jid

    def name_in(self, bearers: Bearers, jid: str) -> str:
        """The name in a group: with the address behind it where somebody else has that name."""
        return tell_apart(bearers, self.identify(jid), self.name(jid), self.show_address(jid))


def complete_jid(jid: str, server: str = _PHONE) -> str:
    """An address in its one form: without the device it was used on, `server` where none is."""
    user, at, told = jid.strip().partition("@")
    user = _DEVICE.sub("", user)
    return f"{user}@{_PHONE if told == _OLD_PHONE else told if at else server}" if user else ""


def is_conversation(jid: str) -> bool:
    """Whether an address is a person's or a group's, and not a status, channel or list."""
    return bool(jid) and jid.rpartition("@")[2] not in _NO_CONVERSATIONS


def is_group(jid: str) -> bool:
    """Whether an address is a group's."""
    return jid.endswith(f"@{_GROUP}")

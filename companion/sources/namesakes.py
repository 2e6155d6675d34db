"""Tells people of one name apart within a conversation; knows no messenger.

Who bears a name first keeps it bare, so that nobody's older messages get another sender when a
namesake comes later. Sources with lists of members introduce those first, in the store's order.
"""

from __future__ import annotations

from collections.abc import MutableMapping

Bearers = MutableMapping[str, str]
"""Of one conversation: who bears each name, as some id of the person."""


def tell_apart(bearers: Bearers, person: str, name: str, *marks: str) -> str:
    """The name to show for a person: with the first of `marks` behind it that sets it apart,
    where somebody else bears it already. Notes in `bearers` who bears what is given.

    `marks`: what the messenger itself shows of a person besides the name, such as a number; what
    is "" or the name itself is passed over. Where none sets them apart the name stays as it is.
    """
    if bearers.setdefault(name, person) == person or not name:
        return name
    for mark in marks:
        if mark and mark != name:
            marked = f"{name} ({mark})"
            if bearers.setdefault(marked, person) == person:
                return marked
    return name

"""The seal on the network: an audit hook that refuses every INET socket in this process.

It is a promise kept by code, not a sandbox: the service unit refuses the address families
once more (architecture.md, rule 9). `model pull` is the one command that lifts it.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from companion.errors import PrivacyRefusal

_REFUSED_EVENTS = frozenset(
    {
        "socket.__new__",
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
    }
)
_LOCAL_FAMILIES = frozenset({int(socket.AF_UNIX)})


class _Seal:
    """State of the hook; an audit hook can be added but never taken away, so it asks this."""

    installed = False
    lifted = False


def seal_network() -> None:
    """Refuse, from now on, every socket that is not local to the machine's file system.

    Raises nothing itself; later attempts raise `PrivacyRefusal` where they are made.
    Calling it again changes nothing.
    """
    if not _Seal.installed:
        _Seal.installed = True
        sys.addaudithook(_refuse_network)


def is_sealed() -> bool:
    """Whether the hook stands and is not lifted."""
    return _Seal.installed and not _Seal.lifted


@contextmanager
def lift_seal() -> Iterator[None]:
    """Allow the network inside the block, for a download the user asked for by name."""
    _Seal.lifted = True
    try:
        yield
    finally:
        _Seal.lifted = False


def _refuse_network(event: str, args: tuple[object, ...]) -> None:
    if event not in _REFUSED_EVENTS or _Seal.lifted:
        return
    family = _family_of(event, args)
    if family in _LOCAL_FAMILIES:
        return
    raise PrivacyRefusal(
        f"a network call was refused ({event})",
        next_step="nothing in Companion needs the network but `companion model pull`",
    )


def _family_of(event: str, args: tuple[object, ...]) -> int | None:
    """Address family of the socket at hand; None for look-ups of names, which have none."""
    if event == "socket.__new__":
        family = args[1]
        # -1 is "as the file descriptor says": the socket exists already and was judged then.
        return (
            int(socket.AF_UNIX)
            if family == -1
            else int(family)
            if isinstance(family, int)
            else None
        )
    first = args[0] if args else None
    return int(first.family) if isinstance(first, socket.socket) else None

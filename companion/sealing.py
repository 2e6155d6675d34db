"""The seal: an audit hook that refuses this process every INET socket and every program but a few.

It is a promise kept by code, not a sandbox: native code can open sockets that Python never sees,
and a socket of the file system may lead to a program that asks a network. The service unit
refuses the address families once more (architecture.md, rule 9). Every process of ours seals
itself first; `model pull` is the one command that lifts the seal, for itself and its downloaders.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

from companion.errors import PrivacyRefusal

PROGRAMS = {
    "security": "asks the keychain of macOS for a store's password",
    "secret-tool": "asks the Secret Service for a store's password",
    "kwallet-query": "asks KDE's wallet for a store's password",
    "ioreg": "tells which Mac this is, on which the key of KakaoTalk's store depends",
    "systemctl": "installs and asks after the service on Linux",
    "systemd-analyze": "checks the service's unit on Linux",
    "loginctl": "keeps the service running without a login on Linux",
    "launchctl": "installs and asks after the service on macOS",
    "osascript": "shows a notification on macOS",
    "notify-send": "shows a notification on Linux",
    "uname": "is how Python's `platform` learns the name of the processor",
}
"""What a sealed process may start, beside processes of ours, and why."""

_REFUSED_EVENTS = frozenset(
    {
        "socket.__new__",
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.getnameinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
    }
)
_STARTING_EVENTS = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn"})
_SHELL_EVENTS = frozenset({"os.system", "os.startfile", "pty.spawn", "webbrowser.open"})
"""A shell runs anything, a browser asks any host."""

_LOCAL_FAMILIES = frozenset({int(socket.AF_UNIX)})


class _Seal:
    """State of the hook; an audit hook can be added but never taken away, so it asks this."""

    installed = False
    lifted = False


def seal_network() -> None:
    """Refuse, from now on, every way out of this machine that Python's audit events tell of.

    Raises nothing itself; later attempts raise `PrivacyRefusal` where they are made.
    Calling it again changes nothing.
    """
    if not _Seal.installed:
        _Seal.installed = True
        sys.addaudithook(_refuse)


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


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if _Seal.lifted:
        return
    if event in _REFUSED_EVENTS and _find_family(event, args) not in _LOCAL_FAMILIES:
        raise PrivacyRefusal(
            f"a network call was refused ({event})",
            next_step="nothing in Companion needs the network but `companion model pull`",
        )
    if event in _SHELL_EVENTS or (event in _STARTING_EVENTS and not _may_start(event, args)):
        raise PrivacyRefusal(
            f"starting another program was refused ({event})",
            next_step="report it: Companion starts none but those docs/privacy.md tells of",
        )


def _find_family(event: str, args: tuple[object, ...]) -> int | None:
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


def _may_start(event: str, args: tuple[object, ...]) -> bool:
    """Whether the program is one of `PROGRAMS`, or this interpreter with a module of `companion`.

    Whatever of `companion` can be started so seals itself first; that is held by a test.
    """
    path, argv = (args[1], args[2]) if event == "os.spawn" else (args[0], args[1])
    if not isinstance(path, str | bytes | os.PathLike) or not isinstance(argv, Sequence):
        return False
    program = os.fsdecode(path)
    if program != sys.executable:
        return PurePath(program).name in PROGRAMS
    words = [os.fsdecode(word) for word in argv if isinstance(word, str | bytes | os.PathLike)]
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    return module.split(".")[0] == "companion"

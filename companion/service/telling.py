"""Tells systemd, over its socket, that the daemon is ready, alive, busy with this, or stopping.

The protocol is sd_notify(3): lines of NAME=value in one datagram. Thirty lines of our own, as the
one library for it that needs no C compiler was last released in 2017.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

_SOCKET = "NOTIFY_SOCKET"
_WATCHDOG_US = "WATCHDOG_USEC"
_WATCHDOG_PID = "WATCHDOG_PID"
_PATIENCE_S = 1.0


class ServiceManager:
    """Who started the daemon; every telling does nothing where nobody wants to be told."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._address = environ.get(_SOCKET, "")
        self._watchdog_s = _read_watchdog_s(environ)

    @property
    def sign_every_s(self) -> float | None:
        """How often `tell_alive` is expected, half of what is allowed; None: it is not."""
        return self._watchdog_s / 2 if self._watchdog_s and self._address else None

    def tell_ready(self) -> None:
        """The daemon does its work from now on."""
        self._tell("READY=1")

    def tell_alive(self) -> None:
        """Call it only when that is known: it is what keeps the manager from killing us."""
        self._tell("WATCHDOG=1")

    def tell_stopping(self) -> None:
        """The daemon ends by itself."""
        self._tell("STOPPING=1")

    def tell_status(self, text: str) -> None:
        """One line for people (`systemctl --user status`), without text of a message."""
        self._tell(f"STATUS={text}")

    def _tell(self, line: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of an address that is no file.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_PATIENCE_S)
            try:
                sender.connect(address)
                sender.sendall(line.encode())
            except OSError:
                # A manager that is being restarted or hangs is no reason to end.
                return


def _read_watchdog_s(environ: Mapping[str, str]) -> float | None:
    """As sd_watchdog_enabled(3) reads it: the variables may be meant for another process."""
    if environ.get(_WATCHDOG_PID, str(os.getpid())) != str(os.getpid()):
        return None
    word = environ.get(_WATCHDOG_US, "")
    return int(word) / 1e6 if word.isdigit() and int(word) > 0 else None

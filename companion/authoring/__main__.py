"""The process of its own in which the model runs: sealed like its parent, ended by it alone."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys

from companion.authoring.serving import serve
from companion.sealing import seal_network


def main() -> None:
    """Serve the pipes; a library that writes to stdout writes to stderr instead."""
    os.umask(0o077)
    seal_network()
    # Tells where a crash happened: names of functions, never what they worked on.
    faulthandler.enable()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Ctrl-C and a service manager reach the parent, too, and it knows what to do.
        signal.signal(number, signal.SIG_IGN)
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    code = serve(sys.stdin.buffer, sink)
    # Not through the interpreter's end: the listener waits in a read that nothing ends.
    os._exit(code)


if __name__ == "__main__":
    main()

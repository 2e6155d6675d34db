"""The process that converts a model: it seals itself, and leaves the work to `inference`."""

from __future__ import annotations

import sys

from companion.sealing import seal_network
from inference.conversion.__main__ import main as convert


def main() -> int:
    """Converts what the arguments say; returns the exit status."""
    seal_network()
    return convert()


if __name__ == "__main__":
    sys.exit(main())

"""Owns how child processes of ours begin and end; what they do is none of its business."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_GRACE_S = 10.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[1]


def write_command(module: str, *arguments: str) -> list[str]:
    """What runs a module of ours with this interpreter, to be used with `make_environment`."""
    # -P: a folder of the user's that happens to hold a numpy.py must not be imported from.
    return [sys.executable, "-P", "-m", module, *arguments]


def make_environment(**variables: str) -> dict[str, str]:
    """The environment of this process and `variables`; our packages are found first in it."""
    paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
    search_path = os.pathsep.join(path for path in paths if path)
    return {**os.environ, **variables, "PYTHONPATH": search_path}


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Asks the child to end, waits for it, and kills it when it does not within ten seconds."""
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

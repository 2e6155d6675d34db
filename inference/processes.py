"""Owns ending a child process for good; what children do is none of its business."""

from __future__ import annotations

import subprocess

_GRACE_S = 10.0


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Asks the child to end, waits for it, and kills it when it does not within ten seconds."""
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""Owns the converting process: one job in, JSON lines of progress and one verdict out.

On stdout, one JSON object a line: {"done", "total", "stage"} while it works ("total" is 0 where
steps cannot be counted), then {"ok": true} or {"error", "message", "next_step"}.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from inference.conversion.conversion import Job, convert
from inference.errors import InferenceError
from inference.selftest import DEFAULT_DIVERGENCE_LIMIT


def main(arguments: Sequence[str] | None = None) -> int:
    """Converts what the arguments say; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m inference.conversion")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source-sha256", default="")
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--divergence-limit", type=float, default=DEFAULT_DIVERGENCE_LIMIT)
    given = parser.parse_args(arguments)
    job = Job(
        given.source,
        given.folder,
        source_sha256=given.source_sha256,
        adapter=given.adapter,
        divergence_limit=given.divergence_limit,
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        _alone(job)
    except InferenceError as error:
        kind = type(error).__name__
        _say({"error": kind, "message": str(error), "next_step": error.next_step})
        return 1
    _say({"ok": True})
    return 0


def _alone(job: Job) -> None:
    """Holds the folder's lock while converting; what dead processes left is swept first."""
    lock = os.open(job.folder.with_name(f".{job.folder.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _report(0, 0, "waiting for another conversion")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in job.folder.parent.glob(f".{job.folder.name}.part-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        convert(job, _report)
    finally:
        os.close(lock)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # As an exception, so that what is half made is removed on the way out.
    raise SystemExit(128 + signal.SIGTERM)


def _report(done: int, total: int, stage: str) -> None:
    _say({"done": done, "total": total, "stage": stage})


def _say(line: dict[str, object]) -> None:
    # When nobody listens any more this raises BrokenPipeError, and the conversion ends.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Owns starting the converting process, following it, and turning its end into a result.

A process of its own: its memory is given back when it ends, its BLAS can be held to one thread
(two threads on a busy machine spin and take three times as long), and killing it leaves no
half-made model.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from inference import errors
from inference.errors import ConversionFailed, InferenceError
from inference.processes import end, make_environment, write_command

Progress = Callable[[int, int, str], None]
"""Called with (done, total, stage); total is 0 where the steps cannot be counted."""


def convert_in_process(
    source: Path,
    folder: Path,
    *,
    source_sha256: str,
    adapter: Path | None,
    divergence_limit: float,
    progress: Progress,
    module: str = "inference.conversion",
) -> None:
    """Makes `folder` a converted, self-tested model of the GGUF file `source`, or raises.

    `module` is run for it: this package, or one that does the same behind precautions of its own.

    Raises the InferenceError that the process met, or ConversionFailed when it died. Whatever
    ends this call early (Ctrl-C too) ends the process with it.
    """
    command = write_command(module, str(source), str(folder))
    command += ["--source-sha256", source_sha256, "--divergence-limit", str(divergence_limit)]
    if adapter is not None:
        command += ["--adapter", str(adapter)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=make_environment(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1"),
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                verdict = _follow(process, progress)
            except BaseException:
                end(process)
                raise
        if verdict is None:
            raise _died(source, process.returncode, complaints)
    if verdict.get("ok") is not True:
        raise _error(verdict)


def _follow(process: subprocess.Popen[str], progress: Progress) -> dict[str, object] | None:
    """Passes progress on; returns the process's verdict, None when it ended without one."""
    if process.stdout is None:
        return None
    for text in process.stdout:
        try:
            line = json.loads(text)
        except ValueError:
            continue  # a library that prints to stdout is no reason to stop
        if not isinstance(line, dict):
            continue
        if "stage" in line:
            progress(int(line["done"]), int(line["total"]), str(line["stage"]))
        else:
            return line
    return None


def _error(verdict: dict[str, object]) -> InferenceError:
    kind = getattr(errors, str(verdict.get("error")), None)
    if not (isinstance(kind, type) and issubclass(kind, InferenceError)):
        kind = ConversionFailed
    return kind(str(verdict.get("message")), next_step=str(verdict.get("next_step")))


def _died(source: Path, status: int, complaints: IO[str]) -> ConversionFailed:
    complaints.seek(0)
    lines = [line.strip() for line in complaints if line.strip()]
    if status < 0:
        reason = f"its process was ended by signal {-status}"
    else:
        reason = lines[-1] if lines else f"its process ended with status {status}"
    return ConversionFailed(
        f"converting {source.name} failed: {reason}",
        next_step="free some memory and try again",
    )

"""Runs a model's weights on another engine beside ours: the same job, by turns, a thread each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from companion.benching.apart import run_apart
from companion.errors import CompanionError, UsageError
from companion.memory import read_peak_bytes

if TYPE_CHECKING:
    from companion.modelling import Model

PEER = "llama.cpp"

PROMPT_TOKENS = 300
NEW_TOKENS = 64
_ROUNDS = 3
_FIRST_TOKEN = 1000
"""Text is of no account: any tokens take as long."""


class PeerFailed(CompanionError):
    """The model has no file that the other engine could read."""


@dataclass(frozen=True, slots=True)
class JobFigures:
    """What one engine takes to read `PROMPT_TOKENS` and write `NEW_TOKENS`."""

    prefill_s: float
    whole_s: float
    peak_bytes: int
    """Of the process, with Python and the weights."""


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """Both engines, the best of their rounds."""

    peer: str
    version: str
    file: str
    """Whose weights the peer computes with, as they are; ours are converted from it."""

    ours: JobFigures
    theirs: JobFigures

    @property
    def ratio(self) -> float:
        """Our time for the whole job by theirs."""
        return self.ours.whole_s / self.theirs.whole_s


def check_peer() -> None:
    """Raises UsageError when the other engine is not installed."""
    if find_spec("llama_cpp") is None:
        raise UsageError(
            "llama-cpp-python is not installed",
            next_step="run: pip install llama-cpp-python (it compiles for some minutes)",
        )


def race_peer(model: Model) -> PeerFigures:
    """Let both do the job by turns, each time in a fresh process.

    Raises PeerFailed for a model without its GGUF file.
    """
    file = model.store.file_of(model.entry)
    if not model.entry.file or not file.is_file():
        raise PeerFailed(
            f"the GGUF file of {model.name} is not here",
            next_step=f"run companion model pull {model.name}",
        )
    folder = model.prepare(lambda *_: None).path
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        ours.append(run_apart(_time_ours, folder))
        theirs.append(run_apart(_time_llama, file))
    return PeerFigures(
        peer=PEER,
        version=run_apart(_read_llama_version),
        file=file.name,
        ours=min(ours, key=lambda job: job.whole_s),
        theirs=min(theirs, key=lambda job: job.whole_s),
    )


def _time_ours(folder: Path) -> JobFigures:
    from inference.ctranslate import open_generator
    from inference.tokenizer import Tokenizer

    generator = open_generator(folder, threads=1)
    prompt = Tokenizer.load(folder).tokens(tuple(_list_tokens(_FIRST_TOKEN, PROMPT_TOKENS)))

    def write(count: int) -> None:
        generator.generate_batch(
            [prompt], max_length=count, min_length=count, include_prompt_in_result=False
        )

    return _time_job(lambda: write(1), lambda: write(NEW_TOKENS))


def _time_llama(file: Path) -> JobFigures:
    """Without choosing the tokens it goes on with, which it is spared."""
    model = import_module("llama_cpp").Llama(
        str(file),
        n_ctx=2 * (PROMPT_TOKENS + NEW_TOKENS),
        n_threads=1,
        n_threads_batch=1,
        verbose=False,
    )

    def read() -> None:
        model.reset()
        model.eval(_list_tokens(_FIRST_TOKEN, PROMPT_TOKENS))

    def write() -> None:
        read()
        # The first new token is what reading gave.
        for token in _list_tokens(2 * _FIRST_TOKEN, NEW_TOKENS - 1):
            model.eval([token])

    figures = _time_job(read, write)
    model.close()
    return figures


def _time_job(read: Callable[[], None], write: Callable[[], None]) -> JobFigures:
    read()  # and nothing is new to the machine any more
    prefill_s, whole_s = _time(read), _time(write)
    return JobFigures(prefill_s, whole_s, read_peak_bytes())


def _time(work: Callable[[], None]) -> float:
    began_s = time.monotonic()
    work()
    return time.monotonic() - began_s


def _list_tokens(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


def _read_llama_version() -> str:
    return str(import_module("llama_cpp").__version__)


def describe_peer(figures: PeerFigures) -> dict[str, object]:
    """The section `peer` of `companion bench --json`."""
    return {
        "engine": figures.peer,
        "version": figures.version,
        "file": figures.file,
        "prompt_tokens": PROMPT_TOKENS,
        "new_tokens": NEW_TOKENS,
        "ratio": round(figures.ratio, 3),
        **{
            name: {
                "prefill_seconds": round(job.prefill_s, 3),
                "whole_seconds": round(job.whole_s, 3),
                "peak_memory_bytes": job.peak_bytes,
            }
            for name, job in (("ours", figures.ours), ("theirs", figures.theirs))
        },
    }

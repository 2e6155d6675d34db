"""Measures what a model takes on the sample stores, and what this machine allows at most."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from companion.config import Config
from companion.demo.showing import Demonstration, Listener, read_evening
from companion.memory import read_peak_bytes, read_resident_bytes
from companion.modelling import NO_MODEL, Model
from companion.summarizing import Pass
from inference.interface import Decoding, Prompt
from inference.prompts import PromptWriter
from inference.summarizer import Summarizer, choose_language
from storage.archive import Archive
from storage.reader import Reader

if TYPE_CHECKING:
    from inference.interface import Chat, Engine

_NEW_TOKENS = 64
_PROBE_BYTES = 1 << 27
_PROBE_SIDE = 768
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What one model costs; tokens a second are of one prompt on one thread of work."""

    name: str
    size_bytes: int
    load_s: float
    resident_bytes: int
    """Of the whole process, with the model loaded and nothing running."""

    prompt_tokens: int
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    """0 where the model wrote nothing."""

    conversations: int
    """How many of the sample stores' conversations the model summarised."""

    conversation_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What this machine allows at most; others that share it lower every figure alike."""

    copied_bytes_per_s: float
    """Memory read and written by one thread."""

    float_ops_per_s: float
    """Multiplications and additions of float32 matrices, on as many threads as numpy takes."""

    def find_decode_limit(self, size_bytes: int) -> float:
        """Tokens a second: each reads all weights once. Copying reads half of what it moves."""
        return 2 * self.copied_bytes_per_s / size_bytes

    def find_prefill_limit(self, size_bytes: int) -> float:
        """Tokens a second with a weight a byte in float32; int8 instructions may go beyond."""
        return self.float_ops_per_s / (2 * size_bytes)


@dataclass(frozen=True, slots=True)
class Bench:
    """All figures of one run."""

    messages: int
    ingest_s: float
    unread_s: float
    """To list the unread conversations with their unread messages."""

    model: ModelFigures | None
    """None without a model."""

    limits: Limits
    peak_bytes: int
    """The most that this process has had in memory."""


@dataclass(slots=True)
class _Watch:
    """Stops the times of one demonstration."""

    began_s: float = field(default_factory=time.monotonic)
    messages: int = 0
    ingest_s: float = 0.0
    unread_s: float = 0.0

    def note_stores(self, reader: Reader) -> None:
        self.ingest_s = time.monotonic() - self.began_s
        self.messages = reader.totals().messages
        began_s = time.monotonic()
        for row in reader.conversations(unread_only=True):
            reader.unread_messages(row.id, context=0)
        self.unread_s = time.monotonic() - began_s


def run_bench(folder: Path, config: Config, model: Model) -> Bench:
    """Read the sample stores into a home below `folder`, then summarise them with the model.

    The model must be on this machine, or none be wanted; it is unloaded afterwards. Raises an
    `InferenceError` when it does not load.
    """
    watch = _Watch()
    without = Model(replace(config, model=NO_MODEL), folder)
    demonstration = Demonstration(folder, config, without)
    demonstration.run(Listener(watch.note_stores, lambda *_: None, lambda _: None))
    figures = None
    if model.is_usable:
        archive_file = demonstration.paths.archive_file
        with Archive.open(archive_file) as archive, Reader.open(archive_file) as reader:
            works = Pass(archive, reader, config, model, read_evening).find_work()
            figures = _measure_model(model, [work.chat for work in works])
    peak_bytes = read_peak_bytes()
    # Last, because it takes memory itself.
    limits = measure_limits()
    return Bench(watch.messages, watch.ingest_s, watch.unread_s, figures, limits, peak_bytes)


def _measure_model(model: Model, chats: list[Chat]) -> ModelFigures:
    began_s = time.monotonic()
    engine = model.load()
    load_s = time.monotonic() - began_s
    resident_bytes = read_resident_bytes()
    summarizer = Summarizer(engine)
    worthy = [chat for chat in chats if summarizer.needs_model(chat)]
    longest = max(worthy, key=lambda chat: len(chat.messages))
    prompt = PromptWriter(engine).write_prompt(longest, choose_language(longest))
    prefill_s = _time_generation(engine, prompt, 1)[1]
    n_new, whole_s = _time_generation(engine, prompt, _NEW_TOKENS)
    began_s = time.monotonic()
    n_done = sum(1 for _ in summarizer.summarize(worthy))
    conversation_s = (time.monotonic() - began_s) / n_done
    model.unload()
    folder = model.store.find(model.entry)
    size_bytes = folder.facts.model_size_bytes if folder else 0
    prompt_tokens = len(prompt.fixed) + len(prompt.rest)
    return ModelFigures(
        name=model.name,
        size_bytes=size_bytes,
        load_s=load_s,
        resident_bytes=resident_bytes,
        prompt_tokens=prompt_tokens,
        prefill_tokens_per_s=prompt_tokens / prefill_s,
        decode_tokens_per_s=max(n_new - 1, 0) / max(whole_s - prefill_s, 1e-9),
        conversations=n_done,
        conversation_s=conversation_s,
    )


def _time_generation(engine: Engine, prompt: Prompt, max_new_tokens: int) -> tuple[int, float]:
    """Tokens written after one prompt, and seconds; the best of `_TRIES`, as others may be busy."""
    tries = []
    for _ in range(_TRIES):
        began_s = time.monotonic()
        ((_, generation),) = engine.generate([prompt], [Decoding(max_new_tokens)])
        tries.append((time.monotonic() - began_s, generation.new_tokens))
    spent_s, n_new = min(tries)
    return n_new, spent_s


def measure_limits() -> Limits:
    """Copies memory on one thread and multiplies matrices on as many as numpy takes."""
    import numpy as np

    source = np.ones(_PROBE_BYTES, dtype=np.uint8)
    target = np.empty_like(source)
    square = np.ones((_PROBE_SIDE, _PROBE_SIDE), dtype=np.float32)
    copies, products = [], []
    for _ in range(_TRIES):
        began_s = time.monotonic()
        np.copyto(target, source)
        copies.append(time.monotonic() - began_s)
        began_s = time.monotonic()
        square @ square
        products.append(time.monotonic() - began_s)
    return Limits(_PROBE_BYTES / min(copies), 2 * _PROBE_SIDE**3 / min(products))


def describe_bench(bench: Bench) -> dict[str, object]:
    """The document of `companion bench --json`."""
    model, limits = bench.model, bench.limits
    return {
        "ingest": {
            "messages": bench.messages,
            "seconds": round(bench.ingest_s, 3),
            "messages_per_second": round(bench.messages / bench.ingest_s),
        },
        "unread_seconds": round(bench.unread_s, 4),
        "model": model.name if model else NO_MODEL,
        "load_seconds": round(model.load_s, 3) if model else None,
        "prefill": model
        and {
            "prompt_tokens": model.prompt_tokens,
            "tokens_per_second": round(model.prefill_tokens_per_s, 1),
            "limit": round(limits.find_prefill_limit(model.size_bytes), 1),
        },
        "decode": model
        and {
            "tokens_per_second": round(model.decode_tokens_per_s, 1),
            "limit": round(limits.find_decode_limit(model.size_bytes), 1),
        },
        "conversations": model.conversations if model else 0,
        "conversation_seconds": round(model.conversation_s, 2) if model else None,
        "resident_memory_bytes": model.resident_bytes if model else None,
        "peak_memory_bytes": bench.peak_bytes,
    }

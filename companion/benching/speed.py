"""Measures what a model takes on the sample stores, beside what this machine allows at most."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from companion.benching.apart import run_apart
from companion.benching.limits import Limits, describe_limits, measure_limits
from companion.config import Config
from companion.demo.showing import Demonstration, Listener, read_evening
from companion.memory import read_peak_bytes, read_resident_bytes
from companion.modelling import NO_MODEL, Model
from companion.summarizing import Pass
from companion.tuning import (
    Setting,
    Trial,
    count_cores,
    describe_trials,
    read_processor_name,
)
from inference.footprint import WeightSizes, measure_weights
from inference.interface import Decoding, Prompt
from inference.prompts import PromptWriter
from inference.summarizer import Summarizer, choose_language
from storage.archive import Archive
from storage.reader import Reader

if TYPE_CHECKING:
    from inference.interface import Chat, Engine

_NEW_TOKENS = 64
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What one model costs; tokens a second are of one prompt on one thread of work."""

    name: str
    weights: WeightSizes
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

    one_core_s: float
    """The same with one call at a time, on one core."""

    trials: tuple[Trial, ...]
    """What each setting of the engine took for the same work."""

    setting: Setting
    """The one that was used."""


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
            figures = _measure_model(model, config, [work.chat for work in works])
    peak_bytes = read_peak_bytes()
    # Last, because it takes memory itself.
    limits = run_apart(measure_limits)
    return Bench(watch.messages, watch.ingest_s, watch.unread_s, figures, limits, peak_bytes)


def _measure_model(model: Model, config: Config, chats: list[Chat]) -> ModelFigures:
    trials = model.tune(is_renewed=True)
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
    conversation_s = _time_summaries(summarizer, worthy)
    model.unload()
    single = Model(replace(config, model=model.name, threads=1), model.cache)
    one_core_s = _time_summaries(Summarizer(single.load()), worthy)
    single.unload()
    prompt_tokens = len(prompt.fixed) + len(prompt.rest)
    return ModelFigures(
        name=model.name,
        weights=measure_weights(model.prepare(lambda *_: None).model_file),
        load_s=load_s,
        resident_bytes=resident_bytes,
        prompt_tokens=prompt_tokens,
        prefill_tokens_per_s=prompt_tokens / prefill_s,
        decode_tokens_per_s=max(n_new - 1, 0) / max(whole_s - prefill_s, 1e-9),
        conversations=len(worthy),
        conversation_s=conversation_s,
        one_core_s=one_core_s,
        trials=tuple(trials),
        setting=model.choose_setting(),
    )


def _time_summaries(summarizer: Summarizer, chats: list[Chat]) -> float:
    """Seconds a conversation."""
    began_s = time.monotonic()
    for _ in summarizer.summarize(chats):
        pass
    return (time.monotonic() - began_s) / len(chats)


def _time_generation(engine: Engine, prompt: Prompt, max_new_tokens: int) -> tuple[int, float]:
    """Tokens written after one prompt, and seconds; the best of `_TRIES`, as others may be busy."""
    tries = []
    for _ in range(_TRIES):
        began_s = time.monotonic()
        ((_, generation),) = engine.generate([prompt], [Decoding(max_new_tokens)])
        tries.append((time.monotonic() - began_s, generation.new_tokens))
    spent_s, n_new = min(tries)
    return n_new, spent_s


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
            **_set_beside(model.prefill_tokens_per_s, limits.find_prefill_limit(model.weights)),
        },
        "decode": model
        and _set_beside(model.decode_tokens_per_s, limits.find_decode_limit(model.weights)),
        "conversations": model.conversations if model else 0,
        "conversation_seconds": round(model.conversation_s, 2) if model else None,
        "engine": model and _describe_engine(model),
        "resident_memory_bytes": model.resident_bytes if model else None,
        "peak_memory_bytes": bench.peak_bytes,
        "limits": describe_limits(limits),
        "machine": {"processor": read_processor_name(), "cores": count_cores()},
    }


def _set_beside(tokens_per_s: float, limit: float) -> dict[str, object]:
    return {
        "tokens_per_second": round(tokens_per_s, 1),
        "limit": round(limit, 1),
        "ratio": round(tokens_per_s / limit, 3),
    }


def _describe_engine(model: ModelFigures) -> dict[str, object]:
    return {
        **asdict(model.setting),
        "trials": describe_trials(model.trials),
        "one_core_conversation_seconds": round(model.one_core_s, 2),
        "gain": round(model.one_core_s / model.conversation_s, 2),
    }

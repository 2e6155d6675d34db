"""The child's side: loads the model once, then answers chats with summaries until the pipe ends.

What is told: {"ready"} once the model is loaded, {"index", "summary"} for every chat;
{"error", "next_step"} or {"broken"} before it ends because it must.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from companion.authoring.encoding import decode_chat, encode_summary
from companion.authoring.frames import read_frame, write_frame
from companion.config import Config
from companion.errors import tell_place
from companion.modelling import Model
from inference.errors import InferenceError
from inference.summarizer import Summarizer

EXIT_BROKEN = 1
EXIT_NO_MODEL = 2


@dataclass(frozen=True, slots=True)
class Order:
    """The first frame: which model to load, and how."""

    model: str
    cache: str
    threads: int
    memory_limit_mb: int
    mask_secrets: bool


def open_summarizer(order: Order) -> Summarizer:
    """Raises an `InferenceError` when the model cannot be loaded."""
    config = Config(model=order.model, threads=order.threads, memory_limit_mb=order.memory_limit_mb)
    engine = Model(config, Path(order.cache)).load()
    return Summarizer(engine, masks_secrets=order.mask_secrets)


def serve(
    source: IO[bytes],
    sink: IO[bytes],
    open_summarizer: Callable[[Order], Summarizer] = open_summarizer,
) -> int:
    """Answer frames until one cannot be; gives the exit status.

    The end of `source` ends the process at once, in the middle of a call of the engine too:
    whoever was to read the answer is gone.
    """
    frames: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(source, frames.put), daemon=True)
    listener.start()
    try:
        summarizer = open_summarizer(Order(**frames.get()))
        write_frame(sink, {"ready": True})
        while True:
            chats = [decode_chat(table) for table in frames.get()["chats"]]
            for index, summary in summarizer.summarize(chats):
                write_frame(sink, {"index": index, "summary": encode_summary(summary)})
    except InferenceError as error:
        write_frame(sink, {"error": str(error), "next_step": error.next_step})
        return EXIT_NO_MODEL
    except BrokenPipeError:
        return EXIT_BROKEN
    except Exception as error:  # noqa: BLE001 (the process's outermost frame)
        write_frame(sink, {"broken": tell_place(error)})
        return EXIT_BROKEN


def _listen(source: IO[bytes], put: Callable[[dict[str, Any]], None]) -> None:
    try:
        while (frame := read_frame(source.read)) is not None:
            put(frame)
    finally:
        os._exit(0)

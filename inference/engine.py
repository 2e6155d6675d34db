"""Owns running a converted model: batches, worker threads, caches, memory; it writes no prompt."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from inference.batching import LIMIT_ROWS, LIMIT_TOKENS, batch_prompts, count_tokens
from inference.ctranslate import Generator, open_generator
from inference.errors import InferenceError, UnsupportedModel
from inference.footprint import LIMIT_BYTES, count_fitting_tokens
from inference.interface import Decoding, Generation, Prompt
from inference.modelfolder import ModelFolder
from inference.prompts import MARKED_PROMPT_VERSION, PASSAGE_PROMPT_VERSION, PROMPT_VERSION
from inference.tokenizer import Tokenizer

LIMIT_WORKERS = 4
MAX_FIXED_PARTS = 4
"""The engine's cache of fixed parts knows no limit and no way to drop one but unloading."""

_KNOWN_PROMPTS = {"", PROMPT_VERSION, MARKED_PROMPT_VERSION, PASSAGE_PROMPT_VERSION}

_TRIM_S = 0.15
"""A call that writes leaves holes in its memory at every step. Given back so often, two calls of a
0.5B side by side take 1.18 GB at most and not 1.29, for a twentieth of their time."""

_UNLOAD_PAUSE_S = 0.05
_UNLOAD_TRIES = 200


class LocalEngine:
    """A model on this machine's processor, loaded. Used by one thread at a time.

    After `close`, another `generate` loads the model again.
    """

    def __init__(
        self,
        folder: ModelFolder,
        name: str,
        *,
        workers: int = 1,
        threads: int = 1,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        """`name` is the catalogue's; `workers` calls run side by side, each on `threads` cores.

        As many of them, that is, as the process holds in `limit_bytes`, and one at least. More
        workers than `LIMIT_WORKERS` become threads of those: each worker has caches of its own.
        Raises UnsupportedModel when the model's adapter was taught another prompt than
        this version writes, BrokenModelFile when the files do not load.
        """
        facts = folder.facts
        if facts.adapter_prompt not in _KNOWN_PROMPTS:
            raise UnsupportedModel(
                f"the adapter of {name} was taught the prompt {facts.adapter_prompt},"
                " which this version does not write",
                next_step=f"Run: companion model pull {name}",
            )
        self._folder = folder
        self._name = name
        self._workers = min(workers, LIMIT_WORKERS)
        self._threads = max(threads, workers * threads // self._workers)
        self._limit_running_tokens = count_fitting_tokens(folder.model_file, limit_bytes)
        self._tokenizer = Tokenizer.load(folder.path)
        self._generator: Generator | None = None
        self._fixed_parts: set[tuple[int, ...]] = set()
        self._open([])

    @property
    def name(self) -> str:
        return self._name

    @property
    def prompt_style(self) -> str:
        return "tuned" if self._folder.facts.adapter_prompt else "instruct"

    @property
    def marks_context(self) -> bool:
        return self._folder.facts.adapter_prompt == MARKED_PROMPT_VERSION

    @property
    def takes_passages(self) -> bool:
        return self._folder.facts.adapter_prompt == PASSAGE_PROMPT_VERSION

    @property
    def limit_tokens(self) -> int:
        return self._folder.facts.prompt_limit_tokens

    @property
    def chat_template(self) -> str:
        return self._folder.facts.chat_template

    @property
    def special_tokens(self) -> Mapping[str, str]:
        facts = self._folder.facts
        return {"bos_token": facts.bos_token, "eos_token": facts.eos_token}

    def encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text)

    def encode_plain(self, text: str) -> list[int]:
        return self._tokenizer.encode_plain(text)

    def generate(
        self, prompts: Sequence[Prompt], decodings: Sequence[Decoding]
    ) -> Iterator[tuple[int, Generation]]:
        """Continue every prompt: yields (index, generation) as batches end, each index once.

        Raises InferenceError for a prompt over `limit_tokens` before anything runs, and after
        all else was yielded for batches that failed. Stopping early waits for the running calls.
        """
        self._guard_lengths(prompts)
        batches = batch_prompts(
            prompts,
            decodings,
            limit_tokens=LIMIT_TOKENS // self._workers,
            limit_rows=LIMIT_ROWS,
        )
        if self._workers > 1:
            # The longest first: none is to be left for the end, when others have nothing to do.
            batches.sort(key=lambda batch: _judge_length(prompts[batch[0]], decodings[batch[0]]))
        self._open([prompt.fixed for prompt in prompts])
        failed: list[RuntimeError] = []
        for batch, future in self._run_batches(prompts, batches, decodings):
            try:
                generations = future.result()
            except RuntimeError as error:
                failed.append(error)
                continue
            yield from zip(batch, generations, strict=True)
        if failed:
            raise InferenceError(
                f"the model {self.name} failed in {len(failed)} of {len(batches)} calls",
                next_step="Run: companion model verify",
            ) from failed[0]

    def close(self) -> None:
        """Free the model's memory, also what the allocator kept; calling twice is fine."""
        generator, self._generator = self._generator, None
        self._fixed_parts.clear()
        if generator is None:
            return
        # unload_model does nothing, silently, just after a call has returned.
        for _ in range(_UNLOAD_TRIES):
            if not generator.model_is_loaded:
                break
            generator.unload_model()
            time.sleep(_UNLOAD_PAUSE_S)
        del generator
        _return_freed_memory()

    def _guard_lengths(self, prompts: Sequence[Prompt]) -> None:
        longest = max((len(p.fixed) + len(p.rest) for p in prompts), default=0)
        if longest > self.limit_tokens:
            raise InferenceError(
                f"a prompt of {longest} tokens is too long for {self.name}"
                f" (at most {self.limit_tokens})",
                next_step="report this: prompts are to be cut before they reach the engine",
            )

    def _open(self, fixed_parts: Sequence[tuple[int, ...]]) -> Generator:
        wanted = self._fixed_parts | {fixed for fixed in fixed_parts if fixed}
        if len(wanted) > MAX_FIXED_PARTS:
            self.close()
            wanted = {fixed for fixed in fixed_parts if fixed}
        self._fixed_parts = wanted
        if self._generator is None:
            self._generator = open_generator(
                self._folder.path, threads=self._threads, workers=self._workers
            )
        return self._generator

    def _run_batches(
        self,
        prompts: Sequence[Prompt],
        batches: Sequence[Sequence[int]],
        decodings: Sequence[Decoding],
    ) -> Iterator[tuple[Sequence[int], Future[list[Generation]]]]:
        """Yields each batch with its finished call; side by side run only as many as may."""
        generator = self._open([])
        waiting = list(batches)
        running: dict[Future[list[Generation]], Sequence[int]] = {}

        def count(*batches: Sequence[int]) -> int:
            return sum(count_tokens(prompts[i], decodings[i]) for batch in batches for i in batch)

        def find_next() -> Sequence[int] | None:
            """The first that fits beside what runs."""
            if len(running) == self._workers:
                return None
            free_tokens = self._limit_running_tokens - count(*running.values())
            fitting = (batch for batch in waiting if not running or count(batch) <= free_tokens)
            return next(fitting, None)

        with ThreadPoolExecutor(self._workers, thread_name_prefix="generate") as pool:
            while waiting or running:
                while batch := find_next():
                    waiting.remove(batch)
                    rows = [prompts[index] for index in batch]
                    call = pool.submit(self._run_batch, generator, rows, decodings[batch[0]])
                    running[call] = batch
                pause_s = _TRIM_S if len(running) > 1 else None
                done, _ = wait(running, pause_s, return_when=FIRST_COMPLETED)
                # What a call leaves lies in pieces: the next one would be put beside it.
                _return_freed_memory()
                for future in done:
                    yield running.pop(future), future

    def _run_batch(
        self, generator: Generator, prompts: Sequence[Prompt], decoding: Decoding
    ) -> list[Generation]:
        fixed = self._tokenizer.tokens(prompts[0].fixed)
        results = generator.generate_batch(
            [self._tokenizer.tokens(prompt.rest) for prompt in prompts],
            static_prompt=fixed or None,
            cache_static_prompt=bool(fixed),
            # True would walk through the prompt token by token.
            include_prompt_in_result=False,
            max_length=decoding.max_new_tokens,
            beam_size=decoding.beam_size,
            num_hypotheses=decoding.num_hypotheses,
            no_repeat_ngram_size=decoding.no_repeat_ngram_size,
            sampling_topk=decoding.sampling_topk,
            sampling_temperature=decoding.temperature,
            end_token=[*self._folder.facts.stop_tokens, *decoding.stop],
            return_scores=True,
        )
        return [
            Generation(
                texts=tuple(self._tokenizer.decode(ids) for ids in result.sequences_ids),
                scores=tuple(result.scores),
                new_tokens=max(len(ids) for ids in result.sequences_ids),
            )
            for result in results
        ]


def _judge_length(prompt: Prompt, decoding: Decoding) -> tuple[int, int]:
    """Lower for what takes longer: more may be written, or more is read."""
    return -decoding.max_new_tokens, -len(prompt.fixed) - len(prompt.rest)


def _return_freed_memory() -> None:
    """Ask glibc for the pages it keeps; other allocators return them on their own."""
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return

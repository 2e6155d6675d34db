"""Owns running prompts in attempts until their texts pass; it neither plans nor sums up."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from inference.batching import USUAL_NEW_TOKENS, fit_beams
from inference.checks import Verdict
from inference.errors import InferenceError
from inference.interface import Chat, Decoding, Engine, Generation, Prompt
from inference.ranking import FLAG_UNSURE

log = logging.getLogger(__name__)

NO_REPEAT_TOKENS = 20
"""A text that writes a run of so many tokens again will go on doing so. One gold text in 200 has
such a run twice, in its sentences and in its to-dos; runs of 16 stand twice in one of 70."""

_PLAIN = Decoding(USUAL_NEW_TOKENS, no_repeat_ngram_size=NO_REPEAT_TOKENS)
_DRAWN = replace(_PLAIN, num_hypotheses=4, sampling_topk=40, temperature=0.7)

ATTEMPTS = (_PLAIN, _DRAWN)
"""Tried in turn: what fails the checks with one is written again with the next.

Of whole chats, drawn texts differ where beams differ in a comma: what fails greedily fails in all
beams alike.
"""

PASSAGE_ATTEMPTS = (replace(_PLAIN, beam_size=4, num_hypotheses=4), _DRAWN)
"""The same for passages, which are short: there, beams tell more of what they were given."""

FLAG_FAILED = "model-failed"

Judge = Callable[[Generation], Verdict]


@dataclass(slots=True, kw_only=True)
class Part:
    """One text that is wanted of a chat, on its way from prompt to verdict."""

    prompt: Prompt
    judge: Judge
    limit_new_tokens: int

    verdict: Verdict | None = None
    """That of the newest attempt; None before the first generation."""

    decoding: Decoding | None = None
    """That of the newest attempt."""

    is_failed: bool = False
    """True when the engine could not run this prompt."""

    @property
    def passing(self) -> Verdict | None:
        """The verdict that can be shown; None where there is none."""
        return self.verdict if self.verdict and self.verdict.passes else None

    @property
    def is_open(self) -> bool:
        """Whether another attempt could help."""
        if self.is_failed:
            return False
        verdict = self.verdict
        return verdict is None or not (verdict.passes or verdict.flags == (FLAG_UNSURE,))


@dataclass(slots=True, kw_only=True)
class Job(ABC):
    """One chat on its way to a summary."""

    index: int
    chat: Chat
    language: str

    @property
    @abstractmethod
    def wanted(self) -> Sequence[Part]:
        """Every text that is wanted of it; () where nothing can be told."""

    @property
    def is_open(self) -> bool:
        return any(part.is_open for part in self.wanted)

    def list_flags(self) -> list[str]:
        """What befell its parts, each flag once."""
        flags = [flag for part in self.wanted if part.verdict for flag in part.verdict.flags]
        flags += [FLAG_FAILED] if any(part.is_failed for part in self.wanted) else []
        return list(dict.fromkeys(flags))


AnyJob = TypeVar("AnyJob", bound=Job)


class Drafter:
    """Runs the parts of jobs with one engine."""

    def __init__(self, engine: Engine, attempts: Sequence[Decoding]) -> None:
        """`attempts` are tried in turn: see `ATTEMPTS`."""
        self._engine = engine
        self._attempts = attempts

    def run_jobs(self, jobs: Sequence[AnyJob]) -> Iterator[tuple[AnyJob, float]]:
        """Yields each job once, with the seconds since the one before, when nothing more helps."""
        began = time.monotonic()
        for job in jobs:
            if not job.wanted:
                yield job, 0.0
        jobs = [job for job in jobs if job.wanted]
        for decoding in self._attempts:
            is_last = decoding is self._attempts[-1]
            for job in self._run_attempt(jobs, decoding):
                if is_last or not job.is_open:
                    yield job, time.monotonic() - began
                    began = time.monotonic()
            jobs = [job for job in jobs if job.is_open]

    def _run_attempt(self, jobs: Sequence[AnyJob], decoding: Decoding) -> Iterator[AnyJob]:
        """Yields each job when the last of its open parts has been tried."""
        tried = [(job, part) for job in jobs for part in job.wanted if part.is_open]
        waiting = Counter(job.index for job, _ in tried)
        decodings = []
        for _, part in tried:
            limited = replace(decoding, max_new_tokens=part.limit_new_tokens)
            part.decoding = fit_beams(limited, part.prompt)
            decodings.append(part.decoding)
        for place, generation in self._generate([part.prompt for _, part in tried], decodings):
            job, part = tried[place]
            if generation is None:
                part.is_failed = True
            else:
                part.verdict = part.judge(generation)
            waiting[job.index] -= 1
            if not waiting[job.index]:
                yield job

    def _generate(
        self, prompts: Sequence[Prompt], decodings: Sequence[Decoding]
    ) -> Iterator[tuple[int, Generation | None]]:
        """As the engine's, but what was lost to an error is tried alone; None for what fails."""
        missing = dict(enumerate(prompts))
        try:
            for place, generation in self._engine.generate(prompts, decodings):
                del missing[place]
                yield place, generation
        except InferenceError as error:
            log.warning("%d prompts are tried one by one: %s", len(missing), type(error).__name__)
        for place, prompt in missing.items():
            try:
                _, generation = next(iter(self._engine.generate([prompt], [decodings[place]])))
            except InferenceError as error:
                log.warning("a prompt failed: %s", type(error).__name__)
                yield place, None
            else:
                yield place, generation

"""Owns writing gists of many chats at once; what a gist is made of, its subclasses own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Generic

from inference.calibration import find_calibration
from inference.drafting import AnyJob, Drafter
from inference.interface import Chat, Decoding, Engine, Summary
from inference.prompts import PromptWriter


class GistWriter(ABC, Generic[AnyJob]):
    """Writes gists with one engine."""

    attempts: ClassVar[Sequence[Decoding]]

    def __init__(self, engine: Engine) -> None:
        """Raises UnsupportedModel for an engine for which no prompt can be written."""
        self._engine = engine
        self._prompts = PromptWriter(engine)
        self._calibration = find_calibration(engine.name)
        self._drafter = Drafter(engine, self.attempts)

    def write_gists(
        self, chats: Sequence[Chat], languages: Sequence[str]
    ) -> Iterator[tuple[int, Summary]]:
        """Yields (index, summary) as they are ready, each index once.

        Chats of which no text passes the checks, or on which the engine fails, come as
        extractive summaries whose flags say why.
        """
        jobs = [
            self.plan_job(index, chat, language)
            for index, (chat, language) in enumerate(zip(chats, languages, strict=True))
        ]
        for job, elapsed_s in self._drafter.run_jobs(jobs):
            yield job.index, self.finish_job(job, elapsed_s=elapsed_s)

    @abstractmethod
    def plan_job(self, index: int, chat: Chat, language: str) -> AnyJob:
        """The texts that are wanted of a chat, each with its prompt."""

    @abstractmethod
    def finish_job(self, job: AnyJob, *, elapsed_s: float) -> Summary:
        """What became of them, as a summary; the chat's own words where too little of it passed."""

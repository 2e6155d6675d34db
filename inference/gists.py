"""Owns writing gists: windows, prompts, candidates, checks, evidence; chats worth it come in."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from inference.batching import fit_beams
from inference.checks import SourceText, Verdict, check_draft
from inference.errors import InferenceError
from inference.extractive import count_unread, summarize_by_quoting
from inference.highlights import choose_highlights
from inference.interface import Chat, Decoding, Engine, Generation, Prompt, Sentence, Summary
from inference.merging import PartSummary, merge_parts
from inference.parsing import parse_draft
from inference.prompts import PROMPT_VERSION, PromptWriter, is_clipped, is_shown
from inference.todos import find_todos
from inference.windows import cut_windows

log = logging.getLogger(__name__)

MAX_NEW_TOKENS = 260
ATTEMPTS = (
    Decoding(max_new_tokens=MAX_NEW_TOKENS),
    Decoding(max_new_tokens=MAX_NEW_TOKENS, beam_size=4, num_hypotheses=4),
)
"""Tried in turn: what fails the checks with one is written again with the next.

Measured on 24 held-out chats with an adapter: beams cost twice the time and gain nothing in
ROUGE, but mend most of what fails greedily.
"""

LIMIT_WINDOWS = 8
"""The newest so many are read: 8 windows are about 400 messages and a minute or two."""

LIMIT_CONTEXT_MESSAGES = 4

FLAG_CUT = "cut"
FLAG_UNSURE = "unsure"

LIMIT_CONFIDENCE = {"ko": -0.42, "en": -0.45}
"""Mean log-probability of a token below which a text is not shown: the model itself doubts it.
Of what the tuned 0.5B writes about held-out conversations, the more likely half."""

FLAG_FAILED = "model-failed"


@dataclass(slots=True)
class _Part:
    """One window of a chat on its way to a summary."""

    source: SourceText
    prompt: Prompt
    n_unread: int
    """How many unread messages with anything to read are in it."""

    verdict: Verdict | None = None
    """That of the newest attempt; None before the first generation."""

    decoding: Decoding | None = None
    """That of the newest attempt."""

    is_failed: bool = False
    """True when the engine could not run this prompt."""

    @property
    def is_open(self) -> bool:
        """Whether another attempt could help."""
        if self.is_failed:
            return False
        verdict = self.verdict
        return verdict is None or not (verdict.passes or verdict.flags == (FLAG_UNSURE,))


@dataclass(slots=True)
class _Job:
    """One chat on its way to a summary: its parts, oldest first."""

    index: int
    chat: Chat
    language: str
    parts: list[_Part]
    n_readable: int
    """How many unread messages of the chat have anything to read."""

    is_cut: bool = False
    """True when the model did not see every unread message whole."""

    @property
    def is_open(self) -> bool:
        return any(part.is_open for part in self.parts)


class GistWriter:
    """Writes gists with one engine."""

    def __init__(self, engine: Engine) -> None:
        """Raises UnsupportedModel for an engine for which no prompt can be written."""
        self._engine = engine
        self._prompts = PromptWriter(engine)

    def write_gists(
        self, chats: Sequence[Chat], languages: Sequence[str]
    ) -> Iterator[tuple[int, Summary]]:
        """Yields (index, summary) as they are ready, each index once.

        Chats of which no candidate passes the checks, or on which the engine fails, come as
        extractive summaries whose flags say why.
        """
        jobs = [
            self._plan_job(index, chat, language)
            for index, (chat, language) in enumerate(zip(chats, languages, strict=True))
        ]
        began = time.monotonic()
        for decoding in ATTEMPTS:
            is_last = decoding is ATTEMPTS[-1]
            for job in self._run_attempt(jobs, decoding):
                if is_last or not job.is_open:
                    now = time.monotonic()
                    yield job.index, self._finish_job(job, elapsed_s=now - began)
                    began = time.monotonic()
            jobs = [job for job in jobs if job.is_open]

    def _plan_job(self, index: int, chat: Chat, language: str) -> _Job:
        unread = [m for m in chat.messages if not m.is_context and is_shown(m)]
        context = [m for m in chat.messages if m.is_context and is_shown(m)]
        shown = [*context[-LIMIT_CONTEXT_MESSAGES:], *unread]
        costs = [self._prompts.count_message(m, chat, language) for m in shown]
        windows = cut_windows(shown, costs, self._prompts.count_room(chat, language))
        parts = []
        for window in windows[-LIMIT_WINDOWS:]:
            part = replace(chat, messages=window)
            prompt = self._prompts.write_prompt(part, language)
            parts.append(_Part(SourceText(part, language), prompt, count_unread(part)))
        is_cut = len(windows) > LIMIT_WINDOWS or any(is_clipped(m) for m in unread)
        return _Job(index, chat, language, parts, len(unread), is_cut=is_cut)

    def _run_attempt(self, jobs: Sequence[_Job], decoding: Decoding) -> Iterator[_Job]:
        """Yields each job when the last of its open parts has been tried."""
        tries: defaultdict[Decoding, list[tuple[_Job, _Part]]] = defaultdict(list)
        waiting = Counter[int]()
        for job in jobs:
            for part in (part for part in job.parts if part.is_open):
                part.decoding = fit_beams(decoding, part.prompt)
                tries[part.decoding].append((job, part))
                waiting[job.index] += 1
        for fitted, tried in tries.items():
            for place, generation in self._generate([part.prompt for _, part in tried], fitted):
                job, part = tried[place]
                if generation is None:
                    part.is_failed = True
                else:
                    part.verdict = choose_candidate(generation, part.source)
                waiting[job.index] -= 1
                if not waiting[job.index]:
                    yield job

    def _generate(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[tuple[int, Generation | None]]:
        """As the engine's, but what was lost to an error is tried alone; None for what fails."""
        missing = dict(enumerate(prompts))
        try:
            for place, generation in self._engine.generate(prompts, decoding):
                del missing[place]
                yield place, generation
        except InferenceError as error:
            log.warning("%d prompts are tried one by one: %s", len(missing), type(error).__name__)
        for place, prompt in missing.items():
            try:
                _, generation = next(iter(self._engine.generate([prompt], decoding)))
            except InferenceError as error:
                log.warning("a prompt failed: %s", type(error).__name__)
                yield place, None
            else:
                yield place, generation

    def _finish_job(self, job: _Job, *, elapsed_s: float) -> Summary:
        flags = [flag for part in job.parts if part.verdict for flag in part.verdict.flags]
        flags += [FLAG_FAILED] if any(part.is_failed for part in job.parts) else []
        flags += [FLAG_CUT] if job.is_cut else []
        flags = list(dict.fromkeys(flags))
        passed = [part for part in job.parts if part.verdict and part.verdict.passes]
        summaries = [summary for part in passed if (summary := _summarize_part(part)).sentences]
        highlights = choose_highlights(job.chat)
        # The newest part carries the summary: without it, the rest would seem to be all.
        if not summaries or passed[-1] is not job.parts[-1]:
            return replace(summarize_by_quoting(job.chat, job.language, flags), elapsed_s=elapsed_s)
        merged = merge_parts(summaries, frozenset(h.message_id for h in highlights))
        skipped = job.n_readable - sum(part.n_unread for part in passed)
        return Summary(
            language=job.language,
            highlights=highlights,
            sentences=merged.sentences,
            origin="model",
            topic=merged.topic,
            todos=find_todos(job.chat),
            covered=count_unread(job.chat) - skipped,
            skipped=skipped,
            flags=tuple(flags),
            model=self._engine.name,
            options={
                "prompt": PROMPT_VERSION,
                "style": self._engine.prompt_style,
                "parts": len(job.parts),
                **asdict(job.parts[-1].decoding or ATTEMPTS[0]),
            },
            elapsed_s=elapsed_s,
        )


def choose_candidate(generation: Generation, source: SourceText) -> Verdict:
    """The likeliest of the hypotheses that pass with the fewest sentences and to-dos dropped.

    Where none passes, the likeliest one's verdict, with the flags of all. One that passes but
    that the model itself holds unlikely is refused.
    """
    verdicts = [check_draft(parse_draft(text), source) for text in generation.texts]
    passing = [place for place, verdict in enumerate(verdicts) if verdict.passes]
    if passing:
        chosen = min(passing, key=lambda place: verdicts[place].n_dropped)
        if generation.scores[chosen] < LIMIT_CONFIDENCE[source.language]:
            return replace(verdicts[chosen], passes=False, flags=(FLAG_UNSURE,))
        return verdicts[chosen]
    flags = dict.fromkeys(flag for verdict in verdicts for flag in verdict.flags)
    return replace(verdicts[0], flags=tuple(flags))


def _summarize_part(part: _Part) -> PartSummary:
    """The verdict with evidence; what rests on messages already read alone is left out."""
    verdict, source = part.verdict, part.source
    if verdict is None:
        return PartSummary((), "")
    unread = {m.id for m in source.messages if not m.is_context}
    sentences = [Sentence(text, source.evidence.find_messages(text)) for text in verdict.sentences]
    return PartSummary(
        tuple(s for s in sentences if unread.intersection(s.evidence)),
        verdict.topic,
    )

"""Owns writing gists: windows, prompts, candidates, checks, evidence; chats worth it come in."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from inference.batching import fit_beams
from inference.calibration import find_calibration
from inference.checks import SourceText, Verdict
from inference.errors import InferenceError
from inference.extractive import count_unread, quote_highlight, summarize_by_quoting
from inference.highlights import choose_highlights, weigh_messages
from inference.interface import (
    Chat,
    Decoding,
    Engine,
    Generation,
    Highlight,
    Prompt,
    Sentence,
    Summary,
)
from inference.merging import PartSummary, merge_parts
from inference.omissions import find_omissions
from inference.prompts import PROMPT_VERSION, PromptWriter, is_clipped, is_shown
from inference.ranking import FLAG_UNSURE, choose_text
from inference.todos import find_todos
from inference.windows import cut_windows

log = logging.getLogger(__name__)

MAX_NEW_TOKENS = 260
"""The longest gold text of the corpus that is trained on has 270, one in a hundred over 236."""

NO_REPEAT_TOKENS = 20
"""A text that writes a run of so many tokens again will go on doing so. One gold text in 200 has
such a run twice, in its sentences and in its to-dos; runs of 16 stand twice in one of 70."""

ATTEMPTS = (
    Decoding(MAX_NEW_TOKENS, no_repeat_ngram_size=NO_REPEAT_TOKENS),
    Decoding(
        MAX_NEW_TOKENS,
        num_hypotheses=4,
        no_repeat_ngram_size=NO_REPEAT_TOKENS,
        sampling_topk=40,
        temperature=0.7,
    ),
)
"""Tried in turn: what fails the checks with one is written again with the next.

Drawn texts differ where beams differ in a comma: what fails greedily fails in all beams alike.
"""

LIMIT_WINDOWS = 16
"""The newest so many are read: about 300 messages, a minute or two. What is older comes as
highlights."""

LEAST_TOLD = 0.5
"""Share of the messages read below which what the model tells of them is not worth showing."""

LIMIT_CONTEXT_MESSAGES = 4

FLAG_CUT = "cut"
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
        self._calibration = find_calibration(engine.name)
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
                    least_confidence = self._calibration.least_confidence[part.source.language]
                    part.verdict = choose_text(generation, part.source, least_confidence)
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
        summaries = [_summarize_part(part) for part in job.parts]
        told = [part for part, said in zip(job.parts, summaries, strict=True) if said.sentences]
        n_told = sum(part.n_unread for part in told)
        if not told or n_told < LEAST_TOLD * sum(part.n_unread for part in job.parts):
            return replace(summarize_by_quoting(job.chat, job.language, flags), elapsed_s=elapsed_s)
        highlights = _choose_highlights(job.chat, told)
        if not summaries[-1].sentences:
            # Without the newest part, the rest would seem to be all.
            summaries[-1] = _quote_part(job.parts[-1], job.chat)
        merged = merge_parts(
            [said for said in summaries if said.sentences], weigh_messages(job.chat)
        )
        skipped = job.n_readable - n_told
        return Summary(
            language=job.language,
            highlights=highlights,
            sentences=_add_omissions(merged.sentences, job, highlights),
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


def _summarize_part(part: _Part) -> PartSummary:
    """The verdict with evidence; what rests on messages already read alone is left out.

    Of a part that was refused, nothing.
    """
    verdict, source = part.verdict, part.source
    if verdict is None or not verdict.passes:
        return PartSummary((), "")
    unread = {m.id for m in source.messages if not m.is_context}
    sentences = [Sentence(text, source.evidence.find_messages(text)) for text in verdict.sentences]
    return PartSummary(
        tuple(s for s in sentences if unread.intersection(s.evidence)),
        verdict.topic,
    )


def _quote_part(part: _Part, chat: Chat) -> PartSummary:
    """What matters in a part, in its people's own words."""
    source = part.source
    quoted = summarize_by_quoting(replace(chat, messages=source.messages), source.language)
    return PartSummary(quoted.sentences, "")


def _choose_highlights(chat: Chat, told: Sequence[_Part]) -> tuple[Highlight, ...]:
    """Those of the chat and, where parts of it are not told, those of what is not told, too."""
    known = {message.id for part in told for message in part.source.messages}
    untold = tuple(
        m for m in chat.messages if not m.is_context and is_shown(m) and m.id not in known
    )
    more = choose_highlights(replace(chat, messages=untold)) if untold else ()
    chosen = {h.message_id: h for h in (*more, *choose_highlights(chat))}
    return tuple(chosen[m.id] for m in chat.messages if m.id in chosen)


def _add_omissions(
    sentences: tuple[Sentence, ...], job: _Job, highlights: Sequence[Highlight]
) -> tuple[Sentence, ...]:
    """The gist and, quoted after it, what it leaves untold.

    Not of a chat in parts: its summary is chosen by what matters, and as long as it may be.
    """
    if len(job.parts) > 1:
        return sentences
    omissions = find_omissions([s.text for s in sentences], highlights)
    return (*sentences, *map(quote_highlight, omissions))

"""Owns gists of chats that a model reads whole, window by window; it calls no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from inference.checks import SourceText
from inference.drafting import ATTEMPTS, Job, Part
from inference.extractive import count_unread, quote_highlight, summarize_by_quoting
from inference.gists import GistWriter
from inference.highlights import choose_highlights, weigh_messages
from inference.interface import Chat, Highlight, Sentence, Summary
from inference.merging import PartSummary, merge_parts
from inference.omissions import find_omissions
from inference.prompts import PROMPT_VERSION, is_clipped, is_shown
from inference.ranking import choose_text
from inference.todos import find_todos
from inference.windows import cut_windows

LIMIT_NEW_TOKENS = 260
"""The longest gold text of the corpus that is trained on has 270, one in a hundred over 236."""

LIMIT_WINDOWS = 16
"""The newest so many are read: about 300 messages, a minute or two. What is older comes as
highlights."""

LEAST_TOLD = 0.5
"""Share of the messages read below which what the model tells of them is not worth showing."""

LIMIT_CONTEXT_MESSAGES = 4

FLAG_CUT = "cut"


@dataclass(slots=True, kw_only=True)
class WindowPart(Part):
    """One window of a chat."""

    source: SourceText
    n_unread: int
    """How many unread messages with anything to read are in it."""


@dataclass(slots=True, kw_only=True)
class WindowJob(Job):
    """One chat and its windows, oldest first."""

    parts: list[WindowPart]
    n_readable: int
    """How many unread messages of the chat have anything to read."""

    is_cut: bool
    """True when the model did not see every unread message whole."""

    @property
    def wanted(self) -> Sequence[Part]:
        return self.parts


class WindowGists(GistWriter[WindowJob]):
    """Gists of chats that the model reads whole."""

    attempts = ATTEMPTS

    def plan_job(self, index: int, chat: Chat, language: str) -> WindowJob:
        """A text for each window; those beyond the limit are left out."""
        unread = [m for m in chat.messages if not m.is_context and is_shown(m)]
        context = [m for m in chat.messages if m.is_context and is_shown(m)]
        shown = [*context[-LIMIT_CONTEXT_MESSAGES:], *unread]
        costs = [self._prompts.count_message(m, chat, language) for m in shown]
        windows = cut_windows(shown, costs, self._prompts.count_room(chat, language))
        return WindowJob(
            index=index,
            chat=chat,
            language=language,
            parts=[
                self._plan_part(replace(chat, messages=window), language)
                for window in windows[-LIMIT_WINDOWS:]
            ],
            n_readable=len(unread),
            is_cut=len(windows) > LIMIT_WINDOWS or any(is_clipped(m) for m in unread),
        )

    def finish_job(self, job: WindowJob, *, elapsed_s: float) -> Summary:
        """What passed, merged."""
        flags = [*job.list_flags(), *([FLAG_CUT] if job.is_cut else [])]
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
                **asdict(job.parts[-1].decoding or self.attempts[0]),
            },
            elapsed_s=elapsed_s,
        )

    def _plan_part(self, window: Chat, language: str) -> WindowPart:
        source = SourceText(window, language)
        least_confidence = self._calibration.least_confidence[language]
        return WindowPart(
            prompt=self._prompts.write_prompt(window, language),
            judge=partial(choose_text, source=source, least_confidence=least_confidence),
            limit_new_tokens=LIMIT_NEW_TOKENS,
            source=source,
            n_unread=count_unread(window),
        )


def _summarize_part(part: WindowPart) -> PartSummary:
    """The verdict with evidence; what rests on messages already read alone is left out.

    Of a part that was refused, nothing.
    """
    verdict, source = part.passing, part.source
    if verdict is None:
        return PartSummary((), "")
    unread = {m.id for m in source.messages if not m.is_context}
    sentences = [Sentence(text, source.evidence.find_messages(text)) for text in verdict.sentences]
    return PartSummary(
        tuple(s for s in sentences if unread.intersection(s.evidence)),
        verdict.topic,
    )


def _quote_part(part: WindowPart, chat: Chat) -> PartSummary:
    """What matters in a part, in its people's own words."""
    source = part.source
    quoted = summarize_by_quoting(replace(chat, messages=source.messages), source.language)
    return PartSummary(quoted.sentences, "")


def _choose_highlights(chat: Chat, told: Sequence[WindowPart]) -> tuple[Highlight, ...]:
    """Those of the chat and, where parts of it are not told, those of what is not told, too."""
    known = {message.id for part in told for message in part.source.messages}
    untold = tuple(
        m for m in chat.messages if not m.is_context and is_shown(m) and m.id not in known
    )
    more = choose_highlights(replace(chat, messages=untold)) if untold else ()
    chosen = {h.message_id: h for h in (*more, *choose_highlights(chat))}
    return tuple(chosen[m.id] for m in chat.messages if m.id in chosen)


def _add_omissions(
    sentences: tuple[Sentence, ...], job: WindowJob, highlights: Sequence[Highlight]
) -> tuple[Sentence, ...]:
    """The gist and, quoted after it, what it leaves untold.

    Not of a chat in parts: its summary is chosen by what matters, and as long as it may be.
    """
    if len(job.parts) > 1:
        return sentences
    omissions = find_omissions([s.text for s in sentences], highlights)
    return (*sentences, *map(quote_highlight, omissions))

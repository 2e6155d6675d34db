"""Owns gists told passage by passage, of a few messages at a time; it calls no engine.

A small model that reads a whole chat joins what one said to what another did. What stands in
one passage belongs together, and what is told of it rests on its messages and on no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from inference.checks import SourceText
from inference.drafting import PASSAGE_ATTEMPTS, Job, Part
from inference.extractive import count_unread, quote_highlight, summarize_by_quoting
from inference.gists import GistWriter
from inference.highlights import choose_highlights, weigh_messages
from inference.interface import Chat, ChatMessage, Highlight, Sentence, Summary
from inference.omissions import find_omissions
from inference.passages import choose_passages
from inference.prompts import PASSAGE_PROMPT_VERSION
from inference.ranking import choose_text, choose_topic
from inference.todos import find_todos

LIMIT_NEW_TOKENS = 160
"""The longest gold text of a passage that is trained on has 150."""

LIMIT_TOPIC_TOKENS = 24

LEAST_TOLD = 0.5
"""Share of the passages below which what the model tells of them is not worth showing."""

_QUOTED_FROM_MESSAGES = 4
"""About as many as a passage has before it is put together with its neighbours."""


@dataclass(slots=True, kw_only=True)
class PassagePart(Part):
    """One passage of a chat."""

    source: SourceText


@dataclass(slots=True, kw_only=True)
class PassageJob(Job):
    """One chat, its passages in chat order, and its topic."""

    parts: list[PassagePart]
    topic: Part

    @property
    def wanted(self) -> Sequence[Part]:
        return (*self.parts, self.topic) if self.parts else ()


class PassageGists(GistWriter[PassageJob]):
    """Gists of chats of which the model is told a passage at a time."""

    attempts = PASSAGE_ATTEMPTS

    def plan_job(self, index: int, chat: Chat, language: str) -> PassageJob:
        """A text for each passage, and the topic of all."""
        passages = choose_passages(chat)
        told = tuple(message for passage in passages for message in passage)
        return PassageJob(
            index=index,
            chat=chat,
            language=language,
            parts=[self._plan_part(chat, passage, language) for passage in passages],
            topic=Part(
                prompt=self._prompts.write_topic_prompt(chat, told, language),
                judge=partial(
                    choose_topic, source=SourceText(replace(chat, messages=told), language)
                ),
                limit_new_tokens=LIMIT_TOPIC_TOKENS,
            ),
        )

    def finish_job(self, job: PassageJob, *, elapsed_s: float) -> Summary:
        """A passage of which nothing passed is quoted where its sentence would stand."""
        flags = job.list_flags()
        told = [(part.source, part.passing.sentences if part.passing else ()) for part in job.parts]
        if not is_enough([sentences for _, sentences in told]):
            quoted = summarize_by_quoting(job.chat, job.language, flags)
            return replace(quoted, elapsed_s=elapsed_s)
        highlights = choose_highlights(job.chat)
        topic = job.topic.verdict
        return Summary(
            language=job.language,
            highlights=highlights,
            sentences=tuple(tell_passages(job.chat, told, highlights)),
            origin="model",
            topic=topic.topic if topic else "",
            todos=find_todos(job.chat),
            covered=count_unread(job.chat),
            skipped=0,
            flags=tuple(flags),
            model=self._engine.name,
            options={
                "prompt": PASSAGE_PROMPT_VERSION,
                "style": self._engine.prompt_style,
                "parts": len(job.parts),
                **asdict(job.parts[-1].decoding or self.attempts[0]),
            },
            elapsed_s=elapsed_s,
        )

    def _plan_part(
        self, chat: Chat, passage: tuple[ChatMessage, ...], language: str
    ) -> PassagePart:
        source = build_source(chat, passage, language)
        least_confidence = self._calibration.least_confidence[language]
        return PassagePart(
            prompt=self._prompts.write_passage_prompt(chat, passage, language),
            judge=partial(choose_text, source=source, least_confidence=least_confidence),
            limit_new_tokens=LIMIT_NEW_TOKENS,
            source=source,
        )


def build_source(chat: Chat, passage: tuple[ChatMessage, ...], language: str) -> SourceText:
    """What texts about a passage of a chat are checked against."""
    return SourceText(replace(chat, messages=passage), language, whole=chat)


def is_enough(told: Sequence[Sequence[str]]) -> bool:
    """Whether a gist is made of it: the sentences of each passage, none where it was refused."""
    n_told = sum(map(bool, told))
    return n_told > 0 and n_told >= LEAST_TOLD * len(told)


def tell_passages(
    chat: Chat,
    told: Iterable[tuple[SourceText, Sequence[str]]],
    highlights: Sequence[Highlight],
) -> list[Sentence]:
    """The sentences of each passage, quotes of those without any and of highlights left untold.

    In the order of the chat, by the first message behind each.
    """
    weights = weigh_messages(chat)
    places = {message.id: place for place, message in enumerate(chat.messages)}
    sentences = [s for source, texts in told for s in _tell_passage(source, texts, weights)]
    omissions = find_omissions([sentence.text for sentence in sentences], highlights)
    quotes = (quote_highlight(highlight) for highlight in omissions)
    return sorted((*sentences, *quotes), key=lambda sentence: places[sentence.evidence[0]])


def _tell_passage(
    source: SourceText, texts: Sequence[str], weights: Mapping[int, float]
) -> list[Sentence]:
    """The texts with their evidence; without any, of every few messages that matters most.

    So that of a passage put together of several, each is told of, the newest too.
    """
    if texts:
        return [Sentence(text, source.evidence.find_messages(text)) for text in texts]
    starts = range(0, len(source.messages), _QUOTED_FROM_MESSAGES)
    runs = (source.messages[start : start + _QUOTED_FROM_MESSAGES] for start in starts)
    chosen = [max(run, key=lambda message: weights.get(message.id, 0.0)) for run in runs]
    return [quote_highlight(Highlight(m.id, m.sender, m.text)) for m in chosen]

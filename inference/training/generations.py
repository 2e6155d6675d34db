"""Owns a file of what a converted model writes about excerpts; it judges nothing."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inference import passage_gists, window_gists
from inference.batching import fit_beams
from inference.drafting import ATTEMPTS, PASSAGE_ATTEMPTS
from inference.interface import Chat, ChatMessage, Engine, Generation, Prompt
from inference.passages import choose_passages
from inference.prompts import PromptWriter
from inference.training.corpus import Conversation
from inference.training.scoring import build_item

Generations = dict[tuple[str, int], Generation]
"""By the excerpt's id and the number of the attempt, as in `inference.drafting.ATTEMPTS`."""


@dataclass(frozen=True)
class Excerpt:
    """What a model tells in one text: a whole conversation, or one passage of it."""

    id: str
    """The conversation's; of a passage, with the ids of its messages: "en-work-002#3+4"."""

    chat: Chat
    """The whole."""

    messages: tuple[ChatMessage, ...]
    language: str


def list_excerpts(conversation: Conversation, *, takes_passages: bool) -> list[Excerpt]:
    """The whole conversation, or its passages in chat order; [] where there are none."""
    chat = build_item(conversation).chat
    if not takes_passages:
        return [Excerpt(conversation.id, chat, chat.messages, conversation.language)]
    return [
        Excerpt(_name_passage(conversation, passage), chat, passage, conversation.language)
        for passage in choose_passages(chat)
    ]


def write_generations(
    engine: Engine,
    excerpts: Iterable[Excerpt],
    attempt: int,
    path: Path,
    *,
    budget_s: float = math.inf,
) -> None:
    """Append to `path` what the model writes at an attempt about those that are not there yet.

    Stops after the first text that comes when `budget_s` is over. `seconds` of a line is the
    clock's since the line before, so that they add up.
    """
    known = read_generations(path)
    missing = [excerpt for excerpt in excerpts if (excerpt.id, attempt) not in known]
    began_s = last_s = time.monotonic()
    with path.open("a", encoding="utf-8") as file:
        for excerpt, generation in _generate(engine, missing, attempt):
            now_s = time.monotonic()
            row = {
                "id": excerpt.id,
                "attempt": attempt,
                "texts": generation.texts,
                "scores": generation.scores,
                "new_tokens": generation.new_tokens,
                "seconds": round(now_s - last_s, 3),
            }
            last_s = now_s
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            if now_s - began_s > budget_s:
                return


def read_generations(path: Path) -> Generations:
    """What `write_generations` has written so far; {} for a file that is not there."""
    if not path.is_file():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {
        (row["id"], row["attempt"]): Generation(
            tuple(row["texts"]), tuple(row["scores"]), row["new_tokens"]
        )
        for row in rows
    }


def add_up_seconds(path: Path) -> dict[int, tuple[int, float]]:
    """By attempt, how many excerpts were written about and in how many seconds in all."""
    sums: dict[int, tuple[int, float]] = {}
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        count, seconds = sums.get(row["attempt"], (0, 0.0))
        sums[row["attempt"]] = (count + 1, seconds + row["seconds"])
    return sums


def _name_passage(conversation: Conversation, passage: Iterable[ChatMessage]) -> str:
    return f"{conversation.id}#{'+'.join(str(message.id) for message in passage)}"


def _generate(
    engine: Engine, excerpts: Sequence[Excerpt], attempt: int
) -> Iterator[tuple[Excerpt, Generation]]:
    writer = PromptWriter(engine)
    gists = passage_gists if engine.takes_passages else window_gists
    attempts = PASSAGE_ATTEMPTS if engine.takes_passages else ATTEMPTS
    decoding = replace(attempts[attempt], max_new_tokens=gists.LIMIT_NEW_TOKENS)
    prompts = [
        _write_prompt(writer, excerpt, takes_passages=engine.takes_passages) for excerpt in excerpts
    ]
    decodings = [fit_beams(decoding, prompt) for prompt in prompts]
    for place, generation in engine.generate(prompts, decodings):
        yield excerpts[place], generation


def _write_prompt(writer: PromptWriter, excerpt: Excerpt, *, takes_passages: bool) -> Prompt:
    if takes_passages:
        return writer.write_passage_prompt(excerpt.chat, excerpt.messages, excerpt.language)
    return writer.write_prompt(excerpt.chat, excerpt.language)

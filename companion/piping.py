"""Conversations from a pipe: JSON in, the summary object of cli.md out; nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from companion.clock import find_local_zone
from companion.describing import describe_text
from companion.errors import CompanionError
from companion.marking_up import format_json
from companion.modelling import Model
from companion.summarizing import FLAG_NO_MODEL
from inference.interface import Chat, ChatMessage, Summary
from inference.summarizer import Summarizer


class BadInput(CompanionError):
    """What came through the pipe is not a conversation."""


@dataclass(frozen=True, slots=True)
class PipedChat:
    """One conversation of the input; message ids are positions, counted from 0."""

    id: object
    """As given, to find the answer again; None when there was none."""

    chat: Chat


def summarize_stream(
    model: Model, source: IO[bytes], sink: IO[str], *, as_lines: bool, masks_secrets: bool
) -> None:
    """Summarise the conversations of `source` and write their summaries to `sink`, in order.

    As lines: one JSON document a line on both sides, and a line that is no conversation is
    left out while the rest goes on; `BadInput` then names the lines at the end. Otherwise
    the whole input is one document.
    """
    if not as_lines:
        piped = [parse_chat(source.read())]
        bad: list[str] = []
    else:
        piped, bad = _parse_lines(source)
    indent = None if as_lines else 2
    for item, summary in _summarize_in_order(model, piped, masks_secrets=masks_secrets):
        document = describe_piped(item, summary)
        sink.write(format_json(document, indent=indent) + "\n")
        sink.flush()
    if bad:
        raise BadInput(
            f"{len(bad)} lines were left out ({'; '.join(bad[:5])})",
            next_step="mend them and send them again",
        )


def parse_chat(document: bytes) -> PipedChat:
    """The conversation in one JSON document; raises `BadInput` saying what is wrong with it."""
    try:
        table = json.loads(document)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(f"not JSON ({type(error).__name__})") from None
    if not isinstance(table, dict) or not isinstance(table.get("messages"), list):
        raise _bad('no object with a list "messages"')
    me = _text(table, "me", "")
    messages = tuple(
        _parse_message(index, item, me) for index, item in enumerate(table["messages"])
    )
    language = table.get("lang")
    if language not in (None, "ko", "en"):
        raise _bad('"lang" is neither "ko" nor "en"')
    # Whoever has not written yet takes part all the same.
    participants = {message.sender for message in messages} | ({me} if me else set())
    chat = Chat(
        title=_text(table, "title", ""),
        me=me,
        messages=messages,
        kind="group" if len(participants) > 2 else "direct",
        language=language,
    )
    return PipedChat(table.get("id"), chat)


def describe_piped(piped: PipedChat, summary: Summary) -> dict[str, object]:
    """The summary object of cli.md; `evidence` and `message` are positions in the input."""
    return {
        **({} if piped.id is None else {"id": piped.id}),
        "conversation": None,
        "title": piped.chat.title,
        "unread": len(piped.chat.messages),
        **describe_text(summary),
    }


def _summarize_in_order(
    model: Model, piped: Sequence[PipedChat], *, masks_secrets: bool
) -> Iterator[tuple[PipedChat, Summary]]:
    """Summaries in the input's order, each as soon as it and those before it are there."""
    extractor = Summarizer(None, masks_secrets=masks_secrets)
    ready: dict[int, Summary] = {}
    wanted = []
    for index, item in enumerate(piped):
        if model.is_usable and extractor.needs_model(item.chat):
            wanted.append(index)
            continue
        summary = extractor.summarize_extractively(item.chat)
        if not model.is_usable:
            summary = replace(summary, flags=(*summary.flags, FLAG_NO_MODEL))
        ready[index] = summary
    written = _write_gists(model, piped, wanted, masks_secrets=masks_secrets)
    for index, item in enumerate(piped):
        while index not in ready:
            found, summary = next(written)
            ready[found] = summary
        yield item, ready.pop(index)


def _write_gists(
    model: Model, piped: Sequence[PipedChat], wanted: Sequence[int], *, masks_secrets: bool
) -> Iterator[tuple[int, Summary]]:
    if wanted:
        summarizer = Summarizer(model.load(), masks_secrets=masks_secrets)
        for place, summary in summarizer.summarize([piped[index].chat for index in wanted]):
            yield wanted[place], summary


def _parse_lines(source: IO[bytes]) -> tuple[list[PipedChat], list[str]]:
    piped, bad = [], []
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            piped.append(parse_chat(line))
        except BadInput as error:
            bad.append(f"line {number}: {error.what}")
    return piped, bad


def _parse_message(index: int, item: object, me: str) -> ChatMessage:
    if not isinstance(item, dict):
        raise _bad(f"message {index} is no object")
    sender = _text(item, "sender", None)
    at = _text(item, "sent_at", "")
    try:
        sent_at = datetime.fromisoformat(at) if at else None
    except ValueError:
        raise _bad(f'"sent_at" of message {index} is no ISO 8601 time') from None
    return ChatMessage(
        id=index,
        sender=sender,
        text=_text(item, "text", None),
        sent_at=_make_aware(sent_at) if sent_at else None,
        is_me=bool(me) and sender == me,
    )


def _make_aware(sent_at: datetime) -> datetime:
    """A time without an offset is one of this machine's zone."""
    return sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=find_local_zone())


def _text(table: dict[str, Any], name: str, default: str | None) -> str:
    """The text under `name`; `default` for what is left out or null, None: it must be there."""
    value = table.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        raise _bad(f'"{name}" is no text')
    return value


def _bad(what: str) -> BadInput:
    return BadInput(
        what, next_step='send {"title", "messages": [{"sender", "text", "sent_at"?}]} as JSON'
    )

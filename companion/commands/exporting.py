"""The export command: writes out what the archive holds, a message at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from companion.commands.digests import describe_digest
from companion.commands.printing import (
    describe_conversation,
    describe_message,
    describe_summary,
    describe_todo,
    format_at,
    format_short,
    json_option,
    print_json,
)
from companion.commands.session import Session, get_conversation, start_session
from companion.errors import CompanionError, UsageError
from companion.marking_up import escape_markdown, format_json

if TYPE_CHECKING:
    from storage.reader import Reader
    from storage.records import ConversationRow, SummaryRow, ToDoRow


class ExportFailed(CompanionError):
    """The file cannot be written."""


@click.command()
@click.argument("chat", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "json"]),
    default="md",
    show_default=True,
    help="Markdown, or one JSON document.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write there instead, a new file for your eyes alone.",
)
@json_option
def export(chat: str | None, form: str, output: Path | None, *, as_json: bool) -> None:
    """Get out what is stored: all of it, or one conversation."""
    session = start_session()
    write = _write_json if as_json or form == "json" else _write_markdown
    if chat is None:
        # A fresh home gets its archive here: nothing can be exported, too.
        with session.open_archive():
            pass
    with session.open_reader() as reader:
        rows = reader.conversations() if chat is None else [get_conversation(reader, chat)]
        found = _Export(session, reader, rows, is_whole=chat is None)
        if output is None:
            sys.stdout.writelines(write(found))
            return
        _save(output, write(found))
    told = {"output": str(output.absolute()), "conversations": len(rows)}
    if as_json:
        print_json(told)
    else:
        click.echo(f"{told['output']}: conversations written: {len(rows)}")


@dataclass(frozen=True, slots=True)
class _Export:
    """What is to be written."""

    session: Session
    reader: Reader
    rows: list[ConversationRow]
    is_whole: bool
    """Whether digests belong to it: they tell of many conversations."""

    def list_todos(self) -> list[ToDoRow]:
        ids = {row.id for row in self.rows}
        return [todo for todo in self.reader.todos(open_only=False) if todo.conversation_id in ids]

    def list_digests(self) -> list[Mapping[str, object]]:
        kept = self.reader.digests(limit=-1) if self.is_whole else []
        return [describe_digest(digest, self.session) for digest in kept]


def _write_json(found: _Export) -> Iterator[str]:
    """One document, in pieces: no more than a page of messages is held at once."""
    session = found.session
    made_at = format_json(format_at(session.read_now(), session.zone), indent=None)
    yield f'{{"made_at": {made_at},\n"conversations": ['
    for number, row in enumerate(found.rows):
        summaries = found.reader.all_summaries(row.id)
        head = {
            **describe_conversation(row, session.zone),
            "summaries": [describe_summary(summary, row.title) for summary in summaries],
        }
        opened = format_json(head, indent=None).removesuffix("}")
        yield f'{"," if number else ""}\n{opened}, "items": ['
        messages = found.reader.stream_messages(row.id)
        yield from _list(describe_message(message, session.zone) for message in messages)
        yield "]}"
    yield '],\n"todo": ['
    yield from _list(describe_todo(todo) for todo in found.list_todos())
    yield '],\n"digests": ['
    yield from _list(found.list_digests())
    yield "]}\n"


def _list(items: Iterable[object]) -> Iterator[str]:
    for number, item in enumerate(items):
        yield f"{',' if number else ''}\n{format_json(item, indent=None)}"


def _write_markdown(found: _Export) -> Iterator[str]:
    zone = found.session.zone
    for row in found.rows:
        yield f"# {escape_markdown(row.title)}\n\n*{row.source_label} · {row.messages}*\n\n"
        summary = found.reader.find_summary(row.id)
        if summary is not None:
            yield from _write_summary(summary)
        for message in found.reader.stream_messages(row.id):
            sender = escape_markdown(message.sender) or ("me" if message.is_me else "\\*")
            text = escape_markdown(message.text) or f"\\[{message.kind}\\]"
            yield f"- {format_short(message.sent_at, zone)} **{sender}**: {text}\n"
        yield "\n"
    todos = found.list_todos()
    if todos:
        yield "# To-dos\n\n"
    for todo in todos:
        box = "x" if todo.done_at else " "
        when = f" ({escape_markdown(todo.when)})" if todo.when else ""
        what = escape_markdown(f"{todo.who}: {todo.what}")
        yield f"- [{box}] {what}{when} — {escape_markdown(todo.conversation_title)}\n"
    yield "\n" if todos else ""
    for digest in found.list_digests():
        yield f"{digest['markdown']}\n"


def _write_summary(summary: SummaryRow) -> Iterator[str]:
    if summary.topic:
        yield f"**{escape_markdown(summary.topic)}**\n\n"
    for sentence in summary.sentences:
        yield f"> {escape_markdown(sentence.text)}\n"
    for highlight in summary.unquoted_highlights:
        yield f"> {escape_markdown(highlight.sender)}: {escape_markdown(highlight.text)}\n"
    yield "\n"


def _save(output: Path, pieces: Iterator[str]) -> None:
    """A new file, mode 0600 from its first byte; of an export that is cut nothing stays."""
    opener: Callable[[str, int], int] = lambda path, flags: os.open(path, flags, 0o600)  # noqa: E731
    try:
        file = open(output, "x", encoding="utf-8", newline="\n", opener=opener)  # noqa: SIM115
    except FileExistsError as error:
        raise UsageError(
            f"{output} is there already", next_step="name a new file, or remove that one"
        ) from error
    except OSError as error:
        raise _make_failure(output, error) from error
    try:
        with file:
            file.writelines(pieces)
    except BaseException as error:
        with suppress(FileNotFoundError):
            output.unlink()
        if isinstance(error, OSError):
            raise _make_failure(output, error) from error
        raise


def _make_failure(output: Path, error: OSError) -> ExportFailed:
    return ExportFailed(
        f"{output} cannot be written ({error.strerror})", next_step="name another place"
    )

"""How commands print: one JSON document, or lines and tables; text by strangers is cleaned."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import click

from companion.describing import describe_text
from companion.marking_up import clean_line, format_json

if TYPE_CHECKING:
    from storage.records import ConversationRow, HighlightRecord, MessageRow, SummaryRow, ToDoRow

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def print_json(document: object) -> None:
    """The document on stdout, and nothing else there; lone surrogates survive as escapes."""
    sys.stdout.write(format_json(document, indent=2) + "\n")


def print_notice(text: str) -> None:
    """A line about what goes on, on stderr, so that stdout stays the result's."""
    click.echo(text, err=True)


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns, Hangul and emoji counted as wide as they are; cells are cleaned here."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for header in headers:
        # Folded, not cut: what does not fit goes on in the next line.
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean_line(cell)) for cell in row))
    Console(highlight=False).print(table)


def format_at(at: datetime | None, zone: tzinfo) -> str | None:
    """ISO 8601 with the local offset, to the second; None stays None."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None


def format_short(at: datetime | None, zone: tzinfo) -> str:
    """For people: local date and minute; "" for None."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def describe_conversation(row: ConversationRow, zone: tzinfo) -> dict[str, object]:
    """A row of `companion list --json`."""
    return {
        "id": row.id,
        "title": row.title,
        "kind": row.kind,
        "source": row.source_kind,
        "unread": row.unread,
        "unread_origin": row.unread_origin,
        "messages": row.messages,
        "last": format_at(row.last_at, zone),
        "topic": row.topic,
        "summary": row.first_line,
        "quote": row.is_first_line_quote,
        "gist": row.gist,
        "origin": row.origin,
        "outdated": row.outdated,
        "urgent": row.urgent,
        "todo": row.open_todos,
        "my_todo": row.my_todos,
    }


def describe_message(row: MessageRow, zone: tzinfo) -> dict[str, object]:
    """A message of `companion show --json`."""
    return {
        "id": row.id,
        "sender": row.sender,
        "is_me": row.is_me,
        "sent_at": format_at(row.sent_at, zone),
        "text": row.text,
        "kind": row.kind,
        "edited": row.edited,
        "reply_to": row.reply_to,
        "unread": row.is_unread,
    }


def describe_todo(row: ToDoRow) -> dict[str, object]:
    """A to-do, with the conversation it comes from."""
    return {
        "id": row.id,
        "conversation": row.conversation_title,
        "who": row.who,
        "what": row.what,
        "when": row.when,
        "mine": row.is_mine,
        "done": row.done_at is not None,
        "evidence": list(row.evidence),
    }


def describe_summary(row: SummaryRow, title: str) -> dict[str, object]:
    """The summary object of cli.md, of a kept summary."""
    return {
        "id": row.id,
        "conversation": row.conversation_id,
        "title": title,
        "unread": row.unread,
        "gist": row.gist,
        "outdated": row.outdated,
        **describe_text(row),
    }


def print_summary(row: SummaryRow, conversation: ConversationRow) -> None:
    """A summary for people: what the model wrote is marked apart from what people wrote."""
    style = click.style
    topic = f" — {clean_line(row.topic)}" if row.topic else ""
    heading = style(clean_line(conversation.title) + topic, bold=True)
    label = f"{conversation.source_label} · {conversation.unread} unread"
    click.echo(f"{heading}  {style(label, dim=True)}")
    for sentence in row.sentences:
        if sentence.is_quote:
            _print_quote(sentence.text)
        else:
            click.echo("  " + style(clean_line(sentence.text), italic=True))
    print_highlights(row.unquoted_highlights)
    for todo in row.todos:
        when = f" ({clean_line(todo.when)})" if todo.when else ""
        click.echo(f"  [ ] {clean_line(todo.who)}: {clean_line(todo.what)}{when}")
    click.echo("  " + style(describe_coverage(row), dim=True))


def print_highlights(highlights: Iterable[HighlightRecord]) -> None:
    """Messages verbatim, each behind a bar."""
    for highlight in highlights:
        _print_quote(f"{clean_line(highlight.sender)}: {highlight.text}")


def _print_quote(text: str) -> None:
    click.echo(f"  {click.style('│', fg='cyan')} {clean_line(text)}")


def describe_coverage(row: SummaryRow) -> str:
    """Who wrote it and how much of the unread messages it stands for."""
    part = f"{row.covered} of {row.unread} unread messages"
    if row.origin == "model":
        return f"written by {row.model} on this machine, {part} read, may be wrong"
    reason = f" ({', '.join(row.flags)})" if row.flags else ""
    waiting = "; the model has yet to read it" if row.gist == "pending" else ""
    return f"quoted, no model{reason}; {part} looked at{waiting}"

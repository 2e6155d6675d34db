"""Commands that look into the archive: list, show, search, to-dos; they change nothing."""

from __future__ import annotations

import click

from companion.commands.printing import (
    describe_conversation,
    describe_message,
    describe_summary,
    describe_todo,
    format_at,
    format_short,
    json_option,
    print_json,
    print_summary,
    print_table,
)
from companion.commands.session import get_conversation, start_session
from companion.marking_up import clean_line

_SHOWN_MESSAGES = 30


@click.command(name="list")
@click.option("--unread", is_flag=True, help="Only conversations with unread messages.")
@click.option("--urgent", is_flag=True, help="Only those that want something of you.")
@json_option
def list_conversations(*, unread: bool, urgent: bool, as_json: bool) -> None:
    """List conversations, the most urgent first."""
    session = start_session()
    rows = []
    if session.has_archive:
        with session.open_reader() as reader:
            rows = [
                row for row in reader.conversations(unread_only=unread) if row.urgent or not urgent
            ]
    if as_json:
        print_json({"conversations": [describe_conversation(row, session.zone) for row in rows]})
    elif not rows:
        click.echo("Nothing to list.")
    else:
        print_table(
            ("", "conversation", "messenger", "unread", "last", "summary"),
            (
                (
                    f"#{row.id}",
                    ("! " if row.urgent else "") + row.title,
                    row.source_label,
                    str(row.unread or ""),
                    format_short(row.last_at, session.zone),
                    row.topic or ("“" if row.is_first_line_quote else "") + row.first_line,
                )
                for row in rows
            ),
        )


@click.command()
@click.argument("chat")
@click.option(
    "--messages",
    "limit",
    type=click.IntRange(min=1),
    default=_SHOWN_MESSAGES,
    show_default=True,
    help="How many of the newest messages.",
)
@json_option
def show(chat: str, limit: int, *, as_json: bool) -> None:
    """Show one conversation: its summary and newest messages."""
    session = start_session()
    with session.open_reader() as reader:
        row = get_conversation(reader, chat)
        summary = reader.find_summary(row.id)
        messages = reader.messages(row.id, limit=limit)
    if as_json:
        print_json(
            {
                "conversation": describe_conversation(row, session.zone),
                "summary": describe_summary(summary, row.title) if summary else None,
                "messages": [describe_message(message, session.zone) for message in messages],
            }
        )
        return
    if summary is not None:
        print_summary(summary, row)
        click.echo()
    for message in messages:
        at = format_short(message.sent_at, session.zone)
        mark = "•" if message.is_unread else " "
        text = clean_line(message.text) or f"[{message.kind}]"
        sender = clean_line(message.sender) or ("me" if message.is_me else "*")
        click.echo(f"{mark} {click.style(at, dim=True)}  {sender}: {text}")


@click.command()
@click.argument("query")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How many hits at most.",
)
@json_option
def search(query: str, limit: int, *, as_json: bool) -> None:
    """Find words in messages and summaries, inside Korean words too."""
    session = start_session()
    hits = []
    if session.has_archive:
        with session.open_reader() as reader:
            hits = reader.search(query, limit=limit)
    if as_json:
        print_json(
            {
                "hits": [
                    {
                        "kind": hit.kind,
                        "conversation": hit.conversation_id,
                        "title": hit.conversation_title,
                        "message": hit.message_id,
                        "sender": hit.sender,
                        "at": format_at(hit.at, session.zone),
                        "text": hit.text,
                    }
                    for hit in hits
                ]
            }
        )
    elif not hits:
        click.echo("Nothing found.")
    else:
        print_table(
            ("conversation", "when", "who", "text"),
            (
                (
                    f"#{hit.conversation_id} {hit.conversation_title}",
                    format_short(hit.at, session.zone),
                    hit.sender if hit.kind == "message" else "(summary)",
                    hit.text,
                )
                for hit in hits
            ),
        )


@click.command()
@click.option("--all", "with_done", is_flag=True, help="Done ones, too.")
@json_option
def todo(*, with_done: bool, as_json: bool) -> None:
    """List open to-dos found in conversations, yours first."""
    session = start_session()
    rows = []
    if session.has_archive:
        with session.open_reader() as reader:
            rows = reader.todos(open_only=not with_done)
    rows.sort(key=lambda row: not row.is_mine)
    if as_json:
        print_json({"todo": [describe_todo(row) for row in rows]})
    elif not rows:
        click.echo("Nothing to do was found.")
    else:
        print_table(
            ("who", "what", "when", "conversation"),
            ((row.who, row.what, row.when, row.conversation_title) for row in rows),
        )

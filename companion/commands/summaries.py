"""Commands that make summaries and move marks."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from companion.commands.printing import (
    describe_summary,
    json_option,
    print_json,
    print_notice,
    print_summary,
)
from companion.commands.session import Session, get_conversation, start_session
from companion.errors import CompanionError, UsageError
from companion.speaking import say_count

if TYPE_CHECKING:
    from companion.summarizing import PassReport, Saved
    from storage.reader import Reader


class PassFailed(CompanionError):
    """The model could not go on; what was done before is kept."""


@click.command()
@click.argument("chats", nargs=-1, metavar="[CHAT]...")
@click.option("--force", is_flag=True, help="Redo summaries whose messages did not change.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read one conversation as JSON.")
@click.option("--jsonl", is_flag=True, help="With --stdin: one conversation a line, in and out.")
@json_option
def summarize(
    chats: tuple[str, ...], *, force: bool, from_stdin: bool, jsonl: bool, as_json: bool
) -> None:
    """Summarise unread conversations, all of them or those named."""
    if from_stdin and (chats or force):
        raise UsageError("--stdin takes no conversation", next_step="leave the names out")
    if jsonl and not from_stdin:
        raise UsageError("--jsonl belongs to --stdin", next_step="add --stdin")
    session = start_session()
    if from_stdin:
        from companion.piping import summarize_stream

        summarize_stream(
            session.find_model(),
            sys.stdin.buffer,
            sys.stdout,
            as_lines=jsonl,
            masks_secrets=session.config.mask_secrets,
        )
        return
    _summarize_archive(session, chats, force=force, as_json=as_json)


@click.command()
@click.argument("chat")
@click.option("--undo", is_flag=True, help="Take the last `read` of it back.")
@json_option
def read(chat: str, *, undo: bool, as_json: bool) -> None:
    """Mark a conversation read here; the messenger itself is never touched."""
    session = start_session()
    with session.open_reader() as reader:
        row = get_conversation(reader, chat)
    with session.open_archive() as archive:
        at = session.read_now()
        changed = archive.undo_mark(row.id, at) if undo else archive.mark_read(row.id, at=at)
    session.wake_daemon()
    if as_json:
        print_json({"conversation": row.id, "changed": changed})
    else:
        click.echo(f"{say_count(changed, 'message')} {'unread again' if undo else 'read'}.")


def _summarize_archive(
    session: Session, chats: tuple[str, ...], *, force: bool, as_json: bool
) -> None:
    from companion.summarizing import run_pass

    if not session.has_archive:
        if as_json:
            print_json({"summaries": [], "seconds": 0.0})
        else:
            click.echo("Nothing is stored yet; see `companion add --help`.")
        return
    started_s = time.monotonic()
    with session.open_archive() as archive, session.open_reader() as reader:
        ids = [get_conversation(reader, chat).id for chat in chats] or None
        author = session.find_author()
        report = run_pass(
            archive,
            reader,
            session.config,
            author,
            session.paths.pass_lock_file,
            session.read_now,
            ids=ids,
            force=force,
            on_saved=_show_progress,
        )
        author.unload()
        _print_summaries(reader, ids, started_s, as_json=as_json)
    _check_report(report)


def _print_summaries(
    reader: Reader, ids: list[int] | None, started_s: float, *, as_json: bool
) -> None:
    """Every summary of what is unread, those that needed no new work included."""
    documents = []
    for row in reader.conversations(unread_only=True):
        summary = reader.find_summary(row.id) if ids is None or row.id in ids else None
        if summary is None:
            continue
        documents.append(describe_summary(summary, row.title))
        if not as_json:
            print_summary(summary, row)
            click.echo()
    if as_json:
        seconds = round(time.monotonic() - started_s, 3)
        print_json({"summaries": documents, "seconds": seconds})
    elif not documents:
        click.echo("Nothing is unread.")


def _show_progress(saved: Saved) -> None:
    if sys.stderr.isatty():
        print_notice(f"{saved.stage} {saved.done}/{saved.total}")


def _check_report(report: PassReport) -> None:
    if report.error is not None:
        what, _, next_step = report.error.partition("; ")
        raise PassFailed(what, next_step=next_step or "run the command again")

"""Commands that keep conversations out of the archive: leave one out, forget one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from companion.commands.printing import (
    format_at,
    format_short,
    json_option,
    print_json,
    print_notice,
    print_table,
)
from companion.commands.session import Session, get_conversation, start_session
from companion.errors import NotFound, UsageError
from companion.speaking import say_count

if TYPE_CHECKING:
    from storage.records import ConversationRow, Forgotten, LeftOutRow

_NOT_ERASED = (
    "another program is reading the archive, whose files hold the words until it is done: "
    "run `companion vacuum` then (the daemon does it by itself)"
)


@click.command()
@click.argument("chat", required=False)
@click.option("--pattern", metavar="GLOB", help="Every conversation of such a title: `Family *`.")
@click.option("--undo", is_flag=True, help="Read it again; CHAT may be a number of the list.")
@json_option
def exclude(chat: str | None, pattern: str | None, *, undo: bool, as_json: bool) -> None:
    """Leave a conversation out from now on; without any, list what is left out."""
    if chat is not None and pattern is not None:
        raise UsageError("both CHAT and --pattern are given", next_step="give one of them")
    session = start_session()
    if chat is None and pattern is None:
        _list_left_out(session, as_json=as_json)
        return
    if undo:
        changed = _take_in(session, chat, pattern)
        said = "It is read again from the next sync on." if changed else "It was not left out."
    else:
        found = _leave_out(session, chat, pattern)
        changed = len(found)
        said = f"Left out from now on, of those that are there: {changed}."
        if not as_json:
            _offer_to_forget(session, found)
    session.wake_daemon()
    if as_json:
        print_json({"changed": changed})
    else:
        click.echo(said)


@click.command()
@click.argument("chat")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--keep-following", is_flag=True, help="Read what comes, and what its store still holds."
)
@json_option
def forget(chat: str, *, yes: bool, keep_following: bool, as_json: bool) -> None:
    """Wipe a conversation with all that was made of it, and never read it again."""
    session = start_session()
    with session.open_reader() as reader:
        row = get_conversation(reader, chat)
    _confirm_forgetting(row, yes=yes or as_json)
    forgotten = _forget(session, row.id, is_followed=keep_following)
    session.wake_daemon()
    if as_json:
        print_json(
            {
                "conversation": row.id,
                "changed": forgotten.messages,
                "sources": list(forgotten.sources),
                "erased": forgotten.is_erased,
            }
        )
        return
    click.echo(f"{say_count(forgotten.messages, 'message')} forgotten.")
    if forgotten.sources:
        count = len(forgotten.sources)
        click.echo(f"Exports that told of nothing else and are followed no longer: {count}.")
    if not forgotten.is_erased:
        print_notice(_NOT_ERASED)


def _confirm_forgetting(row: ConversationRow, *, yes: bool) -> None:
    if yes:
        return
    if not _is_terminal():
        raise UsageError(
            "forgetting cannot be taken back, and there is nobody to ask",
            next_step="give --yes if it is meant",
        )
    what = f"{say_count(row.messages, 'message')} and all that was made of them"
    click.confirm(f"Forget {what}? It cannot be taken back", abort=True, default=False)


def _forget(session: Session, conversation_id: int, *, is_followed: bool = False) -> Forgotten:
    from companion.forgetting import forget_conversation

    with session.open_archive() as archive:
        return forget_conversation(
            archive, conversation_id, session.read_now(), is_followed=is_followed
        )


def _leave_out(session: Session, chat: str | None, pattern: str | None) -> list[ConversationRow]:
    """The conversations of the archive that were not left out before."""
    with session.open_archive() as archive, session.open_reader() as reader:
        if pattern is not None:
            ids = archive.add_pattern(pattern, session.read_now())
            return [reader.get_conversation(conversation_id) for conversation_id in ids]
        row = get_conversation(reader, chat or "")
        if row.excluded:
            return []
        archive.set_excluded(row.id, excluded=True, at=session.read_now())
        return [row]


def _offer_to_forget(session: Session, rows: list[ConversationRow]) -> None:
    messages = sum(row.messages for row in rows)
    if not messages:
        return
    if not _is_terminal():
        print_notice("what was read earlier stays; `companion forget CHAT` wipes it")
    elif click.confirm(f"Forget the {say_count(messages, 'message')} read earlier, too?"):
        for row in rows:
            if not _forget(session, row.id).is_erased:
                print_notice(_NOT_ERASED)


def _take_in(session: Session, chat: str | None, pattern: str | None) -> int:
    """How many conversations or patterns are left out no longer."""
    with session.open_archive() as archive, session.open_reader() as reader:
        if pattern is not None:
            if pattern in session.config.exclude:
                raise UsageError(
                    "that pattern stands in the config file", next_step="take it out there"
                )
            return int(archive.remove_pattern(pattern))
        if chat is not None and chat.isdecimal() and _find_left_out(reader.left_out(), int(chat)):
            archive.take_in(int(chat))
            return 1
        row = get_conversation(reader, chat or "")
        if row.excluded:
            archive.set_excluded(row.id, excluded=False)
        return int(row.excluded)


def _find_left_out(rows: list[LeftOutRow], number: int) -> LeftOutRow | None:
    found = next((row for row in rows if row.id == number), None)
    if found is not None and found.reason == "pattern":
        raise NotFound(
            "a pattern leaves that conversation out",
            next_step="take the pattern back: `companion exclude --undo --pattern GLOB`",
        )
    return found


def _list_left_out(session: Session, *, as_json: bool) -> None:
    rows: list[LeftOutRow] = []
    patterns = set(session.config.exclude)
    titles: dict[tuple[str, str], str] = {}
    if session.has_archive:
        from storage.left_out import digest_key

        with session.open_reader() as reader:
            rows = reader.left_out()
            patterns.update(reader.patterns())
            for kind in {row.source_kind for row in rows}:
                for room in reader.rooms(kind):
                    titles[kind, digest_key(room.key)] = room.title
    if as_json:
        conversations = [
            {
                "number": row.id,
                "source": row.source_kind,
                "title": titles.get((row.source_kind, row.key_digest)),
                "reason": row.reason,
                "pattern": row.pattern,
                "at": format_at(row.at, session.zone),
            }
            for row in rows
        ]
        print_json({"changed": 0, "patterns": sorted(patterns), "conversations": conversations})
    elif not rows and not patterns:
        click.echo("Nothing is left out.")
    else:
        for pattern in sorted(patterns):
            click.echo(f"pattern  {pattern}")
        print_table(
            ("", "store", "conversation", "why", "since"),
            (
                (
                    str(row.id),
                    row.source_kind,
                    titles.get((row.source_kind, row.key_digest), "(unknown)"),
                    row.reason,
                    format_short(row.at, session.zone),
                )
                for row in rows
            ),
        )


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()

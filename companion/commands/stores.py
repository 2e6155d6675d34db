"""Commands about stores: look into one, register, list, unregister, read what is new."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from companion.clock import find_local_zone, localize
from companion.commands.printing import (
    format_at,
    format_short,
    json_option,
    print_json,
    print_notice,
    print_table,
)
from companion.commands.session import Session, start_session
from companion.errors import CompanionError, NotFound, UsageError
from companion.speaking import say_count

if TYPE_CHECKING:
    from companion.ingesting import SourceReport
    from companion.scanning import ScanReport
    from companion.sources.interface import Source
    from storage.records import SourceRow, UnreadPolicy

kind_option = click.option("--kind", help="What the store is, when it is not to be found out.")
me_option = click.option(
    "--me", multiple=True, metavar="NAME", help="A name under which you write there; repeatable."
)


class SyncIncomplete(CompanionError):
    """Not every store could be read."""


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@kind_option
@me_option
@click.option("--messages", "with_messages", is_flag=True, help="Print every message, too.")
@json_option
def scan(
    path: Path, kind: str | None, me: tuple[str, ...], *, with_messages: bool, as_json: bool
) -> None:
    """Read a store and say what is in it; nothing is recorded."""
    from companion.scanning import scan_store
    from companion.sources.interface import SourceSettings
    from companion.temporary import make_folder

    make_folder()
    settings = SourceSettings(zone=find_local_zone(), me=me)
    report = scan_store(path, kind=kind, settings=settings, with_messages=with_messages)
    if as_json or with_messages:
        print_json(report.to_json())
    else:
        _print_scan(report)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@kind_option
@me_option
@click.option(
    "--unread",
    default="none",
    metavar="none|all|since=DATE",
    help="What of an export counts as unread at first; stores that know it themselves ignore this.",
)
@click.option(
    "--retention",
    "retention_days",
    type=click.IntRange(0, 36_500),
    metavar="DAYS",
    help="Keep its messages for so long; 0: for good. Else as the config says.",
)
@click.option("--yes", is_flag=True, help="Do not ask before reading.")
@json_option
def add(
    path: Path,
    kind: str | None,
    me: tuple[str, ...],
    unread: str,
    retention_days: int | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Register a store, read it now, and follow it from then on."""
    from companion.sources.interface import SourceSettings
    from companion.sources.registry import get_source

    session = start_session()
    policy = parse_policy(unread, session)
    settings = SourceSettings(zone=session.zone, me=me or session.config.me)
    source = get_source(path, kind=kind, settings=settings)
    _confirm_reading(f"{source.label} store {source.path}", yes=yes or as_json)
    row, report = register_store(session, source, policy, retention_days)
    session.wake_daemon()
    if as_json:
        print_json(
            {
                "source": describe_source(row, session),
                "added": report.counts.added,
                "left_out": report.held_back,
            }
        )
    else:
        print_added(row, report)


def register_store(
    session: Session, source: Source, policy: UnreadPolicy, retention_days: int | None = None
) -> tuple[SourceRow, SourceReport]:
    """Register a store and read it; one that cannot be read is not registered, and raises."""
    from companion.indexing import index_messages
    from companion.ingesting import sync_source
    from companion.leaving_out import apply_patterns, make_rules
    from companion.retaining import remove_old
    from storage.entries import NewSource

    rules = make_rules(session.config)
    with session.open_archive() as archive, session.open_reader() as reader:
        apply_patterns(archive, reader, rules)
        known = {row.id for row in reader.sources()}
        row = archive.add_source(
            NewSource(
                kind=source.kind,
                label=source.label,
                path=str(source.path.absolute()),
                unread_origin=source.unread_origin,
                me=source.settings.me,
                zone=str(session.zone),
                policy=policy,
                retention_days=retention_days,
            ),
            at=session.read_now(),
        )
        report = sync_source(archive, row, session.read_now(), rules=rules)
        if report.error is not None:
            if row.id not in known:
                archive.remove_source(row.id)
            raise report.error
        remove_old(archive, rules, session.read_now(), session.zone)
        index_messages(archive, on_step=_Progress().tell)
        return reader.get_source(row.id), report


def print_added(row: SourceRow, report: SourceReport) -> None:
    """What was read of a new store, and what was not."""
    _print_skipped([report])
    if report.held_back:
        print_notice(f"left out, see `companion exclude`: {report.held_back}")
    click.echo(
        f"{row.label}: {say_count(row.messages, 'message')} in "
        f"{say_count(row.conversations, 'conversation')}; source {row.id}"
    )


@click.command()
@json_option
def sources(*, as_json: bool) -> None:
    """List the registered stores."""
    session = start_session()
    rows: list[SourceRow] = []
    if session.has_archive:
        with session.open_reader() as reader:
            rows = reader.sources()
    if as_json:
        print_json({"sources": [describe_source(row, session) for row in rows]})
    elif not rows:
        click.echo("No stores yet; see `companion add --help`.")
    else:
        print_table(
            ("", "messenger", "conversations", "messages", "last read", "path"),
            (
                (
                    str(row.id),
                    row.label,
                    str(row.conversations),
                    str(row.messages),
                    row.error or format_short(row.synced_at, session.zone),
                    row.path,
                )
                for row in rows
            ),
        )


@click.command()
@click.argument("source")
@json_option
def remove(source: str, *, as_json: bool) -> None:
    """Unregister a store (by number or path); what was read from it stays."""
    session = start_session()
    row = _get_source(session, source)
    with session.open_archive() as archive:
        archive.remove_source(row.id)
    session.wake_daemon()
    if as_json:
        print_json({"sources": [describe_source(row, session)]})
    else:
        click.echo(f"{row.label} at {row.path} is no longer read.")


@click.command()
@json_option
def sync(*, as_json: bool) -> None:
    """Read what is new in every registered store."""
    from companion.indexing import index_messages
    from companion.ingesting import sync_sources
    from companion.leaving_out import apply_patterns, make_rules
    from companion.retaining import remove_old
    from storage.records import IngestCounts

    session = start_session()
    started_s = time.monotonic()
    reports: list[SourceReport] = []
    unread = 0
    if session.has_archive:
        rules = make_rules(session.config)
        with session.open_archive() as archive, session.open_reader() as reader:
            apply_patterns(archive, reader, rules)
            reports = sync_sources(archive, reader.sources(), session.read_now(), rules=rules)
            remove_old(archive, rules, session.read_now(), session.zone)
            index_messages(archive, on_step=_Progress().tell)
            unread = reader.totals().unread
        session.wake_daemon()
    counts = sum((report.counts for report in reports), IngestCounts())
    document = {
        "added": counts.added,
        "changed": counts.changed,
        "removed": counts.removed,
        "unread": unread,
        "seconds": round(time.monotonic() - started_s, 3),
        "errors": [
            {"source": report.source.id, "path": report.source.path, "error": str(report.error)}
            for report in reports
            if report.error is not None
        ],
        "warnings": [
            {"source": report.source.id, "line": part.line, "reason": part.reason}
            for report in reports
            for part in report.skipped
        ],
    }
    if as_json:
        print_json(document)
    else:
        _print_skipped(reports)
        click.echo(f"{counts.added} new, {counts.changed} changed, {unread} unread")
    _check_reports(reports)


_PROGRESS_S = 2.0


def parse_policy(word: str, session: Session) -> UnreadPolicy:
    """The meaning of `--unread`; raises `UsageError` for anything else."""
    from storage.records import UnreadPolicy

    if word in ("none", "all"):
        return UnreadPolicy("none" if word == "none" else "all")
    name, _, day = word.partition("=")
    try:
        since = datetime.fromisoformat(day) if name == "since" else None
    except ValueError:
        since = None
    if since is None:
        raise UsageError(
            f"--unread cannot be {word!r}", next_step="give none, all or since=2026-11-24"
        )
    at = since if since.tzinfo else localize(since, session.zone)
    return UnreadPolicy("since", at)


def describe_source(row: SourceRow, session: Session) -> dict[str, object]:
    """A registered store, as JSON."""
    return {
        "id": row.id,
        "kind": row.kind,
        "label": row.label,
        "path": row.path,
        "me": list(row.me),
        "zone": row.zone,
        "unread_origin": row.unread_origin,
        "conversations": row.conversations,
        "messages": row.messages,
        "synced_at": format_at(row.synced_at, session.zone),
        "retention_days": row.retention_days,
        "warnings": row.warnings,
        "error": row.error,
    }


def _get_source(session: Session, text: str) -> SourceRow:
    if session.has_archive:
        with session.open_reader() as reader:
            for row in reader.sources():
                if text in (str(row.id), row.path) or str(Path(text).absolute()) == row.path:
                    return row
    raise NotFound(f"no store {text} is registered", next_step="see `companion sources`")


def _confirm_reading(what: str, *, yes: bool) -> None:
    if not yes and sys.stdin.isatty() and sys.stdout.isatty():
        click.confirm(f"Read the {what}? It is opened read-only", abort=True, default=True)


class _Progress:
    """Says on stderr what the index has still to do, where that takes seconds."""

    def __init__(self) -> None:
        self._told_s = time.monotonic()

    def tell(self, left: int) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= _PROGRESS_S:
            self._told_s = now_s
            print_notice(f"search index: {say_count(left, 'message')} to go")


def _check_reports(reports: list[SourceReport]) -> None:
    """Raises `SyncIncomplete` with what the first store that failed says, and how many others."""
    errors = [(report.source, report.error) for report in reports if report.error is not None]
    if errors:
        source, error = errors[0]
        others = f" ({len(errors) - 1} more: `companion sources`)" if errors[1:] else ""
        raise SyncIncomplete(f"{source.label}: {error.what}{others}", next_step=error.next_step)


def _print_skipped(reports: list[SourceReport]) -> None:
    for report in reports:
        for part in report.skipped[:10]:
            where = f"line {part.line}: " if part.line else ""
            print_notice(f"{report.source.label}: skipped {where}{part.reason}")
        if len(report.skipped) > 10:
            print_notice(f"{report.source.label}: {len(report.skipped) - 10} more parts skipped")


def _print_scan(report: ScanReport) -> None:
    document = report.to_json()
    conversations = document["conversations"]
    print_table(
        ("conversation", "kind", "messages", "system", "unread", "first", "last"),
        (
            (
                str(item["title"]),
                str(item["kind"]),
                str(item["messages"]),
                str(item["system"]),
                "?" if item["unread"] is None else str(item["unread"]),
                str(item["first"] or "")[:16].replace("T", " "),
                str(item["last"] or "")[:16].replace("T", " "),
            )
            for item in conversations
        ),
    )
    for warning in document["warnings"]:
        print_notice(str(warning))
    click.echo(
        f"{document['kind']}: {say_count(document['messages'], 'message')} in "
        f"{say_count(len(conversations), 'conversation')}; system lines: {document['system']}"
    )

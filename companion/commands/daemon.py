"""The daemon in the foreground, and a look at what it does."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from companion.clock import LocalZone
from companion.commands.printing import format_at, format_short, json_option, print_json
from companion.commands.session import Session, start_session
from companion.retrying import CONVERSATIONS, STORES
from companion.speaking import say_count, say_encryption

if TYPE_CHECKING:
    from companion.daemon_state import DaemonState
    from companion.unlocking import Encryption
    from storage.records import FailureRecord, RunRow, SourceRow, Totals

_ERRORS_SHOWN = 5


@click.command()
def run() -> None:
    """Run the daemon in the foreground; SIGTERM or Ctrl-C ends it."""
    from companion.daemon import Daemon
    from companion.priority import lower_priority

    session = start_session()
    lower_priority(session.config.nice)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # It names every file it sees; ours say what matters.
    logging.getLogger("watchdog").setLevel(logging.WARNING)
    code = Daemon(
        session.paths,
        session.config,
        session.find_author(),
        read_now=session.read_now,
        zone=LocalZone(),
    ).run()
    raise click.exceptions.Exit(code)


@click.command()
@json_option
def status(*, as_json: bool) -> None:
    """Show the daemon, the queue, the stores, the next digest, the model, the last errors."""
    session = start_session()
    found = read_status(session)
    if as_json:
        print_json(describe_status(found, session))
    else:
        _print_status(found, session)


@dataclass(frozen=True, slots=True)
class Status:
    """What is known at one moment."""

    daemon: DaemonState | None
    """None: no daemon runs."""

    totals: Totals
    sources: list[SourceRow]
    failures: list[FailureRecord]
    """Conversations on which the model fails."""

    encryption: Encryption
    model_name: str
    model_state: str
    paused_until: datetime | None
    """None: no pause is on."""

    errors: list[dict[str, object]]


def read_status(session: Session) -> Status:
    """Everything `companion status` shows, each asked once; imports nothing heavy."""
    from companion.daemon_state import find_state
    from companion.pausing import find_pause
    from companion.unlocking import find_encryption

    daemon = find_state(session.paths)
    totals, sources, failures, runs = _read_archive(session)
    model = session.find_model()
    errors = _list_errors(session, sources, runs, daemon.errors if daemon else {})
    return Status(
        daemon,
        totals,
        sources,
        failures,
        find_encryption(session.paths),
        model.name,
        model.state,
        find_pause(session.paths.pause_file, session.read_now()),
        errors,
    )


def describe_status(found: Status, session: Session) -> dict[str, object]:
    """All of `companion status --json`."""
    from companion.daemon_state import count_idle_s

    state, totals = found.daemon, found.totals
    return {
        "daemon": {
            "running": state is not None,
            "pid": state.pid if state else None,
            "activity": state.activity if state else None,
            "done": state.done if state else 0,
            "total": state.total if state else 0,
            "started_at": state.started_at if state else None,
        },
        "sources": [_describe_source(source, session) for source in found.sources],
        "failures": [_describe_failure(failure, session) for failure in found.failures],
        "unread": totals.unread,
        "unread_conversations": totals.unread_conversations,
        "queue": totals.pending_gists,
        "paused_until": format_at(found.paused_until, session.zone),
        "hold": _describe_hold(state, session),
        "next_digest": state.next_digest if state else None,
        "encryption": found.encryption,
        "model": {"name": found.model_name, "state": found.model_state},
        "idle_seconds": round(count_idle_s(state, session.read_now()), 1) if state else None,
        "errors": found.errors,
    }


def _describe_source(source: SourceRow, session: Session) -> dict[str, object]:
    next_try = _find_next_try(source)
    return {
        "id": source.id,
        "kind": source.kind,
        "path": source.path,
        "messages": source.messages,
        "synced_at": format_at(source.synced_at, session.zone),
        "error": source.error,
        "failures": source.failures,
        "next_try": format_at(next_try, session.zone),
    }


def _describe_failure(failure: FailureRecord, session: Session) -> dict[str, object]:
    next_try = CONVERSATIONS.find_next_try(failure.times, failure.last_at)
    return {
        "conversation": failure.conversation_id,
        "reason": failure.reason,
        "failures": failure.times,
        "next_try": format_at(next_try, session.zone),
        "given_up": next_try is None,
    }


def _find_next_try(source: SourceRow) -> datetime | None:
    """When the daemon reads a failing store again without a change; None for one that is fine."""
    if source.failed_at is None:
        return None
    return STORES.find_next_try(source.failures, source.failed_at)


def _describe_hold(state: DaemonState | None, session: Session) -> dict[str, object] | None:
    """What keeps the model from its work; None: nothing, or no daemon that it could keep."""
    if state is None or state.hold is None:
        return None
    return {"reason": state.hold, "until": format_at(_find_hold_end(state), session.zone)}


def _find_hold_end(state: DaemonState) -> datetime | None:
    return datetime.fromisoformat(state.hold_until) if state.hold_until else None


def _read_archive(
    session: Session,
) -> tuple[Totals, list[SourceRow], list[FailureRecord], list[RunRow]]:
    from storage.records import Totals

    if not session.has_archive:
        return Totals(0, 0, 0, 0, 0, 0), [], [], []
    with session.open_reader() as reader:
        return reader.totals(), reader.sources(), reader.failures(), reader.runs(limit=20)


def _list_errors(
    session: Session, sources: list[SourceRow], runs: list[RunRow], daemon_errors: Mapping[str, str]
) -> list[dict[str, object]]:
    errors: list[dict[str, object]] = [
        {
            "where": f"source {source.id}",
            "at": format_at(source.synced_at, session.zone),
            "error": source.error,
        }
        for source in sources
        if source.error
    ]
    errors += [
        {
            "where": run.kind,
            "at": format_at(run.ended_at, session.zone),
            "error": run.details.get("error"),
        }
        for run in runs
        if run.outcome == "failed"
    ]
    errors += [
        {"where": part, "at": None, "error": text}
        for part, text in daemon_errors.items()
        if part != "sources"
    ]
    return errors[:_ERRORS_SHOWN]


def _print_status(found: Status, session: Session) -> None:
    state, totals = found.daemon, found.totals
    if state is None:
        click.echo("daemon       not running (start it with `companion run`)")
    else:
        progress = f" {state.done}/{state.total}" if state.total else ""
        click.echo(f"daemon       {state.activity}{progress}, process {state.pid}")
        click.echo(f"next digest  {state.next_digest or 'never'}")
    click.echo(f"archive      {say_encryption(found.encryption)}")
    click.echo(f"model        {found.model_name}: {found.model_state}")
    conversations = say_count(totals.unread_conversations, "conversation")
    click.echo(f"unread       {totals.unread} in {conversations}")
    click.echo(f"waiting      {totals.pending_gists} for the model{_say_hold(state, session)}")
    if found.paused_until is not None:
        until = format_short(found.paused_until, session.zone)
        click.echo(f"paused       until {until}, or until `companion resume`")
    for source in found.sources:
        at = format_short(source.synced_at, session.zone) or "never"
        state_said = f"{source.error}{_say_tries(source, session)}" if source.error else "fine"
        click.echo(f"source {source.id:<5} {source.label}, read {at}: {state_said}")
    for failure in found.failures:
        click.echo(f"chat #{failure.conversation_id:<6} {_say_failure(failure, session)}")
    for error in found.errors:
        click.echo(f"error        {error['where']}: {error['error']}")


def _say_tries(source: SourceRow, session: Session) -> str:
    next_try = format_short(_find_next_try(source), session.zone)
    return f" (failed {_say_times(source.failures)}, next try {next_try})"


def _say_failure(failure: FailureRecord, session: Session) -> str:
    next_try = format_short(
        CONVERSATIONS.find_next_try(failure.times, failure.last_at), session.zone
    )
    what = f"the model failed {_say_times(failure.times)} ({failure.reason})"
    if next_try:
        return f"{what}, next try {next_try}"
    return f"{what}, given up until messages come or `companion summarize --force`"


def _say_times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _say_hold(state: DaemonState | None, session: Session) -> str:
    if state is None or state.hold is None:
        return ""
    end = format_short(_find_hold_end(state), session.zone)
    return f" ({state.hold}{f' until {end}' if end else ', looked at again every minute'})"

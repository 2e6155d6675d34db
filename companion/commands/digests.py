"""The digest command: prints the kept digest of a day, or makes one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from companion.commands.printing import format_at, json_option, print_json
from companion.commands.session import Session, start_session
from companion.errors import NotFound, UsageError

if TYPE_CHECKING:
    from storage.entries import NewDigest
    from storage.records import DigestRow


@click.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Local date; today when not given.")
@click.option("--now", "make_now", is_flag=True, help="Make today's anew and keep it.")
@click.option("--dry-run", is_flag=True, help="Compose today's, keep nothing.")
@json_option
def digest(day: datetime | None, *, make_now: bool, dry_run: bool, as_json: bool) -> None:
    """Print the digest of a day; today's is composed, not kept, when it was not made yet."""
    session = start_session()
    today = session.read_now().astimezone(session.zone).date()
    wanted = day.date() if day else today
    if wanted != today and (make_now or dry_run):
        raise UsageError(
            "a digest is made of what is unread now, so for today alone",
            next_step="leave --day out",
        )
    found = _find_digest(session, wanted, today, make_now=make_now, dry_run=dry_run)
    if as_json:
        print_json(describe_digest(found, session))
    else:
        click.echo(found.markdown)


def describe_digest(found: DigestRow | NewDigest, session: Session) -> Mapping[str, object]:
    """A digest as JSON."""
    return {
        "day": found.day.isoformat(),
        "made_at": format_at(found.made_at, session.zone),
        "caught_up": found.caught_up,
        "conversations": found.contents["conversations"],
        "todo": found.contents["todo"],
        "coverage": dict(found.coverage),
        "markdown": found.markdown,
    }


def _find_digest(
    session: Session, wanted: date, today: date, *, make_now: bool, dry_run: bool
) -> DigestRow | NewDigest:
    from companion.digesting import compose_digest, make_digest

    # A fresh home gets its archive here: "nothing is unread" is a digest, too.
    with session.open_archive() as archive, session.open_reader() as reader:
        now = session.read_now()
        if make_now and not dry_run:
            return make_digest(archive, reader, session.config, today, now, session.zone)
        kept = None if dry_run else reader.find_digest(wanted)
        if kept is not None:
            return kept
        if wanted != today:
            raise NotFound(
                f"no digest of {wanted.isoformat()} was kept",
                next_step="see the kept ones in `companion tui`",
            )
        return compose_digest(reader, today, now, session.zone, session.language)

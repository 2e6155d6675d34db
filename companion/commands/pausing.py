"""The commands that let the daemon rest for a while and call it back."""

from __future__ import annotations

import click

from companion.commands.printing import format_at, format_short, json_option, print_json
from companion.commands.session import start_session
from companion.pausing import end_pause, find_pause, parse_duration, save_pause


@click.command()
@click.argument("duration")
@json_option
def pause(duration: str, *, as_json: bool) -> None:
    """Let the daemon do nothing at all for 30m, 2h or 1d12h."""
    span = parse_duration(duration)
    session = start_session()
    until = session.read_now() + span
    save_pause(session.paths.pause_file, until)
    session.wake_daemon()
    if as_json:
        print_json({"changed": True, "until": format_at(until, session.zone)})
    else:
        click.echo(f"Paused until {format_short(until, session.zone)}.")


@click.command()
@json_option
def resume(*, as_json: bool) -> None:
    """End the pause; the daemon catches up at once."""
    session = start_session()
    was_paused = find_pause(session.paths.pause_file, session.read_now()) is not None
    end_pause(session.paths.pause_file)
    session.wake_daemon()
    if as_json:
        print_json({"changed": was_paused})
    else:
        click.echo("The pause is over." if was_paused else "There was no pause.")

"""The commands that make the daemon a service of the user's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from companion.commands.printing import json_option, print_json, print_notice
from companion.commands.session import start_session

if TYPE_CHECKING:
    from companion.service.interface import Service


@click.group()
def service() -> None:
    """Let systemd or launchd start the daemon at every login."""


@service.command("install")
@json_option
def install_service(*, as_json: bool) -> None:
    """Start the daemon now and at every login, locked in; again to renew it."""
    found = _find_service()
    steps = found.install()
    if steps:
        print_notice(f"{found.manager} does not answer here; in your session, run:")
        for step in steps:
            print_notice(f"  {step}")
    _print_state(found, as_json=as_json)


@service.command("uninstall")
@json_option
def uninstall_service(*, as_json: bool) -> None:
    """Stop the daemon and start it no more; nothing that it made is removed."""
    found = _find_service()
    found.uninstall()
    _print_state(found, as_json=as_json)


@service.command("status")
@json_option
def show_service(*, as_json: bool) -> None:
    """Show whether the service is installed and runs."""
    _print_state(_find_service(), as_json=as_json)


def _find_service() -> Service:
    from companion.service.choosing import choose_service

    session = start_session()
    return choose_service(session.paths, session.config.nice)


def _print_state(found: Service, *, as_json: bool) -> None:
    state = found.find_state()
    if as_json:
        print_json({"state": state, "manager": found.manager, "file": str(found.file)})
    else:
        click.echo(f"{state} ({found.manager}, {found.file})")

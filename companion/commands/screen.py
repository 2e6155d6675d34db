"""Opens the terminal interface."""

from __future__ import annotations

import click

from companion.commands.session import start_session


@click.command()
def tui() -> None:
    """Open the terminal interface."""
    from companion.screening import open_screen

    session = start_session()
    if session.has_archive:
        with session.open_archive() as archive:
            archive.remove_expired(session.read_now())
    open_screen(session.paths, session.config, zone=session.zone, read_now=session.read_now)

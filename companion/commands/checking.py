"""The doctor command."""

from __future__ import annotations

from dataclasses import asdict

import click

from companion.commands.printing import json_option, print_json
from companion.commands.session import start_session


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check everything a support person would ask about, each with its remedy."""
    from companion.doctoring import examine

    session = start_session()
    checks = examine(
        session.paths, session.config, session.find_model(), session.read_now(), session.zone
    )
    if as_json:
        print_json({"checks": [asdict(check) for check in checks]})
        return
    for check in checks:
        mark = click.style("ok  ", fg="green") if check.ok else click.style("look", fg="yellow")
        click.echo(f"{mark} {check.name:<14} {check.detail}")
        if check.remedy:
            click.echo(f"     {'':<14} → {check.remedy}")

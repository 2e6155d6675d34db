"""The completion command: what a shell has to run to complete this command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from companion.commands.group import cli
from companion.commands.printing import json_option, print_json
from companion.errors import UsageError

PROGRAM = "companion"
VARIABLE = "_COMPANION_COMPLETE"
"""Set by the script when it calls us; the name is click's."""


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
def completion(shell: str, *, as_json: bool) -> None:
    """Print what lets bash, zsh or fish complete commands, options and files."""
    complete = get_completion_class(shell)
    if complete is None:
        raise UsageError(f"{shell} cannot be completed", next_step="use bash, zsh or fish")
    script = complete(cli, {}, PROGRAM, VARIABLE).source()
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        click.echo(script)

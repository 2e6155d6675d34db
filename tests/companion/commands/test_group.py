"""The table of commands, held against the commands themselves."""

from __future__ import annotations

import click
import pytest

from companion.commands.group import PLACES, cli


@pytest.mark.parametrize("name", PLACES)
def test_the_list_says_what_the_command_says_of_itself(name: str) -> None:
    command = cli.commands[name]
    assert command.name == name
    assert command.get_short_help_str(limit=200) == PLACES[name].help


def test_the_help_lists_every_command() -> None:
    with click.Context(cli, info_name="companion", terminal_width=200) as context:
        listed = cli.get_help(context).partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == sorted(cli.commands)

"""Makes the manual page, docs/companion.1, from the commands and settings themselves.

.venv/bin/python docs/man.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from companion import __version__
from companion.commands.group import cli
from companion.settings import list_settings

PLACES = {
    "COMPANION_HOME": "The folder of archive, settings and models. Without it they are in the "
    "platform's own folders.",
    "COMPANION_ALLOW_OPEN_HOME": "Set to 1, a home that others can look into is no reason to "
    "refuse.",
    "COMPANION_PASSPHRASE": "Unlocks an archive that is encrypted under a passphrase.",
}
CODES = {
    "0": "Done.",
    "1": "Failed: one line says what, why and the next step.",
    "2": "Wrong usage.",
    "3": "Refused for privacy: the network, or a folder that others can look into.",
    "130": "Interrupted.",
}


def compose_page() -> str:
    """The page in the macros of man(7)."""
    return "\n".join(_list_lines()) + "\n"


def _list_lines() -> Iterator[str]:
    yield f'.TH COMPANION 1 "" "Companion {__version__}" "User Commands"'
    yield from (".SH NAME", f"companion \\- {escape(_lower(cli.help or ''))}")
    yield from (".SH SYNOPSIS", ".B companion")
    yield "[\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...]"
    yield from (".SH DESCRIPTION", "Without a command it opens the terminal interface.")
    yield ".SH COMMANDS"
    for name, command in list_commands(cli):
        yield from _describe_command(name, command)
    yield ".SH ENVIRONMENT"
    for variable, meaning in _list_variables():
        yield from (".TP", f".B {escape(variable)}", escape(meaning))
    yield ".SH EXIT STATUS"
    for code, meaning in CODES.items():
        yield from (".TP", f".B {code}", escape(meaning))


def list_commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its whole name, in the order of names."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from list_commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


def _describe_command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    arguments = [
        parameter.make_metavar(context)
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    usage = " ".join(("companion", name, *arguments))
    yield from (f'.SS "{escape(usage)}"', escape(_join(command.help or "")))
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield from (".TP", f".B {escape(record[0])}", escape(_join(record[1])))


def _list_variables() -> Iterator[tuple[str, str]]:
    yield from PLACES.items()
    for setting in list_settings():
        meaning = f"Overrides the setting {setting.name} ({setting.shown_default}). "
        yield setting.variable, meaning + setting.meaning


def _join(text: str) -> str:
    return " ".join(text.split())


def _lower(text: str) -> str:
    text = _join(text).removesuffix(".")
    return text[:1].lower() + text[1:]


def escape(text: str) -> str:
    """What roff shows as this very text, on a line that is no request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\\&" + text if text.startswith((".", "'")) else text


if __name__ == "__main__":
    Path(__file__).with_name("companion.1").write_text(compose_page(), encoding="utf-8")

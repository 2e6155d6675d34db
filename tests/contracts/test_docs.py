"""The documents say what the program does: commands, options, settings, files."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from companion.commands.group import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

_SECTION = re.compile(
    r"^### `companion (?P<usage>[^`]+)`\n(?P<body>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL
)
_MANUAL_SECTION = re.compile(
    r'^\.SS "companion (?P<usage>.+?)"\n(?P<body>.*?)(?=^\.S|\Z)', re.MULTILINE | re.DOTALL
)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
_PATH = re.compile(r"`((?:companion|inference|storage|tui|tests|docs|\.ci)/[\w./*-]*)`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
_CALL = re.compile(r"(?:^\$ |`|bin/|&& )companion((?: [a-z][a-z-]*)+)", re.MULTILINE)


def list_commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from list_commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(list_commands(cli))


def find_name(usage: str) -> str:
    """The command's name in "model pull [NAME]"."""
    return " ".join(word for word in usage.split() if word.islower() and word.isalpha())


SECTIONS = {find_name(match["usage"]): match for match in _SECTION.finditer(PAGE)}


def test_every_command_has_its_section_and_every_section_its_command() -> None:
    assert SECTIONS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
class TestASection:
    def test_names_the_arguments(self, name: str) -> None:
        arguments = [
            parameter.make_metavar(click.Context(COMMANDS[name]))
            for parameter in COMMANDS[name].params
            if isinstance(parameter, click.Argument)
        ]
        assert SECTIONS[name]["usage"] == " ".join([name, *arguments])

    def test_names_every_option_and_no_other(self, name: str) -> None:
        options = {
            option
            for parameter in COMMANDS[name].params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
        }
        listed = [line for line in SECTIONS[name]["body"].splitlines() if line.startswith("- `--")]
        heads = {option for line in listed for option in _OPTION.findall(line.partition(": ")[0])}
        assert heads == options
        assert set(_OPTION.findall(SECTIONS[name]["body"])) <= options


def test_the_page_of_settings_is_made_from_the_program() -> None:
    """`python docs/settings.py` makes it anew."""
    made = runpy.run_path(str(ROOT / "docs" / "settings.py"))["compose_page"]()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == made


class TestTheManualPage:
    def test_is_made_from_the_program(self) -> None:
        """`python docs/man.py` makes it anew."""
        made = runpy.run_path(str(ROOT / "docs" / "man.py"))["compose_page"]()
        assert (ROOT / "docs" / "companion.1").read_text(encoding="utf-8") == made

    def test_has_every_command_and_option(self) -> None:
        page = (ROOT / "docs" / "companion.1").read_text(encoding="utf-8").replace("\\-", "-")
        found = _MANUAL_SECTION.finditer(page)
        sections = {find_name(match["usage"]): match["body"] for match in found}
        assert sections.keys() == COMMANDS.keys()
        for name, command in COMMANDS.items():
            options = {opt for parameter in command.params for opt in parameter.opts}
            shown = {option for option in options if option.startswith("--")}
            assert shown <= set(_OPTION.findall(sections[name])), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
class TestADocument:
    def test_names_files_that_are_there(self, document: Path) -> None:
        text = document.read_text(encoding="utf-8")
        named = {ROOT / path for path in _PATH.findall(text)}
        linked = {document.parent / path for path in _LINK.findall(text)}
        assert {str(path) for path in named | linked if not list_matching(path)} == set()

    def test_calls_commands_that_are_there(self, document: Path) -> None:
        names = {*COMMANDS, *(name.partition(" ")[0] for name in COMMANDS)}
        called = {words.strip() for words in _CALL.findall(document.read_text(encoding="utf-8"))}
        unknown = {
            call
            for call in called
            if not any(call == name or call.startswith(f"{name} ") for name in names)
        }
        assert unknown == set()


def list_matching(path: Path) -> list[Path]:
    return list(path.parent.glob(path.name)) if path.name else []

"""What each setting means, in the words of `Config` itself; composes texts and writes no file."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise

import tomlkit

from companion.config import Config, name_variable

Value = str | int | list[str]

_WIDTH = 92
_HEAD = """\
Settings of Companion. A line that begins with "# name =" shows a default: take the mark away and
change the value. Each can be overridden by an environment variable: COMPANION_ and its name in
capitals."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of `Config`."""

    name: str
    default: Value
    meaning: str
    """Its docstring, on one line."""

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return name_variable(self.name)

    @property
    def shown_default(self) -> str:
        """As TOML writes it."""
        return json.dumps(self.default, ensure_ascii=False)


def list_settings() -> list[Setting]:
    """Every setting, in the order of `Config`."""
    meanings = _read_meanings()
    return [
        Setting(
            field.name,
            list(field.default) if isinstance(field.default, tuple) else field.default,  # type: ignore[arg-type]
            meanings[field.name],
        )
        for field in fields(Config)
    ]


def compose_config(values: Mapping[str, Value]) -> str:
    """A config file with `values` set and every other setting's default commented out."""
    document = tomlkit.document()
    for line in _HEAD.splitlines():
        document.add(tomlkit.comment(line))
    for setting in list_settings():
        document.add(tomlkit.nl())
        for line in textwrap.wrap(setting.meaning, _WIDTH, break_on_hyphens=False):
            document.add(tomlkit.comment(line))
        if setting.name in values:
            document.add(setting.name, tomlkit.item(values[setting.name]))
        else:
            document.add(tomlkit.comment(f"{setting.name} = {setting.shown_default}"))
    return tomlkit.dumps(document)


def _read_meanings() -> dict[str, str]:
    """The texts that stand below the fields in the source, where alone Python keeps them."""
    body = next(
        node.body
        for node in ast.parse(inspect.getsource(Config)).body
        if isinstance(node, ast.ClassDef)
    )
    meanings: dict[str, str] = {}
    for field, text in pairwise(body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                meanings[name] = " ".join(meaning.split())
    return meanings

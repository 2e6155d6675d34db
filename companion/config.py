"""The settings: defaults and checks, the config file and the environment that sets them.

Nothing else reads the file, or a variable that stands for a setting.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from companion.errors import ConfigError
from companion.hours import parse_hours
from companion.replacing import replace_file


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one home."""

    model: str = "default"
    """Name of the catalogue's model that writes the gists; "none" for highlights alone."""

    me: tuple[str, ...] = ()
    """Names under which the owner writes, for sources that were added without their own."""

    language: str = "auto"
    """"ko" or "en" writes every summary and the screen in it; "auto": summaries in the
    chat's language, the screen in the locale's."""

    digest_cron: str = "30 21 * * *"
    """When the digest is made, in local time; five cron fields; "" for never."""

    context_messages: int = 6
    """How many messages before the unread ones the model sees to make sense of them."""

    settle_s: int = 30
    """The daemon starts a pass when no store changed for so long, so that a lively chat is
    summarised once and not at every line."""

    settle_limit_s: int = 600
    """A pass starts no later than so long after the first change."""

    poll_s: int = 60
    """How often the stores are looked at without any event, for file systems that tell none."""

    unload_s: int = 300
    """The model's memory is given back after so long without work."""

    threads: int = 0
    """Cores the model may use; 0: measured choice for this machine."""

    memory_limit_mb: int = 1200
    """What the model's process may take, in MB: it decides how many texts are written at the same
    time, one at least. With more, more cores are of use."""

    mask_secrets: bool = True
    """Whether codes, passwords, keys and numbers of cards and accounts are masked in what is told
    of messages: see docs/privacy.md."""

    quiet_hours: str = ""
    """Local times such as "23:00-07:00" in which the daemon lets the model rest; "" for none."""

    ac_only: bool = False
    """The daemon lets the model rest while the machine runs on its battery."""

    load_limit_percent: int = 0
    """The daemon lets the model rest while other programs use more than so much of all cores;
    0: however busy it is."""

    work_limit_min_per_hour: int = 0
    """The daemon lets the model rest when it worked for so many minutes within the last hour;
    0: no limit."""

    nice: int = 10
    """Niceness of the daemon, whose disk priority is the lowest with it; 0 leaves both alone."""

    notify: str = "off"
    """What a desktop notification after a pass tells: "off" for none at all, "counts", or "topics"
    for the topics that the model wrote, which are made of what people said. It needs the extra
    `notify`."""

    exclude: tuple[str, ...] = ()
    """Titles of conversations that are not read, beside those of `companion exclude`: `*` stands
    for any letters, `?` for one."""

    retention_days: int = 0
    """Messages older than this are removed, and not read, from sources that were added without
    a `--retention` of their own; 0 keeps them. Digests go at the shortest of all these ages."""


_CHECKS: dict[str, tuple[float, float]] = {
    "context_messages": (0, 100),
    "settle_s": (0, 86_400),
    "settle_limit_s": (0, 86_400),
    "poll_s": (1, 86_400),
    "unload_s": (0, 86_400),
    "threads": (0, 256),
    "memory_limit_mb": (0, 1_000_000),
    "load_limit_percent": (0, 100),
    "work_limit_min_per_hour": (0, 60),
    "nice": (0, 19),
    "retention_days": (0, 36_500),
}
_WORDS = {"language": ("auto", "ko", "en"), "notify": ("off", "counts", "topics")}

_SWITCH = {"true": True, "1": True, "false": False, "0": False}


def name_variable(setting: str) -> str:
    """The environment variable that overrides a setting: "COMPANION_SETTLE_S"."""
    return f"COMPANION_{setting.upper()}"


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The settings of the environment, else of `path`, else their defaults.

    Raises `ConfigError` naming the setting for anything unknown, of a wrong type or out of
    its range: a misspelt setting is never ignored. Of variables only those of known settings
    are looked at; others of that prefix are not settings.
    """
    overrides = read_overrides(os.environ if environ is None else environ)
    return replace(_load_file(path), **overrides)


def read_overrides(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that variables override, checked, by their names; {} for none.

    A list is written with commas between its texts, a switch as true or false. An empty
    variable is a setting of "" or of no texts. Raises `ConfigError` naming the variable.
    """
    overrides: dict[str, Any] = {}
    for field in fields(Config):
        variable = name_variable(field.name)
        if variable in environ:
            value = _parse_value(environ[variable], field.default)
            _check(field.name, value, field.default, f"the variable {variable}")
            overrides[field.name] = tuple(value) if isinstance(value, list) else value
    return overrides


def check_setting(name: str, value: object) -> None:
    """Raises `ConfigError` where a setting, known by name, cannot be `value` (TOML's types)."""
    default = next(field.default for field in fields(Config) if field.name == name)
    _check(name, value, default, "the setting")


def _parse_value(text: str, default: object) -> object:
    """The text as the type of the setting; the text itself where it cannot be that."""
    if isinstance(default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(default, bool):
        return _SWITCH.get(text.lower(), text)
    if isinstance(default, int):
        return int(text) if text.removeprefix("-").isdecimal() else text
    return text


def _load_file(path: Path) -> Config:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the config file {path} cannot be read ({type(error).__name__})",
            next_step="make it a readable UTF-8 file",
        ) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"the config file {path} is not TOML: {error}", next_step="mend the line it names"
        ) from error
    return _make_config(table, path)


def save_setting(path: Path, name: str, value: str | int | list[str]) -> None:
    """Write one setting into the config file, leaving the rest and its comments as they are."""
    import tomlkit

    document = (
        tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    )
    document[name] = value
    write_config(path, tomlkit.dumps(document))


def write_config(path: Path, text: str) -> None:
    """Make `text` the config file, which is the owner's alone; what cannot be is not written."""
    _make_config(tomllib.loads(text), path)
    # In one step: killed in between, a file that was cut short would pass for every default.
    replace_file(path.resolve(), text)


def _make_config(table: Mapping[str, Any], path: Path) -> Config:
    known = {field.name: field.default for field in fields(Config)}
    for name, value in table.items():
        if name not in known:
            raise ConfigError(
                f"{path} holds an unknown setting {name!r}",
                next_step=f"settings are: {', '.join(known)}",
            )
        _check(name, value, known[name], str(path))
    lists = {name: tuple(value) for name, value in table.items() if isinstance(value, list)}
    return Config(**{**table, **lists})


def _check(name: str, value: object, default: object, where: str) -> None:
    wanted = _describe_wanted(name, value, default)
    if wanted is not None:
        raise ConfigError(f"{where}: {name} cannot be {value!r}", next_step=f"give {wanted}")


def _describe_wanted(name: str, value: object, default: object) -> str | None:
    """What the setting wants, or None when the value is fine."""
    if isinstance(default, tuple):
        ok = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return None if ok else "a list of texts in quotes"
    if isinstance(default, bool):
        return None if isinstance(value, bool) else "true or false"
    if isinstance(default, int):
        low, high = _CHECKS[name]
        ok = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if ok else f"a whole number from {low} to {high}"
    return _describe_wanted_text(name, value) if isinstance(value, str) else "a text in quotes"


def _describe_wanted_text(name: str, value: str) -> str | None:
    if name in _WORDS and value not in _WORDS[name]:
        return f"one of {', '.join(_WORDS[name])}"
    if name == "quiet_hours" and value and parse_hours(value) is None:
        return 'two different times, such as "23:00-07:00", or ""'
    if name == "digest_cron" and value and len(value.split()) != 5:
        return 'five cron fields, such as "30 21 * * *", or ""'
    return None

"""Examines what is installed: Python, packages, libraries, SQLite, settings from outside."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from companion.config import Config, load_config, name_variable
from companion.doctoring.check import Check, give_check, give_fact
from companion.paths import HOME_VARIABLE, OPEN_VARIABLE, Paths
from companion.sealing import is_sealed
from companion.unlocking import VARIABLE as PASSPHRASE_VARIABLE

_PACKAGES = ("companion", "inference", "storage", "tui")
_PREFIX = "COMPANION_"
_NO_SETTINGS = {HOME_VARIABLE, OPEN_VARIABLE, PASSPHRASE_VARIABLE}
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)[^;]*(?:;.*extra == [\"'](?P<extra>[\w-]+)[\"'])?")
_EXTRAS = ("hub", "signal", "kakao", "encrypt", "notify")


def examine_python() -> Iterator[Check]:
    """Its version, where our packages come from, and what the terminal is written in."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield give_check(
        "python", ok=sys.version_info >= (3, 11), detail=version, remedy="use 3.11 or later"
    )
    places = {name: _find_folder(name) for name in _PACKAGES}
    ours = _find_folder("companion").parent
    foreign = [name for name, place in places.items() if place.parent != ours]
    yield give_check(
        "packages",
        ok=not foreign,
        detail=f"companion {metadata.version('companion')} in {ours}"
        + (f"; of somebody else: {', '.join(foreign)}" if foreign else ""),
        remedy="install Companion in an environment of its own (pipx or uv tool)",
    )
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    yield give_check(
        "terminal",
        ok=encoding == "utf8",
        detail=f"writes {sys.stdout.encoding}",
        remedy="set a UTF-8 locale, such as LANG=en_US.UTF-8 or ko_KR.UTF-8",
    )


def _find_folder(package: str) -> Path:
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else Path()


def examine_libraries() -> Iterator[Check]:
    """The versions of what we are built on, and which extras are there."""
    wanted: dict[str, list[str]] = {}
    for line in metadata.requires("companion") or ():
        if match := _REQUIREMENT.match(line):
            wanted.setdefault(match["extra"] or "", []).append(match["name"])
    versions = {name: _find_version(name) for name in wanted.get("", ())}
    missing = [name for name, version in versions.items() if version is None]
    yield give_check(
        "libraries",
        ok=not missing,
        detail=", ".join(f"{name} {version or 'missing'}" for name, version in versions.items()),
        remedy=f"install {', '.join(missing)}, or all of Companion anew",
    )
    extras = [name for name in _EXTRAS if all(map(_find_version, wanted.get(name, ["?"])))]
    yield give_fact("extras", ", ".join(extras) or "none installed")


def _find_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def examine_sqlite() -> Iterator[Check]:
    """Whether it finds words inside words."""
    with sqlite3.connect(":memory:") as database:
        try:
            database.execute("CREATE VIRTUAL TABLE probe USING fts5(text, tokenize='trigram')")
            ok = True
        except sqlite3.OperationalError:
            ok = False
    database.close()
    yield give_check(
        "sqlite",
        ok=ok,
        detail=f"{sqlite3.sqlite_version}, full-text search {'there' if ok else 'missing'}",
        remedy="use a Python whose SQLite is 3.34 or later with FTS5",
    )


def examine_settings(paths: Paths) -> Iterator[Check]:
    """Which settings are not their defaults, by names alone, and variables that set nothing."""
    default = asdict(Config())
    values = asdict(load_config(paths.config_file, {}))
    told = {name for name, value in values.items() if value != default[name]}
    known = {name_variable(name): name for name in default}
    given = {name for name in os.environ if name.startswith(_PREFIX)}
    overridden = sorted(known[name] for name in given & known.keys())
    unknown = sorted(given - known.keys() - _NO_SETTINGS)
    place = str(paths.config_file) if paths.config_file.exists() else "no config file"
    yield give_check(
        "settings",
        ok=not unknown,
        detail=f"{place}; set there: {', '.join(sorted(told)) or 'nothing'}"
        + (f"; by variables: {', '.join(overridden)}" if overridden else "")
        + (f"; variables that set nothing: {', '.join(unknown)}" if unknown else ""),
        remedy="mend the name of the variable, or unset it",
    )


def examine_network() -> Iterator[Check]:
    """Whether this very process is sealed."""
    yield give_check(
        "network",
        ok=is_sealed(),
        detail="refused for this process" if is_sealed() else "not refused",
        remedy="start Companion by its own command",
    )

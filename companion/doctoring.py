"""Looks at everything a support person would ask about; finds, never mends."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from companion.config import Config
from companion.daemon_state import find_state
from companion.errors import CompanionError
from companion.modelling import Model
from companion.paths import Paths
from companion.sealing import is_sealed
from companion.speaking import say_encryption

_PACKAGES = ("companion", "inference", "storage", "tui")
_FREE_BYTES = 2_000_000_000
"""A model's file and its conversion, with room to breathe."""

_EVENT_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    ok: bool
    detail: str
    remedy: str
    """What to do; "" when all is well."""


def examine(paths: Paths, config: Config, model: Model) -> list[Check]:
    """Every check, in the order in which a person would mend things."""
    examinations: tuple[Callable[[], Iterator[Check]], ...] = (
        _examine_python,
        lambda: _examine_folders(paths),
        lambda: _examine_disk(paths),
        _examine_sqlite,
        lambda: _examine_archive(paths),
        lambda: _examine_sources(paths),
        lambda: _examine_model(config, model),
        lambda: _examine_events(paths),
        lambda: _examine_daemon(paths),
        _examine_network,
    )
    return [check for examination in examinations for check in examination()]


def _check(name: str, *, ok: bool, detail: str, remedy: str) -> Check:
    return Check(name, ok, detail, "" if ok else remedy)


def _examine_python() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _check(
        "python", ok=sys.version_info >= (3, 11), detail=version, remedy="use 3.11 or later"
    )
    places = {name: _find_folder(name) for name in _PACKAGES}
    ours = _find_folder("companion").parent
    foreign = [name for name, place in places.items() if place.parent != ours]
    yield _check(
        "packages",
        ok=not foreign,
        detail=f"companion {metadata.version('companion')} in {ours}"
        + (f"; of somebody else: {', '.join(foreign)}" if foreign else ""),
        remedy="install Companion in an environment of its own (pipx or uv tool)",
    )
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    yield _check(
        "terminal",
        ok=encoding == "utf8",
        detail=f"writes {sys.stdout.encoding}",
        remedy="set a UTF-8 locale, such as LANG=en_US.UTF-8 or ko_KR.UTF-8",
    )


def _find_folder(package: str) -> Path:
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else Path()


def _examine_folders(paths: Paths) -> Iterator[Check]:
    for name in ("data", "config", "cache", "state"):
        folder: Path = getattr(paths, name)
        mode = folder.stat().st_mode & 0o777 if folder.exists() else 0o700
        yield _check(
            f"folder {name}",
            ok=mode & 0o077 == 0,
            detail=f"{folder} ({mode:04o})",
            remedy=f"chmod 700 {folder}",
        )


def _examine_disk(paths: Paths) -> Iterator[Check]:
    free_bytes = shutil.disk_usage(paths.cache).free
    yield _check(
        "disk",
        ok=free_bytes >= _FREE_BYTES,
        detail=f"{free_bytes / 1e9:.1f} GB free for models",
        remedy=f"free some space where {paths.cache} is",
    )


def _examine_sqlite() -> Iterator[Check]:
    with sqlite3.connect(":memory:") as database:
        try:
            database.execute("CREATE VIRTUAL TABLE probe USING fts5(text, tokenize='trigram')")
            ok = True
        except sqlite3.OperationalError:
            ok = False
    database.close()
    yield _check(
        "sqlite",
        ok=ok,
        detail=f"{sqlite3.sqlite_version}, full-text search {'there' if ok else 'missing'}",
        remedy="use a Python whose SQLite is 3.34 or later with FTS5",
    )


def _examine_archive(paths: Paths) -> Iterator[Check]:
    from companion.unlocking import find_encryption
    from storage.errors import StorageError
    from storage.reader import Reader

    if not paths.archive_file.exists():
        yield Check("archive", True, "nothing stored yet", "")
        return
    try:
        with Reader.open(paths.archive_file) as reader:
            faults = reader.check_integrity()
            totals = reader.totals()
    except StorageError as error:
        yield Check("archive", False, str(error), error.next_step)
        return
    encryption = say_encryption(find_encryption(paths))
    mode = paths.archive_file.stat().st_mode & 0o777
    yield _check(
        "archive",
        ok=not faults and mode & 0o077 == 0,
        detail=f"{totals.messages} messages, {mode:04o}, {encryption}, "
        f"{'; '.join(faults) or 'sound'}",
        remedy=f"chmod 600 {paths.archive_file}, or restore it from a backup if it is damaged",
    )


def _examine_sources(paths: Paths) -> Iterator[Check]:
    from companion.ingesting import open_registered
    from storage.errors import StorageError
    from storage.reader import Reader

    if not paths.archive_file.exists():
        return
    try:
        with Reader.open(paths.archive_file) as reader:
            rows = reader.sources()
    except StorageError:
        return  # the check of the archive says why
    for row in rows:
        name = f"source {row.id}"
        try:
            open_registered(row)
        except CompanionError as error:
            yield Check(name, False, f"{row.label}: {error.what}", error.next_step)
        else:
            skipped = f", {row.warnings} parts skipped" if row.warnings else ""
            yield _check(
                name,
                ok=row.error is None,
                detail=f"{row.label} at {row.path}: {row.error or 'readable'}{skipped}",
                remedy="run `companion sync` and see what it says",
            )


def _examine_model(config: Config, model: Model) -> Iterator[Check]:
    if config.model == "none":
        yield Check("model", True, "none wanted: highlights alone", "")
        return
    is_known = model.state != "unknown"
    yield _check(
        "model",
        ok=model.is_usable,
        detail=f"{model.name}: {model.state}",
        remedy=f"run `companion model pull {config.model}`"
        if is_known
        else "choose one of `companion model list` with `companion model use NAME`",
    )


def _examine_events(paths: Paths) -> Iterator[Check]:
    """Whether a change of a file is told; where it is not, the slow poll still finds it."""
    from companion.watching import Watcher

    told = threading.Event()
    with tempfile.TemporaryDirectory(dir=paths.state) as folder:
        probe = Path(folder) / "probe"
        watcher = Watcher(lambda _: told.set())
        watcher.watch({1: probe})
        watcher.start()
        probe.touch()
        ok = told.wait(_EVENT_LIMIT_S)
        watcher.stop()
    yield _check(
        "file events",
        ok=ok,
        detail="told at once" if ok else "not told: changes are found by the poll alone",
        remedy="on Linux raise fs.inotify.max_user_watches; a network drive tells none",
    )


def _examine_daemon(paths: Paths) -> Iterator[Check]:
    state = find_state(paths)
    detail = f"{state.activity}, process {state.pid}" if state else "not running"
    yield _check("daemon", ok=state is not None, detail=detail, remedy="start `companion run`")


def _examine_network() -> Iterator[Check]:
    yield _check(
        "network",
        ok=is_sealed(),
        detail="refused for this process" if is_sealed() else "not refused",
        remedy="start Companion by its own command",
    )

"""The model commands; `pull` is the only one of all that may use the network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from companion.commands.printing import json_option, print_json, print_notice, print_table
from companion.commands.session import Session, start_session
from companion.errors import CompanionError

if TYPE_CHECKING:
    from companion.modelling import Model
    from inference.modelstore import StoredModel


class ModelUnsound(CompanionError):
    """A check of `companion model verify` failed."""


@click.group()
def model() -> None:
    """List, fetch, add, choose and check the models that write gists."""


@model.command(name="list")
@json_option
def list_models(*, as_json: bool) -> None:
    """List the known models and what of them is on this machine."""
    session = start_session()
    used = session.find_model().name
    stored = session.find_model().store.list_models()
    if as_json:
        print_json({"models": [_describe(item, used) for item in stored]})
        return
    print_table(
        ("", "model", "also", "state", "size", "licence"),
        (
            (
                "*" if item.entry.name == used else "",
                item.entry.name,
                ", ".join(item.entry.aliases),
                _describe_state(item),
                f"{(item.size_bytes or item.entry.size_bytes) / 1e6:.0f} MB",
                item.entry.licence,
            )
            for item in stored
        ),
    )


@model.command()
@click.argument("name", required=False)
@click.option(
    "--from", "from_file", type=click.Path(path_type=Path), help="Take this file, no network."
)
@json_option
def pull(name: str | None, from_file: Path | None, *, as_json: bool) -> None:
    """Fetch a model (the configured one when none is named), check its hash, convert it."""
    session = start_session()
    wanted = session.find_model(name)
    fetch_model(wanted, from_file)
    convert_model(wanted)
    _print_models(session, as_json=as_json, done=f"{wanted.name} is ready")


@model.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@json_option
def add(path: Path, *, as_json: bool) -> None:
    """Make a GGUF file or a CTranslate2 folder of yours known as a model."""
    session = start_session()
    added = session.find_model().store.add(path)
    for warning in added.warnings:
        print_notice(f"warning: {warning}")
    _print_models(
        session,
        as_json=as_json,
        done=f"{added.entry.name} is known; use it with `companion model use {added.entry.name}`",
    )


@model.command()
@click.argument("name")
@json_option
def use(name: str, *, as_json: bool) -> None:
    """Write gists with this model from now on; "none" for highlights alone."""
    from companion.config import save_setting
    from companion.modelling import NO_MODEL

    session = start_session()
    if name != NO_MODEL:
        session.find_model().store.get(name)
    save_setting(session.paths.config_file, "model", name)
    session = start_session()
    note = "" if session.find_model().is_usable or name == NO_MODEL else "; pull it first"
    _print_models(session, as_json=as_json, done=f"{name} is used from now on{note}")


@model.command()
@click.argument("name", required=False)
@json_option
def verify(name: str | None, *, as_json: bool) -> None:
    """Check a model's hashes and that it computes what the original does."""
    session = start_session()
    chosen = session.find_model(name)
    checks = chosen.store.verify(chosen.entry)
    if as_json:
        found = [
            {"name": item.name, "ok": item.ok, "detail": item.detail, "remedy": item.remedy}
            for item in checks
        ]
        print_json({"models": [{"name": chosen.name, "checks": found}]})
    else:
        for item in checks:
            click.echo(f"{'ok  ' if item.ok else 'FAIL'} {item.name}: {item.detail}")
    failed = [item for item in checks if not item.ok]
    if failed:
        raise ModelUnsound(
            f"{chosen.name} failed: {', '.join(item.name for item in failed)}",
            next_step=failed[0].remedy,
        )


def prepare_with_notice(chosen: Model) -> None:
    """Fetch and convert the model where that is still to be done, saying so; else nothing."""
    if chosen.state == "not downloaded":
        print_notice(
            f"The model {chosen.name} ({chosen.entry.size_bytes / 1e6:.0f} MB, "
            f"{chosen.entry.licence}) is fetched once now; this is the only use of the network."
        )
        fetch_model(chosen, None)
    if chosen.state == "not converted yet":
        convert_model(chosen)


def fetch_model(chosen: Model, from_file: Path | None) -> None:
    """Pull the file, showing bytes; the seal on the network is lifted meanwhile."""
    from companion.sealing import lift_seal

    show = _Progress(f"fetching {chosen.name}")
    with lift_seal():
        chosen.store.pull(
            chosen.entry,
            from_file=from_file,
            progress=lambda done, total: show(done, total, f"{done / 1e6:.0f} MB"),
        )
    show.end()


def convert_model(chosen: Model) -> None:
    """Convert to int8 for this machine, showing the steps; nothing when it is done already."""
    show = _Progress(f"preparing {chosen.name}")
    chosen.prepare(show)
    show.end()


class _Progress:
    """A line on stderr that is written over on a terminal, and seldom repeated elsewhere."""

    _STEP_PERCENT = 10

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = -1
        self._on_terminal = sys.stderr.isatty()

    def __call__(self, done: int, total: int, detail: str) -> None:
        percent = 100 * done // total if total else 0
        step = percent if self._on_terminal else percent // self._STEP_PERCENT
        if step == self._shown:
            return
        self._shown = step
        line = f"{self._title}: {percent} % ({detail})"
        if self._on_terminal:
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)
        else:
            click.echo(line, err=True)

    def end(self) -> None:
        """Leave the line."""
        if self._on_terminal and self._shown >= 0:
            click.echo(err=True)


def _print_models(session: Session, *, as_json: bool, done: str) -> None:
    if as_json:
        chosen = session.find_model()
        stored = chosen.store.list_models()
        print_json({"models": [_describe(item, chosen.name) for item in stored]})
    else:
        click.echo(f"{done}.")


def _describe(item: StoredModel, used: str) -> dict[str, object]:
    entry = item.entry
    return {
        "name": entry.name,
        "aliases": list(entry.aliases),
        "title": entry.title,
        "licence": entry.licence,
        "sha256": entry.sha256,
        "size_bytes": entry.size_bytes,
        "state": _describe_state(item),
        "used": entry.name == used,
    }


def _describe_state(item: StoredModel) -> str:
    if item.is_ready:
        return "ready"
    return "not converted yet" if item.has_file else "not downloaded"

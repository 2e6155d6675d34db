"""The init command: shows what is on this machine, asks, and sets Companion up."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from companion.clock import find_local_zone
from companion.commands.printing import json_option, print_json, print_notice
from companion.commands.session import Session, start_session
from companion.commands.stores import (
    describe_source,
    parse_policy,
    print_added,
    register_store,
)
from companion.config import load_config
from companion.errors import CompanionError, SourceError, UsageError
from companion.marking_up import clean_line
from companion.paths import find_paths
from companion.setting_up import (
    Answers,
    parse_digest_time,
    plan_settings,
    save_settings,
    say_digest_time,
)

if TYPE_CHECKING:
    from companion.config import Config
    from companion.finding import StoreFound
    from companion.ingesting import SourceReport
    from companion.settings import Value
    from storage.records import SourceRow


class SetUpIncomplete(CompanionError):
    """Not every store that was asked for could be read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, all answered."""

    values: dict[str, Value]
    """Of the config file; what is not in it is a default."""

    writes_config: bool
    stores: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the plan."""

    added: tuple[tuple[SourceRow, SourceReport], ...] = ()
    errors: tuple[tuple[Path, CompanionError], ...] = ()
    kept: Path | None = None
    """The config file that was there before."""


@click.command()
@click.option("--me", multiple=True, metavar="NAME", help="A name you write under; repeatable.")
@click.option("--digest", metavar="TIME", help="When: 21:30, never, or five cron fields.")
@click.option(
    "--retention",
    "retention_days",
    type=click.IntRange(0, 36_500),
    metavar="DAYS",
    help="Keep messages for so long; 0: for good.",
)
@click.option(
    "--add",
    "wanted",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Add this store; repeatable.",
)
@click.option("--all", "wants_all", is_flag=True, help="Add every store found.")
@click.option("--overwrite", is_flag=True, help="Write anew a config file that is there.")
@click.option("--yes", is_flag=True, help="Ask nothing: options and defaults are the answers.")
@click.option("--dry-run", is_flag=True, help="Show what would be read; ask and write nothing.")
@json_option
def init(
    me: tuple[str, ...],
    digest: str | None,
    retention_days: int | None,
    wanted: tuple[Path, ...],
    *,
    wants_all: bool,
    overwrite: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Set Companion up: find the stores of this machine, ask what to read, write the config."""
    asks = not (yes or dry_run or as_json) and _is_terminal()
    if not (asks or yes or dry_run):
        raise UsageError(
            "there is nobody to ask",
            next_step="give --yes to take options and defaults as the answers, or --dry-run",
        )
    session = _look_in()
    config_file = session.paths.config_file
    answers = Answers(me or None, digest, retention_days)
    writes_config = overwrite or not config_file.exists()
    if answers != Answers() and not (writes_config or dry_run):
        raise UsageError(
            f"{config_file} is there already",
            next_step="give --overwrite to write it anew (the old one is kept beside it)",
        )
    stores = _list_stores(session)
    if not as_json:
        _print_stores(stores)
    writes_config = writes_config or (asks and _confirm_overwriting(config_file))
    if asks and writes_config:
        answers = _ask_answers(answers, load_config(config_file, {}))
    new = _list_new(session, stores)
    chosen = new if wants_all else [path for path in new if asks and _confirm_reading(path)]
    plan = Plan(plan_settings(config_file, answers), writes_config, (*wanted, *chosen))
    done = Done() if dry_run else _carry_out(plan)
    session = session if dry_run else start_session()
    steps = _list_steps(session, has_stores=bool(done.added))
    if as_json:
        print_json(_describe(session, stores, plan, done, steps, is_written=not dry_run))
    else:
        _print_done(session, plan, done, steps, is_written=not dry_run)
    if done.errors:
        _, error = done.errors[0]
        others = f" ({len(done.errors) - 1} more were not)" if done.errors[1:] else ""
        raise SetUpIncomplete(
            f"a store was not added{others}: {error.what}", next_step=error.next_step
        )


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _look_in() -> Session:
    """The session of a home that may not be there, and is not made by looking."""
    from companion.temporary import make_folder

    paths = find_paths()
    if paths.archive_file.exists():
        return start_session()
    make_folder()
    return Session(paths, load_config(paths.config_file), find_local_zone())


def _list_stores(session: Session) -> list[StoreFound]:
    from companion.finding import find_platform, find_stores

    print_notice("Looking in the usual places; no message is read.")
    ours = {session.paths.data, session.paths.state}
    found = find_stores(Path.home(), find_platform())
    return [store for store in found if not ours & set(store.path.parents)]


def _list_new(session: Session, stores: list[StoreFound]) -> list[Path]:
    """Those that can be read and are not yet."""
    known = _list_known(session)
    return [
        store.path for store in stores if store.can_be_read and not _is_known(store.path, known)
    ]


def _list_known(session: Session) -> set[Path]:
    if not session.has_archive:
        return set()
    with session.open_reader() as reader:
        return {Path(row.path) for row in reader.sources()}


def _is_known(path: Path, known: set[Path]) -> bool:
    """Whether it, or the folder that it is the heart of, is registered."""
    return not known.isdisjoint((path, *path.parents))


def _print_stores(stores: list[StoreFound]) -> None:
    if not stores:
        click.echo("No store in the usual places; `companion add PATH` takes one from elsewhere.")
        return
    for store in stores:
        kept = "live" if store.is_live else "export"
        label = click.style(store.label, bold=True)
        click.echo(f"{label}, {kept}, {_say_size(store.size_bytes)}")
        click.echo(f"  {clean_line(str(store.path))}")
        if store.refusal is not None:
            click.echo(f"  → {clean_line(store.refusal)}")
        if store.missing is not None:
            click.echo(f"  → it is encrypted; to read it, run `{store.missing}`")


def _say_size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "size unknown"
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:,.1f} kB"


def _ask_answers(given: Answers, config: Config) -> Answers:
    """The answers that no option gave."""
    me, digest, retention_days = given.me, given.digest, given.retention_days
    if me is None:
        names = click.prompt(
            "Names under which you write, separated by commas",
            default=", ".join(config.me),
            show_default=bool(config.me),
        )
        me = tuple(name.strip() for name in names.split(",") if name.strip())
    if digest is None:
        digest = click.prompt(
            "When shall the digest be made? (such as 21:30, or never)",
            default=say_digest_time(config.digest_cron),
            value_proc=_check_digest_time,
        )
    if retention_days is None:
        retention_days = click.prompt(
            "For how many days shall messages be kept? (0: for good)",
            type=click.IntRange(0, 36_500),
            default=config.retention_days,
        )
    return Answers(me, digest, retention_days)


def _check_digest_time(text: str) -> str:
    """The same text, where it is a time; what is not is asked for again."""
    try:
        parse_digest_time(text)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    return text


def _confirm_reading(path: Path) -> bool:
    return click.confirm(
        f"Read and follow {clean_line(str(path))}? It is opened read-only", default=False
    )


def _confirm_overwriting(file: Path) -> bool:
    return click.confirm(
        f"{file} is there already. Write it anew? Settings stay, and the file is kept beside it",
        default=False,
    )


def _carry_out(plan: Plan) -> Done:
    """Write the config first, which the reading of stores goes by."""
    from companion.sources.interface import SourceSettings
    from companion.sources.registry import get_source

    paths = find_paths()
    paths.create()
    kept = save_settings(paths.config_file, plan.values) if plan.writes_config else None
    session = start_session()
    settings = SourceSettings(zone=session.zone, me=session.config.me)
    policy = parse_policy("none", session)
    added: list[tuple[SourceRow, SourceReport]] = []
    errors: list[tuple[Path, CompanionError]] = []
    for path in dict.fromkeys(plan.stores):
        try:
            source = get_source(path, settings=settings)
            added.append(register_store(session, source, policy))
        except SourceError as error:
            errors.append((path, error))
    session.wake_daemon()
    return Done(tuple(added), tuple(errors), kept)


def _list_steps(session: Session, *, has_stores: bool) -> list[str]:
    """The commands to go on with."""
    model = session.find_model()
    steps = [] if has_stores or session.has_archive else ["companion add PATH"]
    if not model.is_usable and model.state != "none wanted":
        steps.append("companion model pull")
    return [*steps, "companion service install", "companion"]


def _describe(
    session: Session,
    stores: list[StoreFound],
    plan: Plan,
    done: Done,
    steps: list[str],
    *,
    is_written: bool,
) -> dict[str, object]:
    known = _list_known(session)
    return {
        "stores": [
            {
                "kind": store.kind,
                "label": store.label,
                "path": str(store.path),
                "size_bytes": store.size_bytes,
                "live": store.is_live,
                "unread_origin": store.unread_origin,
                "registered": _is_known(store.path, known),
                "missing": store.missing,
                "refusal": store.refusal,
            }
            for store in stores
        ],
        "config": {
            "path": str(session.paths.config_file),
            "written": is_written and plan.writes_config,
            "kept": None if done.kept is None else str(done.kept),
            "settings": plan.values,
        },
        "added": [describe_source(row, session) for row, _ in done.added],
        "errors": [{"path": str(path), "error": str(error)} for path, error in done.errors],
        "next": steps,
    }


def _print_done(
    session: Session, plan: Plan, done: Done, steps: list[str], *, is_written: bool
) -> None:
    for row, report in done.added:
        print_added(row, report)
    if is_written and plan.writes_config:
        click.echo(f"The settings are in {session.paths.config_file}.")
    if done.kept is not None:
        click.echo(f"Those of before are in {done.kept}.")
    click.echo("Next: " + ", then ".join(f"`{step}`" for step in steps))

"""Examines what works by itself: model, daemon, service, the next digest, the last pass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from companion.config import Config
from companion.daemon_state import find_state
from companion.doctoring.check import Check, give_check, give_fact
from companion.modelling import Model
from companion.paths import Paths


def examine_model(config: Config, model: Model) -> Iterator[Check]:
    """Whether it is here, and what the self-test said when it was made."""
    if config.model == "none":
        yield Check("model", True, "none wanted: highlights alone", "")
        return
    is_known = model.state != "unknown"
    yield give_check(
        "model",
        ok=model.is_usable,
        detail=f"{model.name}: {model.state}",
        remedy=f"run `companion model pull {config.model}`"
        if is_known
        else "choose one of `companion model list` with `companion model use NAME`",
    )
    if model.state == "ready":
        yield _examine_self_test(model)


def _examine_self_test(model: Model) -> Check:
    """What was found when the model was made; `companion model verify` looks anew."""
    folder = model.store.find(model.entry)
    found = folder.facts.self_test if folder is not None else {}
    divergence = found.get("mean_divergence")
    told = f", mean divergence {divergence:.4f} nats" if isinstance(divergence, float) else ""
    return give_check(
        "self-test",
        ok=bool(found.get("passed", True)),
        detail=("passed" if found.get("passed") else "failed" if found else "none: made elsewhere")
        + told,
        remedy="run `companion model verify`",
    )


def examine_daemon(paths: Paths) -> Iterator[Check]:
    """Whether it runs, and what it does."""
    state = find_state(paths)
    detail = f"{state.activity}, process {state.pid}" if state else "not running"
    yield give_check("daemon", ok=state is not None, detail=detail, remedy="start `companion run`")


def examine_service(paths: Paths, config: Config) -> Iterator[Check]:
    """What the platform's manager says of the daemon as its service."""
    from companion.service.choosing import choose_service
    from companion.service.interface import ServiceFailed

    try:
        service = choose_service(paths, config.nice)
    except ServiceFailed as error:
        yield give_fact("service", error.what)
        return
    state = service.find_state()
    yield give_check(
        "service",
        ok=state != "failed",
        detail=f"{state} ({service.manager})",
        remedy=f"see {paths.state / 'daemon.log'}, then run `companion service install`",
    )


def examine_digest(config: Config, now: datetime, zone: tzinfo) -> Iterator[Check]:
    """When the next one is due."""
    from companion.errors import ConfigError
    from companion.scheduling import Cron

    if not config.digest_cron:
        yield give_fact("next digest", "none wanted")
        return
    try:
        at = Cron(config.digest_cron, zone).find_next(now)
    except ConfigError as error:
        yield Check("next digest", False, error.what, error.next_step)
        return
    yield give_check(
        "next digest",
        ok=at is not None,
        detail=at.astimezone(zone).isoformat(timespec="minutes") if at else "never",
        remedy="set digest_cron to a time that comes",
    )


def examine_passes(paths: Paths, zone: tzinfo) -> Iterator[Check]:
    """How the last pass ended, and on how many conversations the model fails."""
    from storage.errors import StorageError
    from storage.reader import Reader

    if not paths.archive_file.exists():
        return
    try:
        with Reader.open(paths.archive_file) as reader:
            run = next((run for run in reader.runs() if run.kind == "summarize"), None)
            failures = reader.failures()
    except StorageError:
        return  # the check of the archive says why
    at = run.started_at.astimezone(zone).isoformat(timespec="minutes") if run else ""
    yield give_check(
        "last pass",
        ok=run is None or run.outcome in ("done", "running"),
        detail=f"{run.outcome}, begun {at}" if run else "none yet",
        remedy="run `companion summarize` and see what it says",
    )
    yield give_check(
        "failures",
        ok=not failures,
        detail=f"the model fails on {len(failures)} conversations" if failures else "none",
        remedy="see `companion status`, which says when each is tried again",
    )

"""Looks at everything a support person would ask about; finds, never mends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo

from companion.config import Config
from companion.doctoring import home, installation, machine, running
from companion.doctoring.check import Check
from companion.modelling import Model
from companion.paths import Paths

__all__ = ["Check", "examine"]


def examine(paths: Paths, config: Config, model: Model, now: datetime, zone: tzinfo) -> list[Check]:
    """Every check, in the order in which a person would mend things."""
    examinations: tuple[Callable[[], Iterator[Check]], ...] = (
        installation.examine_python,
        installation.examine_libraries,
        installation.examine_sqlite,
        lambda: installation.examine_settings(paths),
        lambda: home.examine_folders(paths),
        lambda: home.examine_disk(paths),
        lambda: home.examine_archive(paths),
        lambda: home.examine_sources(paths),
        machine.examine_processor,
        machine.examine_memory,
        lambda: machine.examine_clock(paths, now, zone),
        lambda: machine.examine_events(paths),
        lambda: machine.examine_notifications(config),
        lambda: running.examine_model(config, model),
        lambda: running.examine_daemon(paths),
        lambda: running.examine_service(paths, config),
        lambda: running.examine_digest(config, now, zone),
        lambda: running.examine_passes(paths, zone),
        installation.examine_network,
    )
    return [check for examination in examinations for check in examination()]

"""Chooses how many calls of a model run side by side here, by measuring; it writes no gist."""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.batching import LIMIT_TOKENS
from inference.files import make_folder
from inference.interface import Decoding, Prompt

if TYPE_CHECKING:
    from inference.interface import Engine

log = logging.getLogger(__name__)

NEAR = 1.05
"""Of settings within so much of the quickest the one with the fewest cores is taken."""

_LIMIT_WORKERS = 4
_PROMPT_TOKENS = (224, 192, 160, 128)
"""Of different lengths, so that each is a call of its own; as passages have them."""

_DECODING = Decoding(max_new_tokens=16, beam_size=2, num_hypotheses=2)


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """How an engine uses cores."""

    workers: int
    """Calls side by side."""

    threads: int
    """Of each call."""

    @property
    def cores(self) -> int:
        """Cores it keeps busy."""
        return self.workers * self.threads


@dataclass(frozen=True, slots=True)
class Trial:
    """What one setting took for the same work."""

    setting: Setting
    seconds: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What a choice depends on: where any of it differs, it is measured again."""

    processor: str
    cores: int
    """Physical ones that this process may use."""

    engine: str
    """Name and version."""

    memory_limit_mb: int


def describe_machine(memory_limit_mb: int) -> Machine:
    """What this machine is: processor and cores, nothing else that tells it from others."""
    from inference.ctranslate import library_version

    return Machine(
        read_processor_name(), count_cores(), f"ctranslate2 {library_version()}", memory_limit_mb
    )


def read_processor_name() -> str:
    """As the maker calls it; the architecture where nothing tells."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""
    named = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


def count_cores() -> int:
    """Physical cores, or those that this process may use where they are fewer."""
    import psutil

    physical = psutil.cpu_count(logical=False) or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return min(physical, usable)


def list_settings(cores: int) -> list[Setting]:
    """What is worth a trial: one core, and all cores shared out among ever more calls."""
    counts = [count for count in (1, 2, _LIMIT_WORKERS) if count <= cores]
    return sorted({Setting(1, 1), *(Setting(count, cores // count) for count in counts)})


def choose_setting(trials: Iterable[Trial]) -> Setting:
    """The quickest, or one as good as that on fewer cores; raises ValueError for no trial."""
    trials = sorted(trials, key=lambda trial: trial.seconds)
    if not trials:
        raise ValueError("nothing was tried")
    good = [trial.setting for trial in trials if trial.seconds <= NEAR * trials[0].seconds]
    return min(good, key=lambda setting: setting.cores)


def try_settings(open_engine: Callable[[Setting], Engine], cores: int) -> list[Trial]:
    """Let an engine of each setting do the same work: some seconds each."""
    return [_try_setting(open_engine, setting) for setting in list_settings(cores)]


def _try_setting(open_engine: Callable[[Setting], Engine], setting: Setting) -> Trial:
    engine = open_engine(setting)
    # Any text does: what is measured depends on lengths alone.
    text = engine.encode_plain("lunch tomorrow at noon? " * LIMIT_TOKENS)
    prompts = [Prompt((), tuple(text[:length])) for length in _PROMPT_TOKENS]
    began_s = time.monotonic()
    for _ in engine.generate(prompts, [_DECODING] * len(prompts)):
        pass
    seconds = time.monotonic() - began_s
    engine.close()
    return Trial(setting, seconds)


def find_trials(file: Path, machine: Machine) -> list[Trial] | None:
    """What was measured on this machine; None where nothing was, or it cannot be read."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["machine"] != asdict(machine):
            return None
        trials = [
            Trial(Setting(int(one["workers"]), int(one["threads"])), float(one["seconds"]))
            for one in stored["trials"]
        ]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("what was measured of the model cannot be read: %s", type(error).__name__)
        return None
    return trials or None


def save_trials(file: Path, machine: Machine, trials: Sequence[Trial]) -> None:
    """Keep what was measured; without a disk to write to it is measured again next time."""
    document = {"machine": asdict(machine), "trials": describe_trials(trials)}
    try:
        make_folder(file.parent)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        new.replace(file)
    except OSError as error:
        log.warning("what was measured of the model is not kept: %s", type(error).__name__)


def describe_trials(trials: Sequence[Trial]) -> list[dict[str, object]]:
    """As they are stored, and as `companion bench --json` shows them."""
    return [asdict(trial.setting) | {"seconds": round(trial.seconds, 3)} for trial in trials]

"""What the first setting-up is told and makes of it: answers, a config file; asks nobody itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path

from companion.config import Config, check_setting, load_config, write_config
from companion.errors import ConfigError, UsageError
from companion.settings import Value, compose_config

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Answers:
    """What only the owner can say; None where the config keeps what it has."""

    me: tuple[str, ...] | None = None
    digest: str | None = None
    """As `parse_digest_time` takes it."""

    retention_days: int | None = None


def parse_digest_time(text: str) -> str:
    """The `digest_cron` of "21:30", "never" or five cron fields; raises `UsageError`."""
    from companion.scheduling import Cron

    text = text.strip()
    if text == NEVER:
        return ""
    if match := _CLOCK.fullmatch(text):
        return f"{int(match[2])} {int(match[1])} * * *"
    try:
        check_setting("digest_cron", text or "-")
        Cron(text, UTC)
    except ConfigError as error:
        raise UsageError(
            f"the digest cannot be made at {text!r}",
            next_step=f"give a time such as 21:30, {NEVER}, or five cron fields",
        ) from error
    return text


def say_digest_time(cron: str) -> str:
    """What `parse_digest_time` makes that cron of."""
    if not cron:
        return NEVER
    daily = _DAILY.fullmatch(cron)
    return f"{int(daily[2]):02}:{int(daily[1]):02}" if daily else cron


def plan_settings(path: Path, answers: Answers) -> dict[str, Value]:
    """Every setting of the new file that is no default: those of the old one, and the answers."""
    values = asdict(load_config(path, {}))
    if answers.me is not None:
        values["me"] = answers.me
    if answers.digest is not None:
        values["digest_cron"] = parse_digest_time(answers.digest)
    if answers.retention_days is not None:
        values["retention_days"] = answers.retention_days
    defaults = asdict(Config())
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != defaults[name]
    }


def save_settings(path: Path, values: Mapping[str, Value]) -> Path | None:
    """Write the commented file; one that was there is kept beside it, whose path this gives."""
    kept = None
    if path.exists():
        kept = path.with_name(path.name + ".old")
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(path.read_bytes())
    write_config(path, compose_config(values))
    return kept

"""What a finding is; finds nothing itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    ok: bool
    detail: str
    remedy: str
    """What to do; "" when all is well."""


def give_check(name: str, *, ok: bool, detail: str, remedy: str) -> Check:
    """The finding, whose remedy is told only where there is something to mend."""
    return Check(name, ok, detail, "" if ok else remedy)


def give_fact(name: str, detail: str) -> Check:
    """What a support person asks for and nobody has to mend."""
    return Check(name, True, detail, "")

"""Asks for the archive's passphrase, once in a process and never in an argument."""

from __future__ import annotations

import sys

import click

from companion.unlocking import VARIABLE, find_passphrase
from storage.errors import KeyUnusable


def ask_passphrase() -> str:
    """What the environment or systemd gave, else what is typed, unseen; raises `KeyUnusable`."""
    return find_passphrase() or _ask("Passphrase of the archive", is_new=False)


def choose_passphrase() -> str:
    """One for a key that is to be kept by it, typed twice."""
    return find_passphrase() or _ask("New passphrase of the archive", is_new=True)


def _ask(question: str, *, is_new: bool) -> str:
    if not sys.stdin.isatty():
        raise KeyUnusable(
            "the archive's passphrase is needed, and there is nobody to ask",
            next_step=f"run the command in a terminal, or set {VARIABLE}",
        )
    answer: str = click.prompt(question, hide_input=True, confirmation_prompt=is_new, err=True)
    return answer

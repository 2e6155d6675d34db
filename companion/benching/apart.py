"""Runs one piece of work in a fresh process, sealed, so that its memory and threads are its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from companion.sealing import seal_network

Given = ParamSpec("Given")
Result = TypeVar("Result")


def run_apart(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """What `work`, a function of a module, gives there; all of it must be picklable."""
    fresh = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=seal_network) as process:
        return process.submit(work, *given, **named).result()

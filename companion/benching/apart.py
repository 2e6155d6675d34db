"""Runs one piece of work in a fresh process, sealed, so that its memory and threads are its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from companion.sealing import seal_network

_THREAD_COUNTS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Read by the libraries behind numpy, once, when they are loaded."""

Given = ParamSpec("Given")
Result = TypeVar("Result")


def run_apart(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """What `work`, a function of a module, gives there; all of it must be picklable.

    numpy multiplies on one thread there.
    """
    fresh = get_context("spawn")
    with (
        _set_variables(dict.fromkeys(_THREAD_COUNTS, "1")),
        ProcessPoolExecutor(1, mp_context=fresh, initializer=seal_network) as process,
    ):
        return process.submit(work, *given, **named).result()


@contextmanager
def _set_variables(variables: Mapping[str, str]) -> Iterator[None]:
    """For processes that are started meanwhile."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)

"""What runs apart is sealed, and its numpy keeps to one thread."""

from __future__ import annotations

import os

from companion.benching.apart import run_apart
from companion.sealing import is_sealed


def test_a_process_of_its_own_is_sealed_and_keeps_to_one_thread() -> None:
    before = dict(os.environ)
    assert run_apart(is_sealed)
    assert run_apart(os.getenv, "OPENBLAS_NUM_THREADS") == "1"
    assert run_apart(os.getpid) != os.getpid()
    assert dict(os.environ) == before

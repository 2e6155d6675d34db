"""The daemon steps back and never forward; tried in other processes, as it cannot be undone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TRY = """
import os, psutil
from companion.priority import lower_priority
lower_priority({nice})
process = psutil.Process()
print(process.nice(), process.ionice().ioclass.name if hasattr(process, "ionice") else "")
"""


def run(nice: int, start_nice: int = 0) -> list[str]:
    done = subprocess.run(
        ["nice", "-n", str(start_nice), sys.executable, "-c", TRY.format(nice=nice)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="disk priorities are Linux's")
def test_it_is_as_nice_as_told_and_last_at_the_disk() -> None:
    assert run(max(10, os.nice(0))) == [str(max(10, os.nice(0))), "IOPRIO_CLASS_IDLE"]


def test_zero_changes_nothing() -> None:
    assert run(0)[0] == str(os.nice(0))
    assert "IOPRIO_CLASS_IDLE" not in run(0)


def test_who_is_nicer_already_stays_so() -> None:
    assert run(1, start_nice=15)[0] == str(min(19, os.nice(0) + 15))

"""Puts the daemon behind everything else on the machine; it never takes anything back."""

from __future__ import annotations

import os
import sys

import psutil


def lower_priority(nice: int) -> None:
    """Run at least as nice as that, and use the disk when nobody else does; 0 changes nothing.

    Call it before threads are started: on Linux each takes its priority from who starts it.
    """
    if nice == 0:
        return
    if os.getpriority(os.PRIO_PROCESS, 0) < nice:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    if sys.platform == "linux":
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)

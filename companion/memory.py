"""What this process has in memory, in bytes."""

from __future__ import annotations

import resource
import sys


def read_resident_bytes() -> int:
    """What it has now."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def read_peak_bytes() -> int:
    """The most that it has had so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes; Linux brings its count up to date now and then only.
    return max(peak if sys.platform == "darwin" else peak * 1024, read_resident_bytes())

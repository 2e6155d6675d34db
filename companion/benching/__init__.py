"""Measures speed and memory on this machine; it judges nothing."""

from companion.benching.importing import describe_import, measure_imports
from companion.benching.speed import Limits, describe_bench, run_bench

__all__ = ["Limits", "describe_bench", "describe_import", "measure_imports", "run_bench"]

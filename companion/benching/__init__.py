"""Measures speed and memory on this machine; it judges nothing."""

from companion.benching.speed import Limits, describe_bench, run_bench

__all__ = ["Limits", "describe_bench", "run_bench"]

"""Measures speed and memory on this machine; it judges nothing."""

from companion.benching.encrypting import describe_encryption, measure_encryption
from companion.benching.importing import describe_import, measure_imports
from companion.benching.limits import Limits
from companion.benching.peering import check_peer, describe_peer, race_peer
from companion.benching.speed import describe_bench, run_bench
from companion.benching.starting import describe_starts, measure_starts

__all__ = [
    "Limits",
    "check_peer",
    "describe_bench",
    "describe_encryption",
    "describe_import",
    "describe_peer",
    "describe_starts",
    "measure_encryption",
    "measure_imports",
    "measure_starts",
    "race_peer",
    "run_bench",
]

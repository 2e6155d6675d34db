"""Instants since 2001, in both of the units that chat.db has seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from companion.sources.apple_dates import to_instant


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        (706_018_963_580_999_808, datetime(2023, 5, 17, 12, 22, 43, 580_999, UTC)),
        (771_069_600_000_000_000, datetime(2025, 6, 8, 10, 0, tzinfo=UTC)),
        (400_000_000, datetime(2013, 9, 4, 15, 6, 40, tzinfo=UTC)),
        (1, datetime(2001, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (400_000_000.5, datetime(2013, 9, 4, 15, 6, 40, 500_000, UTC)),
    ],
)
def test_nanoseconds_and_seconds_are_told_apart_by_size(raw: float, instant: datetime) -> None:
    assert to_instant(raw) == instant


@pytest.mark.parametrize("raw", [None, 0, "", "2026", b"\x00", 10**30, float("nan"), float("inf")])
def test_never_and_nonsense_are_no_instant(raw: object) -> None:
    assert to_instant(raw) is None

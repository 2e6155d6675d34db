"""Instants since 2001, in both of the units that chat.db has seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from companion.sources.apple_dates import seconds_to_instant, to_instant


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


def test_seconds_are_seconds_however_large() -> None:
    assert seconds_to_instant(252_392_500_800) == datetime(9999, 1, 1, 12, tzinfo=UTC)
    assert seconds_to_instant(-63_113_904_000.0) == datetime(1, 1, 1, tzinfo=UTC)
    assert seconds_to_instant(700_000_180.5) == datetime(2023, 3, 8, 20, 29, 40, 500_000, UTC)


@pytest.mark.parametrize("raw", [None, 0, 0.0, "soon", b"", float("nan"), float("inf"), 1e300])
def test_what_is_no_number_of_seconds_is_no_instant(raw: object) -> None:
    assert seconds_to_instant(raw) is None

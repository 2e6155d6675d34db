"""A pause has an end, lies in a private file and is gone when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.errors import UsageError
from companion.pausing import end_pause, find_pause, parse_duration, save_pause

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30m", timedelta(minutes=30)),
        ("90M", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("1d12h", timedelta(hours=36)),
        ("1d2h3m", timedelta(days=1, hours=2, minutes=3)),
    ],
)
def test_days_hours_and_minutes_make_a_duration(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "0m", "2", "h", "1h30", "-2h", "2h 5s", "367d", "99999d"])
def test_what_is_no_duration_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="no duration"):
        parse_duration(text)


def test_a_pause_lasts_until_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pause"
    assert find_pause(path, AT) is None
    until = AT + timedelta(hours=2)
    save_pause(path, until)
    assert path.stat().st_mode & 0o777 == 0o600
    assert find_pause(path, AT) == until
    assert find_pause(path, until) is None
    save_pause(path, AT + timedelta(hours=1))
    assert find_pause(path, AT) == AT + timedelta(hours=1)


def test_a_pause_that_is_ended_is_none(tmp_path: Path) -> None:
    path = tmp_path / "pause"
    end_pause(path)
    save_pause(path, AT + timedelta(hours=2))
    end_pause(path)
    assert find_pause(path, AT) is None
    assert list(tmp_path.iterdir()) == []

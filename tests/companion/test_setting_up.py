"""Answers become settings; what is not answered stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.config import Config, load_config
from companion.errors import UsageError
from companion.setting_up import (
    Answers,
    parse_digest_time,
    plan_settings,
    save_settings,
    say_digest_time,
)


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("21:30", "30 21 * * *"),
        ("8:05", "5 8 * * *"),
        (" 00:00 ", "0 0 * * *"),
        ("never", ""),
        ("0 8 * * 1-5", "0 8 * * 1-5"),
    ],
)
def test_a_time_is_a_cron(text: str, cron: str) -> None:
    assert parse_digest_time(text) == cron
    assert parse_digest_time(say_digest_time(cron)) == cron


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_minute_of_the_day_is_said_as_it_is_read(hour: int, minute: int) -> None:
    text = f"{hour:02}:{minute:02}"
    assert say_digest_time(parse_digest_time(text)) == text


@pytest.mark.parametrize("text", ["24:00", "9", "", "soon", "61 8 * * *", "8:5"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="21:30"):
        parse_digest_time(text)


def test_answers_join_the_settings_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\nmodel = "tiny"\nretention_days = 5\n', encoding="utf-8")
    values = plan_settings(path, Answers(me=("지우",), digest="08:00", retention_days=0))
    assert values == {"model": "tiny", "me": ["지우"], "digest_cron": "0 8 * * *"}
    kept = save_settings(path, values)
    assert load_config(path, {}) == Config(model="tiny", me=("지우",), digest_cron="0 8 * * *")
    assert kept is not None
    assert kept.read_text(encoding="utf-8").startswith("# mine")
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_a_variable_does_not_end_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPANION_MODEL", "none")
    assert plan_settings(tmp_path / "config.toml", Answers()) == {}

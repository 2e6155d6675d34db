"""Settings are read strictly: nothing misspelt is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.config import Config, load_config, save_setting
from companion.errors import ConfigError


def test_no_file_means_every_default(tmp_path: Path) -> None:
    assert load_config(tmp_path / "config.toml") == Config()


def test_given_settings_are_taken_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('me = ["민지", "Minji"]\nsettle_s = 5\nac_only = true\n', encoding="utf-8")
    assert load_config(path) == Config(me=("민지", "Minji"), settle_s=5, ac_only=True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("settel_s = 5", "settel_s"),
        ('settle_s = "5"', "settle_s"),
        ("settle_s = true", "settle_s"),
        ("settle_s = -1", "settle_s"),
        ('me = "Minji"', "me"),
        ("me = [1]", "me"),
        ('language = "fr"', "language"),
        ('digest_cron = "30 21"', "digest_cron"),
        ("model = 3", "model"),
        ('quiet_hours = "23-7"', "quiet_hours"),
        ('quiet_hours = "07:00-07:00"', "quiet_hours"),
        ("ac_only = 1", "ac_only"),
        ("work_limit_min_per_hour = 61", "work_limit_min_per_hour"),
        ('notify = "all"', "notify"),
        ("model = x y", "line 1"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=named):
        load_config(path)


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("me = ['민지']".encode("cp949"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(path)


def test_saving_one_setting_keeps_the_comments_and_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\nsettle_s = 5  # quick\n", encoding="utf-8")
    save_setting(path, "model", "tiny")
    text = path.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "# quick" in text
    assert load_config(path) == Config(settle_s=5, model="tiny")


def test_a_config_file_made_by_us_is_private(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    save_setting(path, "model", "tiny")
    assert path.stat().st_mode & 0o777 == 0o600

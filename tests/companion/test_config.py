"""Settings are read strictly: nothing misspelt is ignored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from companion.config import Config, load_config, name_variable, save_setting, write_config
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


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match="settle_s"):
        write_config(path, "settle_s = -1\n")
    assert list(tmp_path.iterdir()) == []


def write_variable(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


OTHER_VALUES: dict[str, object] = {
    "language": "ko",
    "notify": "topics",
    "digest_cron": "",
    "quiet_hours": "23:00-07:00",
}
"""Of settings that take not any text."""


def list_other_values() -> Iterator[tuple[str, object]]:
    """A value of each setting that is not its default."""
    for name, default in asdict(Config()).items():
        if name in OTHER_VALUES:
            yield name, OTHER_VALUES[name]
        elif isinstance(default, tuple):
            yield name, ("지우", "Ben Lee")
        elif isinstance(default, bool):
            yield name, not default
        else:
            yield name, default + 1 if isinstance(default, int) else "tiny"


@pytest.mark.parametrize(("name", "value"), list(list_other_values()))
def test_every_setting_has_a_variable_that_wins_over_the_file(
    tmp_path: Path, name: str, value: object
) -> None:
    path = tmp_path / "config.toml"
    default = getattr(Config(), name)
    save_setting(path, name, list(default) if isinstance(default, tuple) else default)
    given = {name_variable(name): write_variable(value)}
    config = load_config(path, given)
    assert getattr(config, name) == value
    assert asdict(config) == {**asdict(Config()), name: value}


def test_no_setting_shares_its_variable_with_something_else() -> None:
    taken = {"COMPANION_HOME", "COMPANION_ALLOW_OPEN_HOME", "COMPANION_PASSPHRASE"}
    assert taken.isdisjoint(name_variable(field.name) for field in fields(Config))


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("COMPANION_SETTLE_S", "soon"),
        ("COMPANION_SETTLE_S", "-1"),
        ("COMPANION_SETTLE_S", ""),
        ("COMPANION_AC_ONLY", "perhaps"),
        ("COMPANION_NOTIFY", "all"),
        ("COMPANION_DIGEST_CRON", "30 21"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, text: str) -> None:
    with pytest.raises(ConfigError, match=variable):
        load_config(tmp_path / "config.toml", {variable: text})


def test_an_empty_variable_is_no_text_at_all(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('me = ["Minji"]\n', encoding="utf-8")
    given = {"COMPANION_ME": "", "COMPANION_DIGEST_CRON": "", "COMPANION_AC_ONLY": "TRUE"}
    assert load_config(path, given) == Config(me=(), digest_cron="", ac_only=True)

"""The written config and the page of settings say what `Config` says."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

from companion.config import Config, load_config, write_config
from companion.settings import compose_config, list_settings


def test_every_setting_says_what_it_means() -> None:
    settings = list_settings()
    assert [setting.name for setting in settings] == list(asdict(Config()))
    assert all(setting.meaning.endswith(".") for setting in settings)


def test_a_config_of_nothing_means_every_default(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_config(path, compose_config({}))
    assert load_config(path, {}) == Config()


def test_every_default_holds_as_it_is_commented_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = re.sub(r"^# (?=[a-z_]+ = )", "", compose_config({}), flags=re.MULTILINE)
    assert len(re.findall("^[a-z]", text, re.MULTILINE)) == len(list_settings())
    write_config(path, text)
    assert load_config(path, {}) == Config()


def test_values_stand_below_their_meaning(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    values: dict[str, str | int | list[str]] = {"me": ["지우", 'J"W'], "retention_days": 90}
    text = compose_config(values)
    write_config(path, text)
    assert load_config(path, {}) == Config(me=("지우", 'J"W'), retention_days=90)
    assert "\n# Names under which the owner writes" in text.partition("\nme = ")[0]
    assert "# retention_days" not in text

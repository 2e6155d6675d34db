"""Every file lies under one home, and the home is private."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.errors import PrivacyRefusal
from companion.paths import find_paths, make_private


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    paths = find_paths({"COMPANION_HOME": str(tmp_path / "h")})
    for path in (paths.archive_file, paths.config_file, paths.cache, paths.lock_file):
        assert path.is_relative_to(tmp_path / "h")


def test_without_it_the_platform_says_where() -> None:
    paths = find_paths({})
    assert paths.data != paths.cache


def test_folders_are_made_private(tmp_path: Path) -> None:
    paths = find_paths({"COMPANION_HOME": str(tmp_path / "h")})
    paths.create()
    for folder in (paths.data, paths.cache, paths.state):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_rights_of_others_are_taken_away(tmp_path: Path) -> None:
    home = tmp_path / "h"
    home.mkdir(mode=0o755)
    find_paths({"COMPANION_HOME": str(home)}).create()
    assert home.stat().st_mode & 0o077 == 0


def test_a_folder_of_another_user_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(PrivacyRefusal):
        make_private(tmp_path)

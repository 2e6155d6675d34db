"""Every file lies under one home, and the home is private."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.errors import PrivacyRefusal
from companion.paths import Paths, find_paths, make_private


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


class TestAnOpenHome:
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Paths:
        """A home with an archive into which others may look."""
        paths = find_paths({"COMPANION_HOME": str(tmp_path / "h")})
        paths.create()
        paths.archive_file.touch(mode=0o600)
        paths.data.chmod(0o755)
        return paths

    def test_is_refused_where_an_archive_lies_in_it(self, opened: Paths) -> None:
        with pytest.raises(PrivacyRefusal) as caught:
            opened.create()
        assert f"chmod 700 {opened.data}" in caught.value.next_step
        assert opened.data.stat().st_mode & 0o777 == 0o755

    def test_is_used_once_it_is_closed(self, opened: Paths) -> None:
        opened.data.chmod(0o700)
        opened.create()

    def test_is_left_open_when_that_is_meant(
        self, opened: Paths, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COMPANION_ALLOW_OPEN_HOME", "1")
        opened.create()
        assert opened.data.stat().st_mode & 0o777 == 0o755

    def test_with_settings_alone_is_closed_without_a_word(self, opened: Paths) -> None:
        opened.archive_file.unlink()
        opened.config_file.touch()
        opened.create()
        assert opened.data.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_user_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(PrivacyRefusal):
        make_private(tmp_path)
